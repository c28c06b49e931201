//! Compares a live configuration with the desired one. Both records are destructured in full, so that a new field does
//! not compile until it is handled here.

use serde::Serialize;
use serde_json::{Value, json};

use crate::desired::{Desired, Settings, Username};
use crate::registry::{AuthType, LiveRegistry, OidcField, Visibility};

/// A change of one readable field.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldChange {
    /// The field's name in the API.
    pub field: &'static str,
    /// The live value; `null` if there is none.
    pub from: Value,
    /// The new value; `null` if there will be none.
    pub to: Value,
}

impl FieldChange {
    fn new(field: &'static str, from: impl Into<Value>, to: impl Into<Value>) -> Self {
        Self { field, from: from.into(), to: to.into() }
    }
}

/// A value that GitHub never returns, so it can't be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WriteOnly {
    /// The secret.
    Secret,
    /// The selected repositories.
    Repositories,
}

impl WriteOnly {
    /// The field's name in the API; `secret` for the two fields that a sealed secret is sent in.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Repositories => "selected_repository_ids",
        }
    }

    /// The field's name in the manifest and the inputs.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Repositories => "selected-repositories",
        }
    }
}

/// Returns the write-only values among settings.
pub(super) fn write_only(settings: &Settings) -> Vec<WriteOnly> {
    let Settings { url: _, username: _, replaces_base: _, visibility: _, oidc: _, secret, repositories } = settings;
    let mut values = Vec::new();
    values.extend(secret.as_ref().map(|_| WriteOnly::Secret));
    values.extend(repositories.as_ref().map(|_| WriteOnly::Repositories));
    values
}

/// Returns the readable fields that differ, and settings with only these fields, without write-only values.
pub(super) fn diff(live: &LiveRegistry, desired: &Settings) -> (Vec<FieldChange>, Settings) {
    let LiveRegistry {
        name: _,
        registry_type: _, // immutable: the caller compares it
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
    // If the server does not return the field, it has the API's default, false.
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

/// Returns every readable field of a new configuration, as a change from nothing.
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

/// Returns the readable fields that a replacement changes, including those that can't be changed in place.
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

/// Returns the readable fields that differ from the desired ones, immutable ones included. A server that does not
/// return the auth type is an old one, which returns only some fields; missing fields then do not count as differences.
pub fn mismatches(live: &LiveRegistry, desired: &Desired) -> Vec<FieldChange> {
    let mut fields = replaced_fields(live, desired);
    if live.auth_type.is_none() {
        fields.retain(|field| is_returned(live, field));
    }
    fields
}

/// Returns the fields that GitHub created with other values than the desired ones. Fields that its answer leaves out do
/// not count.
pub fn created_otherwise(created: &LiveRegistry, desired: &Desired) -> Vec<FieldChange> {
    replaced_fields(created, desired).into_iter().filter(|field| is_returned(created, field)).collect()
}

/// Reports whether GitHub returned a value for the field. For the username, `null` is a value: it means that there is
/// none.
fn is_returned(live: &LiveRegistry, field: &FieldChange) -> bool {
    live.raw.get(field.field).is_some_and(|value| field.field == "username" || (!value.is_null() && *value != ""))
}

/// Fills in what omitted fields of a manifest mean. A manifest describes its registries completely, so an omitted
/// username is removed, and an omitted `replaces-base` gets the API's default. An omitted OIDC field gets the default
/// that GitHub documents; one without a documented default can't be cleared through the API, and is returned as left
/// alone.
pub(super) fn spelled_out(desired: &Desired, live: &LiveRegistry) -> (Settings, Vec<OidcField>) {
    let mut settings = desired.settings.clone();
    if live.url.is_none() {
        settings.url = None; // the server did not return the url, so it can't be compared
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

/// Adds the write-only values to what is sent. A repository selection is valid only together with its visibility.
pub(super) fn with_write_only(mut send: Settings, desired: &Settings) -> Settings {
    send.secret.clone_from(&desired.secret);
    send.repositories.clone_from(&desired.repositories);
    if send.repositories.is_some() {
        send.visibility = Some(Visibility::Selected);
    }
    send
}

/// Returns the auth type of a live configuration, if this release knows it.
pub(super) fn live_auth_type(live: &LiveRegistry) -> Option<AuthType> {
    live.auth_type.as_deref().and_then(AuthType::parse)
}
