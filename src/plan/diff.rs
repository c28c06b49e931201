//! What differs between a live configuration and what is desired. Both records are taken apart in full, so that a
//! new field does not compile until it is handled here.

use serde::Serialize;
use serde_json::{Value, json};

use crate::desired::{Desired, Settings, Username};
use crate::registry::{AuthType, LiveRegistry, OidcField, Visibility};

/// One readable field that is to change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldChange {
    /// The API's name.
    pub field: &'static str,
    /// What GitHub has; `null` for nothing.
    pub from: Value,
    /// What it will have; `null` for nothing.
    pub to: Value,
}

impl FieldChange {
    fn new(field: &'static str, from: impl Into<Value>, to: impl Into<Value>) -> Self {
        Self { field, from: from.into(), to: to.into() }
    }
}

/// A value that GitHub never shows, so that nothing can be said about whether it differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WriteOnly {
    /// The secret.
    Secret,
    /// Which repositories are selected.
    Repositories,
}

impl WriteOnly {
    /// The API's name, or `secret` for the two fields that carry it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Repositories => "selected_repository_ids",
        }
    }

    /// As the manifest and the inputs spell it.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Repositories => "selected-repositories",
        }
    }
}

/// The write-only values among settings.
pub(super) fn write_only(settings: &Settings) -> Vec<WriteOnly> {
    let Settings { url: _, username: _, replaces_base: _, visibility: _, oidc: _, secret, repositories } = settings;
    let mut values = Vec::new();
    values.extend(secret.as_ref().map(|_| WriteOnly::Secret));
    values.extend(repositories.as_ref().map(|_| WriteOnly::Repositories));
    values
}

/// The readable fields that differ, and the settings that would make them equal: just these, nothing write-only.
pub(super) fn diff(live: &LiveRegistry, desired: &Settings) -> (Vec<FieldChange>, Settings) {
    let LiveRegistry {
        name: _,
        registry_type: _, // fixed once created: the caller decides
        auth_type: _,     // likewise
        url: live_url,
        username: live_username,
        replaces_base: live_replaces_base,
        visibility: live_visibility,
        oidc: live_oidc,
        created_at: _,
        raw: _,
    } = live;
    let Settings { url, username, replaces_base, visibility, oidc, secret: _, repositories: _ } = desired;
    let mut fields = Vec::new();
    let mut send = Settings::default();

    if let Some(url) = url
        && !live_url.as_deref().is_some_and(|live| url.is_same(live))
    {
        fields.push(FieldChange::new("url", live_url.clone(), url.as_str()));
        send.url = Some(url.clone());
    }
    if let Some(username) = username
        && username.as_deref() != live_username.as_deref()
    {
        fields.push(FieldChange::new("username", live_username.clone(), username.as_deref()));
        send.username = Some(username.clone());
    }
    // A server that does not show it has the API's default, which is false.
    if let Some(replaces_base) = replaces_base
        && *replaces_base != live_replaces_base.unwrap_or(false)
    {
        fields.push(FieldChange::new("replaces_base", *live_replaces_base, *replaces_base));
        send.replaces_base = Some(*replaces_base);
    }
    if let Some(visibility) = visibility
        && visibility.as_str() != live_visibility
    {
        fields.push(FieldChange::new("visibility", live_visibility.clone(), visibility.as_str()));
        send.visibility = Some(*visibility);
    }
    for (field, value) in oidc {
        if live_oidc.get(field) != Some(value) {
            fields.push(FieldChange::new(field.as_str(), live_oidc.get(field).cloned(), value.clone()));
            send.oidc.insert(*field, value.clone());
        }
    }
    (fields, send)
}

/// Every readable field of a new configuration, from nothing.
pub(super) fn all_fields(desired: &Desired) -> Vec<FieldChange> {
    let Desired { label: _, location: _, name: _, registry_type, auth_type, expires: _, settings } = desired;
    let Settings { url, username, replaces_base, visibility, oidc, secret: _, repositories: _ } = settings;
    let mut fields = vec![
        FieldChange::new("registry_type", Value::Null, registry_type.as_str()),
        FieldChange::new("auth_type", Value::Null, auth_type.as_str()),
    ];
    let mut push = |field, value: Option<Value>| {
        fields.extend(value.map(|to| FieldChange { field, from: Value::Null, to }));
    };
    push("url", url.as_ref().map(|url| json!(url.as_str())));
    push("username", username.as_ref().and_then(Username::as_deref).map(Value::from));
    push("replaces_base", replaces_base.map(Value::from));
    push("visibility", visibility.map(|visibility| json!(visibility.as_str())));
    for (field, value) in oidc {
        push(field.as_str(), Some(json!(value)));
    }
    fields
}

/// What a replacement changes: the fields that differ, those that can't be changed in place included.
pub(super) fn replaced_fields(live: &LiveRegistry, desired: &Desired) -> Vec<FieldChange> {
    let mut fields = Vec::new();
    if live.registry_type != desired.registry_type.as_str() {
        fields.push(FieldChange::new("registry_type", live.registry_type.clone(), desired.registry_type.as_str()));
    }
    if live.auth_type.as_deref() != Some(desired.auth_type.as_str()) {
        fields.push(FieldChange::new("auth_type", live.auth_type.clone(), desired.auth_type.as_str()));
    }
    let (settings, _) = spelled_out(desired, live);
    fields.extend(diff(live, &settings).0);
    for (field, value) in &live.oidc {
        if !settings.oidc.contains_key(field) {
            fields.push(FieldChange::new(field.as_str(), value.clone(), Value::Null));
        }
    }
    fields
}

/// The readable fields in which a configuration is not what is desired, immutable ones included. A server that does
/// not tell the auth type is an older one, which tells only some fields: what it leaves out does not count.
pub fn mismatches(live: &LiveRegistry, desired: &Desired) -> Vec<FieldChange> {
    let mut fields = replaced_fields(live, desired);
    if live.auth_type.is_none() {
        fields.retain(|field| is_told(live, field));
    }
    fields
}

/// The fields that GitHub says it has created otherwise than desired. The answer to a creation may leave fields out.
pub fn created_otherwise(created: &LiveRegistry, desired: &Desired) -> Vec<FieldChange> {
    replaced_fields(created, desired).into_iter().filter(|field| is_told(created, field)).collect()
}

/// GitHub says with `null` that there is no username; elsewhere it says nothing.
fn is_told(live: &LiveRegistry, field: &FieldChange) -> bool {
    live.raw.get(field.field).is_some_and(|value| field.field == "username" || (!value.is_null() && *value != ""))
}

/// What is desired, with what a manifest's silence means: it is the whole truth, so a username that it does not name is
/// to go, and `replaces-base` is the API's default. An OIDC field that it does not name goes back to the default that
/// GitHub documents; one without such a default can't be cleared through the API, and is returned as left alone.
pub(super) fn spelled_out(desired: &Desired, live: &LiveRegistry) -> (Settings, Vec<OidcField>) {
    let mut settings = desired.settings.clone();
    if live.url.is_none() {
        settings.url = None; // not told, so that nothing can be said about it
    }
    settings.username.get_or_insert(Username::Cleared);
    settings.replaces_base.get_or_insert(false);
    let mut left_alone = Vec::new();
    for (field, default) in desired.auth_type.optional() {
        if settings.oidc.contains_key(field) || !live.oidc.contains_key(field) {
            continue;
        }
        match default {
            Some(default) => drop(settings.oidc.insert(*field, (*default).to_owned())),
            None => left_alone.push(*field),
        }
    }
    (settings, left_alone)
}

/// Adds the write-only values to what is sent. With a repository selection goes the visibility that makes it legal.
pub(super) fn with_write_only(mut send: Settings, desired: &Settings) -> Settings {
    send.secret.clone_from(&desired.secret);
    send.repositories.clone_from(&desired.repositories);
    if send.repositories.is_some() {
        send.visibility = Some(Visibility::Selected);
    }
    send
}

/// The auth type of a live configuration, where we know it.
pub(super) fn live_auth_type(live: &LiveRegistry) -> Option<AuthType> {
    live.auth_type.as_deref().and_then(AuthType::parse)
}
