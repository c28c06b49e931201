//! What GitHub refuses in a body beyond its published schema, and how it changes a body that it accepts.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::configuration::Configuration;
use crate::options::SameUrl;
use crate::organization::Organization;
use crate::schema::problems;
use crate::state::State;

/// The fields of a body.
type Fields = Map<String, Value>;

/// The reason why a body is refused; GitHub words each kind differently.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The body is not a JSON object.
    NotAnObject(&'static str),
    /// The body does not conform to the schema.
    Schema(Vec<Value>),
    /// The request can't be carried out, for these reasons.
    Failed(Vec<String>),
    /// One field refers to something that does not exist.
    Invalid { field: &'static str, value: Value },
    /// A configuration with the same `registry_type` and `url` exists already.
    SameUrl,
}

impl Refusal {
    /// Returns the answer to a failed attempt to `create` or `update`.
    pub(crate) fn answer(self, attempt: &str) -> Answer {
        match self {
            Self::NotAnObject(message) => Answer::error(400, message),
            Self::Schema(errors) => {
                let messages: Vec<_> = errors.iter().filter_map(|error| error["message"].as_str()).collect();
                Answer::unprocessable(&format!("Invalid request.\n\n{}.", messages.join(".\n")), errors)
            }
            Self::Failed(errors) => {
                let message = format!("Failed to {attempt} private registry configuration");
                Answer::unprocessable(&message, errors.into_iter().map(Value::from).collect())
            }
            Self::Invalid { field, value } => {
                let resource = "PrivateRegistryConfiguration";
                let error = json!({"resource": resource, "field": field, "code": "invalid", "value": value});
                Answer::unprocessable("Validation Failed", vec![error])
            }
            Self::SameUrl => {
                let resource = "PrivateRegistryConfiguration";
                let error = json!({"resource": resource, "field": "url", "code": "already_exists"});
                Answer::unprocessable("Validation Failed", vec![error])
            }
        }
    }
}

/// Returns the fields of a new configuration, with its secret decrypted.
pub(crate) fn creation(state: &State, org: &Organization, body: Option<&Value>) -> Result<Fields, Refusal> {
    let fields = conforming(&state.schemas.create, body)?;
    let registry_type = text(&fields, "registry_type").unwrap_or_default();
    if state.options.hex_refused && registry_type.starts_with("hex_") {
        return Err(Refusal::Failed(vec![format!("registry_type must be one of: {ALL_BUT_HEX}")]));
    }
    let auth_type = text(&fields, "auth_type").unwrap_or("token");
    let missing: Vec<_> = required(auth_type)
        .iter()
        .filter(|field| text(&fields, field).is_none_or(str::is_empty))
        .map(|field| format!("{field} is required for auth_type {auth_type}"))
        .collect();
    if !missing.is_empty() {
        return Err(Refusal::Failed(missing));
    }
    check_repositories(state, org, &fields, None)?;
    check_url(state, org, &fields, registry_type, None)?;
    let auth_type = auth_type.to_owned();
    opened(org, fields, &auth_type)
}

/// Returns the fields that change in a configuration, with its secret decrypted.
pub(crate) fn update(
    state: &State,
    org: &Organization,
    present: &Configuration,
    body: Option<&Value>,
) -> Result<Fields, Refusal> {
    let fields = conforming(&state.schemas.update, body)?;
    let auth_type = present.auth_type.as_deref().unwrap_or("token");
    let fixed = [("auth_type", auth_type), ("registry_type", &present.registry_type)];
    let changed: Vec<_> = fixed
        .iter()
        .filter(|(field, now)| text(&fields, field).is_some_and(|wanted| wanted != *now))
        .map(|(field, _)| format!("{field} cannot be changed"))
        .collect();
    if !changed.is_empty() {
        return Err(Refusal::Failed(changed));
    }
    check_repositories(state, org, &fields, Some(present))?;
    check_url(state, org, &fields, &present.registry_type, Some(present))?;
    opened(org, fields, auth_type)
}

/// The types that are listed where the hex types are refused.
const ALL_BUT_HEX: &str = "maven_repository, nuget_feed, goproxy_server, npm_registry, rubygems_server, \
     cargo_registry, composer_repository, docker_registry, git_source, helm_registry, pub_repository, python_index, \
     terraform_registry";

/// Returns the fields that GitHub's documentation requires for an `auth_type`.
fn required(auth_type: &str) -> &'static [&'static str] {
    match auth_type {
        "token" => &["encrypted_value", "key_id"],
        "username_password" => &["username", "encrypted_value", "key_id"],
        "oidc_azure" => &["tenant_id", "client_id"],
        "oidc_aws" => &["aws_region", "account_id", "role_name", "domain", "domain_owner"],
        "oidc_jfrog" => &["jfrog_oidc_provider_name"],
        "oidc_cloudsmith" => &["namespace", "service_slug", "audience"],
        "oidc_gcp" => &["workload_identity_provider"],
        _ => &[],
    }
}

fn conforming(schema: &jsonschema::Validator, body: Option<&Value>) -> Result<Fields, Refusal> {
    let body = body.cloned().unwrap_or_else(|| json!({}));
    let found = problems(schema, &body);
    match body {
        Value::Object(fields) if found.is_empty() => Ok(fields),
        Value::Object(_) => Err(Refusal::Schema(found)),
        Value::String(_) => Err(Refusal::NotAnObject("Problems parsing JSON")),
        _ => Err(Refusal::NotAnObject("Body should be a JSON object")),
    }
}

/// Checks that selected repositories exist and come with the visibility `selected`.
fn check_repositories(
    state: &State,
    org: &Organization,
    fields: &Fields,
    present: Option<&Configuration>,
) -> Result<(), Refusal> {
    let Some(ids) = fields.get("selected_repository_ids").and_then(Value::as_array) else {
        return Ok(());
    };
    let before = present.filter(|_| !state.options.ids_need_visibility).map(|present| present.visibility.as_str());
    if text(fields, "visibility").or(before) != Some("selected") {
        let reason = "selected_repository_ids can only be given with visibility selected";
        return Err(Refusal::Failed(vec![reason.to_owned()]));
    }
    let known = |id: &&Value| id.as_u64().is_some_and(|id| org.has_repository(id));
    match ids.iter().find(|id| !known(id)) {
        Some(unknown) => Err(Refusal::Invalid { field: "selected_repository_ids", value: unknown.clone() }),
        None => Ok(()),
    }
}

fn check_url(
    state: &State,
    org: &Organization,
    fields: &Fields,
    registry_type: &str,
    present: Option<&Configuration>,
) -> Result<(), Refusal> {
    let Some(url) = text(fields, "url").filter(|_| state.options.same_url == SameUrl::Refuse) else {
        return Ok(());
    };
    let taken = org.configurations().iter().any(|other| {
        other.registry_type == registry_type
            && other.url.as_deref() == Some(url)
            && present.is_none_or(|present| present.name != other.name)
    });
    if taken { Err(Refusal::SameUrl) } else { Ok(()) }
}

/// Returns the fields as they are stored, with the plaintext in place of the sealed box. OIDC has no secret, and GitHub
/// was seen to ignore one that is sent anyway.
fn opened(org: &Organization, mut fields: Fields, auth_type: &str) -> Result<Fields, Refusal> {
    let sealed = fields.remove("encrypted_value");
    let key_id = fields.remove("key_id");
    let Some(sealed) = sealed.as_ref().and_then(Value::as_str).filter(|_| !auth_type.starts_with("oidc_")) else {
        return Ok(fields);
    };
    let refused = |reason: &str| Err(Refusal::Failed(vec![reason.to_owned()]));
    let key = org.key();
    match key_id.as_ref().and_then(Value::as_str) {
        None => return refused("key_id is required with encrypted_value"),
        Some(id) if id != key.id() => return refused("key_id is not the current public key"),
        Some(_) => {}
    }
    let Some(plaintext) = BASE64_STANDARD.decode(sealed).ok().and_then(|sealed| key.open(&sealed)) else {
        return refused("encrypted_value could not be decrypted");
    };
    fields.insert("secret".into(), String::from_utf8_lossy(&plaintext).into());
    Ok(fields)
}

fn text<'a>(fields: &'a Fields, field: &str) -> Option<&'a str> {
    fields.get(field).and_then(Value::as_str)
}
