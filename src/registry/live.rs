//! Configurations as GitHub returns them, and the key that they are matched by.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    OidcField, RegistryType, RegistryUrl,
    url::{comparable, with_plain_start},
};
use crate::redact::user_information;

/// A configuration on GitHub. Only its name is guaranteed; every other field may be missing or have an unknown value,
/// and `raw` keeps the whole answer. The secret and the repository selection are write-only: GitHub never returns them.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveRegistry {
    /// The name that GitHub generated: an opaque string by which the API addresses the configuration.
    pub name: String,
    /// A plain string, because GitHub may support types that this release does not know.
    pub registry_type: String,
    /// `None` if the server does not return it.
    pub url: Option<String>,
    /// `None` if the server does not return it.
    pub auth_type: Option<String>,
    /// `None` if there is none: GitHub returns `null` or an empty string then.
    pub username: Option<String>,
    /// `None` if the server does not return it.
    pub replaces_base: Option<bool>,
    /// A plain string, like the type.
    pub visibility: String,
    /// The OIDC fields that have a value.
    pub oidc: BTreeMap<OidcField, String>,
    /// The time of creation, in RFC 3339.
    pub created_at: Option<String>,
    /// The configuration as GitHub returned it.
    pub raw: Value,
}

impl LiveRegistry {
    /// Parses one configuration from an answer.
    ///
    /// # Errors
    /// If it is not an object, or has no name and so can't be addressed.
    pub fn from_json(raw: Value) -> Result<Self, String> {
        let Value::Object(fields) = &raw else {
            return Err("a configuration that is not a JSON object".to_owned());
        };
        let text = |key: &str| text(fields, key);
        Ok(Self {
            name: text("name").ok_or("a configuration without a name")?,
            registry_type: text("registry_type").unwrap_or_default(),
            url: text("url"),
            auth_type: text("auth_type"),
            username: text("username"),
            replaces_base: fields.get("replaces_base").and_then(Value::as_bool),
            visibility: text("visibility").unwrap_or_default(),
            oidc: OidcField::ALL.iter().filter_map(|field| Some((*field, text(field.as_str())?))).collect(),
            created_at: text("created_at"),
            raw,
        })
    }

    /// Reports whether its url contains a user name or a password.
    pub fn shows_credentials(&self) -> bool {
        let Some(url) = &self.url else { return false };
        let plain = with_plain_start(url);
        // `git@github.com:acme/api` names a user but contains no credential.
        let mut users = user_information(plain.as_bytes()).map(|user| plain[user].contains(':'));
        user_information(url.as_bytes()).next().is_some() || users.any(|has_password| has_password)
    }

    /// Returns the key that it is matched by, unless an entry is pinned to its name. `None` without a url.
    pub fn key(&self) -> Option<RegistryKey> {
        self.url.as_deref().map(|url| RegistryKey { registry_type: self.registry_type.clone(), url: comparable(url) })
    }
}

/// An organization's configurations, as GitHub listed them.
#[derive(Debug, Default)]
pub struct Listing {
    /// Sorted by name.
    pub registries: Vec<LiveRegistry>,
    /// The number of configurations that GitHub reports: the highest count on any page.
    pub total_count: usize,
    /// The number of pages read. With more than one, a concurrent change can move a configuration between pages.
    pub pages: usize,
    /// GitHub's time when it answered, in seconds since the epoch, if the answer had it.
    pub time: Option<u64>,
}

impl Listing {
    /// Reports whether as many configurations were received as GitHub counts.
    pub fn is_complete(&self) -> bool {
        self.registries.len() == self.total_count
    }
}

/// Returns a field's text if it is not empty.
fn text(fields: &Map<String, Value>, key: &str) -> Option<String> {
    fields.get(key).and_then(text_or_number).filter(|text| !text.is_empty())
}

/// Returns a string, or an integer as text, since a server may return an id as a number.
pub fn text_or_number(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    }
}

/// The key that identifies a registry to a person: its type and its normalized url.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RegistryKey {
    registry_type: String,
    url: String,
}

impl RegistryKey {
    /// Returns the key of a desired registry.
    pub fn new(registry_type: RegistryType, url: &RegistryUrl) -> Self {
        Self { registry_type: registry_type.as_str().to_owned(), url: url.comparable().to_owned() }
    }
}
