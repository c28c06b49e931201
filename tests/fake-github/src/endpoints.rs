//! The endpoints: GitHub's answer to a request with which nothing goes wrong on the way.

use serde_json::{Map, Value, json};

use crate::access::{Permission, admit, write_refused};
use crate::answer::Answer;
use crate::clock::timestamp;
use crate::paging::Page;
use crate::request::Request;
use crate::routes::Route;
use crate::rules;
use crate::state::State;

/// Carries a request out.
pub(crate) fn carry_out(state: &mut State, request: &Request) -> Answer {
    let permission = match admit(request, &state.options) {
        Ok(permission) => permission,
        Err(turned_away) => return turned_away,
    };
    let Some(route) = Route::of(&request.method, &request.path, &state.options.base_path) else {
        return Answer::not_found();
    };
    match permission {
        Permission::None => return Answer::not_found(),
        Permission::Read if route.writes() => return write_refused(),
        Permission::Read | Permission::Write => {}
    }
    let body = request.body.as_ref();
    match route {
        Route::List => list(state, request),
        Route::Create => create(state, body),
        Route::PublicKey => public_key(state),
        Route::Get(name) => get(state, &name),
        Route::Update(name) => update(state, &name, body),
        Route::Delete(name) => delete(state, &name),
        Route::Repository(name) => repository(state, request, &name),
        Route::RepositoryById(id) => repository_by_id(state, id),
    }
}

fn list(state: &State, request: &Request) -> Answer {
    let page = Page::of_query(&request.query, state.options.largest_page);
    let all = state.organization.configurations();
    let shown: Vec<Value> =
        all[page.range(all.len())].iter().map(|configuration| configuration.as_read(&state.options)).collect();
    let answer = Answer::json(200, &json!({"total_count": all.len(), "configurations": shown}));
    let host = request.headers.get("host").map_or("localhost", String::as_str);
    match page.link(&format!("http://{host}{}", request.path), all.len()) {
        Some(link) => answer.with("link", link),
        None => answer,
    }
}

fn create(state: &mut State, body: Option<&Value>) -> Answer {
    let fields = match rules::creation(state, body) {
        Ok(fields) => fields,
        Err(refusal) => return refusal.answer("create"),
    };
    match state.organization.create(&fields) {
        Ok(created) => Answer::json(201, &created.as_created()),
        Err(error) => Answer::error(500, &error.to_string()),
    }
}

fn public_key(state: &State) -> Answer {
    let (key_id, key) = state.organization.public_key();
    let number = key_id.parse().ok().filter(|_| state.options.numeric_key_id);
    let key_id = number.map_or_else(|| Value::from(key_id), |number: u64| Value::from(number));
    Answer::json(200, &json!({"key_id": key_id, "key": key}))
}

fn get(state: &State, name: &str) -> Answer {
    match state.organization.configuration(name) {
        Some(configuration) => Answer::json(200, &configuration.as_read(&state.options)),
        None => Answer::not_found(),
    }
}

fn update(state: &mut State, name: &str, body: Option<&Value>) -> Answer {
    let Some(present) = state.organization.configuration(name) else {
        return Answer::not_found();
    };
    let mut changes: Map<String, Value> = match rules::update(state, present, body) {
        Ok(changes) => changes,
        Err(refusal) => return refusal.answer("update"),
    };
    changes.insert("updated_at".into(), timestamp().into());
    match state.organization.update(name, &changes) {
        Some(Ok(())) => Answer::no_content(),
        Some(Err(error)) => Answer::error(500, &error.to_string()),
        None => Answer::not_found(),
    }
}

fn delete(state: &mut State, name: &str) -> Answer {
    if state.organization.delete(name) { Answer::no_content() } else { Answer::not_found() }
}

fn repository(state: &State, request: &Request, name: &str) -> Answer {
    let acme = &state.organization;
    match (acme.repository(name), acme.former_repository(name)) {
        (Some(repository), _) => Answer::json(200, &repository.as_read()),
        (None, Some(id)) => {
            let host = request.headers.get("host").map_or("localhost", String::as_str);
            Answer::moved(&format!("http://{host}{}/repositories/{id}", state.options.base_path))
        }
        (None, None) => Answer::not_found(),
    }
}

fn repository_by_id(state: &State, id: u64) -> Answer {
    match state.organization.repository_by_id(id) {
        Some(repository) => Answer::json(200, &repository.as_read()),
        None => Answer::not_found(),
    }
}
