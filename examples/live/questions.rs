//! The questions, in the order in which they are asked.

use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::api::{Answer, code};
use crate::session::{Created, Session, USERNAME};

const PERMISSION: &str = "organization_private_registries";

/// A question with its answer, or with the reason why there is none.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) question: String,
    pub(crate) answer: Result<String, String>,
}

/// Asks all questions. If one has no answer, the others are still asked.
pub(crate) async fn ask_all(session: &mut Session<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut row = |question: &str, answer: Result<String, String>| {
        eprintln!("asked: {question}");
        rows.push(Row { question: question.to_owned(), answer });
    };
    let kind = session.registry_type;

    let first = session.create("one", &[]).await;
    row(&format!("How is the first `{kind}` named?"), first.as_ref().map(named).map_err(Clone::clone));
    let second = session.create("two", &[]).await;
    row("How is a second one of this type named?", second.as_ref().map(named).map_err(Clone::clone));
    let twin = session.create("one", &[]).await;
    row("May two have the same type and url?", twin.map(|twin| may(&twin)));
    let stale = [("key_id", Value::from(another_id(&session.key_id)))];
    let stale = session.create("three", &stale).await;
    row("Is a secret accepted with a `key_id` other than the current one?", stale.map(|stale| may(&stale)));

    let name = [first, second].into_iter().find_map(|created| created.ok()?.ok());
    let name = name.as_deref();
    row("May the selection be changed without `visibility`?", selection_alone(session, name).await);
    for cleared in [Value::Null, "".into()] {
        let question = format!("Does `username: {cleared}` clear it?");
        row(&question, username_cleared(session, name, &cleared).await);
    }
    row("May `registry_type` be changed?", type_changed(session, name).await);
    row(&format!("May an App's token be requested with `{PERMISSION}`?"), app_permission(session).await);
    rows
}

fn named(created: &Created) -> String {
    match created {
        Ok(name) => code(name),
        Err(refused) => format!("it is refused: {}", refused.words()),
    }
}

fn may(created: &Created) -> String {
    match created {
        Ok(name) => format!("yes: {}", code(name)),
        Err(refused) => format!("no: {}", refused.words()),
    }
}

/// Returns the id of a key that does not exist, to stand for one that was replaced.
fn another_id(id: &str) -> String {
    let last = if id.ends_with('0') { '1' } else { '0' };
    id.chars().take(id.chars().count().saturating_sub(1)).chain([last]).collect()
}

/// Returns the name of the configuration to ask about.
fn present(name: Option<&str>) -> Result<&str, String> {
    name.ok_or_else(|| "there is nothing to change".to_owned())
}

async fn selection_alone(session: &Session<'_>, name: Option<&str>) -> Result<String, String> {
    let name = present(name)?;
    let ids = session.selection();
    let alone = session.patch(name, &json!({"selected_repository_ids": ids})).await?;
    let which = format!("`selected_repository_ids: {ids}`");
    if alone.is_success() {
        return Ok(format!("yes, {which}: {}", alone.words()));
    }
    let together = session.patch(name, &json!({"selected_repository_ids": ids, "visibility": "selected"})).await?;
    Ok(format!("no, {which}: {}; together with `visibility`: {}", alone.words(), together.words()))
}

async fn username_cleared(session: &Session<'_>, name: Option<&str>, cleared: &Value) -> Result<String, String> {
    let name = present(name)?;
    let set = session.patch(name, &json!({"username": USERNAME})).await?;
    if session.get(name).await?.text("username") != Some(USERNAME) {
        return Err(format!("a username was set ({}), but is not returned", set.words()));
    }
    let answer = session.patch(name, &json!({"username": cleared})).await?;
    if !answer.is_success() {
        return Ok(format!("no: {}", answer.words()));
    }
    let now = session.get(name).await?;
    Ok(match now.text("username") {
        None | Some("") => format!("yes: {}, and then `{}`", answer.words(), now.body["username"]),
        Some(username) => format!("no: {}, and then {}", answer.words(), code(username)),
    })
}

async fn type_changed(session: &Session<'_>, name: Option<&str>) -> Result<String, String> {
    let name = present(name)?;
    let answer = session.patch(name, &json!({"registry_type": session.other_type})).await?;
    if !answer.is_success() {
        return Ok(format!("no: {}", answer.words()));
    }
    let now = session.get(name).await?;
    let now = now.text("registry_type").unwrap_or_default();
    let verdict = if now == session.other_type { "yes" } else { "no" };
    Ok(format!("{verdict}: {}, and then {}", answer.words(), code(now)))
}

/// Requests an installation token and revokes it. Neither the token nor the JWT is ever printed.
async fn app_permission(session: &Session<'_>) -> Result<String, String> {
    let Some(jwt) = &session.settings.app_jwt else {
        return Ok("not asked: LIVE_APP_JWT is not set".to_owned());
    };
    let api = &session.api;
    let found = api.url(&["orgs", &session.settings.org, "installation"]);
    let found = api.send_as(jwt, Method::GET, found, None).await?;
    let Some(id) = found.body["id"].as_u64() else {
        return Err(format!("the App's installation was not found: {}", found.words()));
    };
    let tokens = api.url(&["app", "installations", &id.to_string(), "access_tokens"]);
    let wanted = json!({"permissions": {PERMISSION: "read"}});
    let answer = api.send_as(jwt, Method::POST, tokens, Some(&wanted)).await?;
    let Some(token) = answer.text("token").map(SecretString::from) else {
        return Ok(format!("no: {}", answer.words()));
    };
    let revoked = api.send_as(&token, Method::DELETE, api.url(&["installation", "token"]), None).await;
    let granted = code(&answer.body["permissions"].to_string());
    if revoked.as_ref().is_ok_and(Answer::is_success) {
        Ok(format!("yes: {}, with {granted}", answer.words()))
    } else {
        Err(format!("{}, with {granted}; the token could not be revoked: it expires within an hour", answer.words()))
    }
}
