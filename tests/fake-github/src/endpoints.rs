//! The endpoints: GitHub's answer to a request, before any fault is applied.

use serde_json::{Map, Value, json};

use crate::access::{Caller, check_headers};
use crate::answer::Answer;
use crate::clock::timestamp;
use crate::organization::{Organization, Repository};
use crate::paging::Page;
use crate::request::Request;
use crate::routes::{Registries, Route};
use crate::rules;
use crate::state::State;

/// Carries out a request.
pub(crate) fn carry_out(state: &mut State, request: &Request) -> Answer {
    answer(state, request).unwrap_or_else(|refused| refused)
}

fn answer(state: &mut State, request: &Request) -> Result<Answer, Answer> {
    check_headers(request, &state.options)?;
    let route = Route::of(&request.method, &request.path, &state.options.base_path);
    if let Some(Route::Installation(_) | Route::Installations | Route::AccessToken(_)) = route {
        state.app.verify(request.token.as_deref())?;
    }
    match route {
        Some(Route::Installation(org)) => Ok(state.app.show(&org)),
        Some(Route::Installations) => Ok(installations(state, request)),
        Some(Route::AccessToken(id)) => {
            Ok(state.app.issue(id, request.body.as_ref(), state.options.permission_request))
        }
        Some(Route::Registries(org, route)) => registries(state, request, &org, &route),
        Some(Route::Repository(owner, name)) => repository(state, request, &owner, &name),
        Some(Route::RepositoryById(id)) => repository_by_id(state, request, id),
        Some(Route::RevokeToken) => revoke(state, request),
        None => Caller::of(request, state).map(|_| Answer::not_found()),
    }
}

fn installations(state: &State, request: &Request) -> Answer {
    let all = state.app.all();
    let page = Page::of_query(&request.query, state.options.largest_page);
    let shown = Value::from(&all[page.range(all.len())]);
    linked(Answer::json(200, &shown), &page, request, all.len())
}

/// Adds the header that links to other pages.
fn linked(answer: Answer, page: &Page, request: &Request, total: usize) -> Answer {
    let host = request.headers.get("host").map_or("localhost", String::as_str);
    match page.link(&format!("http://{host}{}", request.path), total) {
        Some(link) => answer.with("link", link),
        None => answer,
    }
}

fn revoke(state: &mut State, request: &Request) -> Result<Answer, Answer> {
    match Caller::of(request, state)? {
        Caller::Installation(_) => Ok(state.app.revoke(request.token.as_deref().unwrap_or_default())),
        Caller::Writer | Caller::Reader | Caller::Nobody => Err(Answer::not_found()),
    }
}

fn registries(state: &mut State, request: &Request, org: &str, route: &Registries) -> Result<Answer, Answer> {
    let caller = Caller::of(request, state)?;
    if state.organization(org).is_none() {
        return Err(Answer::not_found());
    }
    caller.may_use_registries(org, route.writes())?;
    let body = request.body.as_ref();
    let answer = match route {
        Registries::List => state.organization(org).map(|org| list(state, org, request)),
        Registries::Create => return create(state, org, body),
        Registries::PublicKey => state.organization(org).map(|org| public_key(state, org)),
        Registries::Get(name) => return get(state, org, name),
        Registries::Update(name) => return update(state, org, name, body),
        Registries::Delete(name) => {
            let is_deleted = state.organization_mut(org).is_some_and(|org| org.delete(name));
            is_deleted.then(Answer::no_content)
        }
    };
    answer.ok_or_else(Answer::not_found)
}

fn list(state: &State, org: &Organization, request: &Request) -> Answer {
    let page = Page::of_query(&request.query, state.options.largest_page);
    let all = org.configurations();
    let shown: Vec<Value> =
        all[page.range(all.len())].iter().map(|configuration| configuration.as_read(&state.options)).collect();
    let answer = Answer::json(200, &json!({"total_count": all.len(), "configurations": shown}));
    linked(answer, &page, request, all.len())
}

fn create(state: &mut State, login: &str, body: Option<&Value>) -> Result<Answer, Answer> {
    let org = state.organization(login).ok_or_else(Answer::not_found)?;
    let fields = rules::creation(state, org, body).map_err(|refusal| refusal.answer("create"))?;
    let org = state.organization_mut(login).ok_or_else(Answer::not_found)?;
    match org.create(&fields) {
        Ok(created) => Ok(Answer::json(201, &created.as_created())),
        Err(error) => Err(Answer::error(500, &error.to_string())),
    }
}

fn public_key(state: &State, org: &Organization) -> Answer {
    let (key_id, key) = org.public_key();
    let number = key_id.parse().ok().filter(|_| state.options.numeric_key_id);
    let key_id = number.map_or_else(|| Value::from(key_id), |number: u64| Value::from(number));
    Answer::json(200, &json!({"key_id": key_id, "key": key}))
}

fn get(state: &State, login: &str, name: &str) -> Result<Answer, Answer> {
    let configuration = state.organization(login).and_then(|org| org.configuration(name));
    let configuration = configuration.ok_or_else(Answer::not_found)?;
    Ok(Answer::json(200, &configuration.as_read(&state.options)))
}

fn update(state: &mut State, login: &str, name: &str, body: Option<&Value>) -> Result<Answer, Answer> {
    let org = state.organization(login).ok_or_else(Answer::not_found)?;
    let present = org.configuration(name).ok_or_else(Answer::not_found)?;
    let mut changes: Map<String, Value> =
        rules::update(state, org, present, body).map_err(|refusal| refusal.answer("update"))?;
    changes.insert("updated_at".into(), timestamp().into());
    match state.organization_mut(login).and_then(|org| org.update(name, &changes)) {
        Some(Ok(())) => Ok(Answer::no_content()),
        Some(Err(error)) => Err(Answer::error(500, &error.to_string())),
        None => Err(Answer::not_found()),
    }
}

fn repository(state: &State, request: &Request, owner: &str, name: &str) -> Result<Answer, Answer> {
    let caller = Caller::of(request, state)?;
    let org = state.organization(owner).ok_or_else(Answer::not_found)?;
    match (org.repository(name), org.former_repository(name)) {
        (Some(repository), _) => shown(&caller, repository),
        (None, Some(id)) => {
            caller.may_see(org.repository_by_id(id).ok_or_else(Answer::not_found)?)?;
            let host = request.headers.get("host").map_or("localhost", String::as_str);
            Ok(Answer::moved(&format!("http://{host}{}/repositories/{id}", state.options.base_path)))
        }
        (None, None) => Err(Answer::not_found()),
    }
}

fn repository_by_id(state: &State, request: &Request, id: u64) -> Result<Answer, Answer> {
    let caller = Caller::of(request, state)?;
    let found = state.organizations.iter().find_map(|org| org.repository_by_id(id));
    shown(&caller, found.ok_or_else(Answer::not_found)?)
}

fn shown(caller: &Caller, repository: &Repository) -> Result<Answer, Answer> {
    caller.may_see(repository)?;
    Ok(Answer::json(200, &repository.as_read()))
}
