//! Configurations as GitHub answered them, and the key that one is matched by.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    OidcField, RegistryType, RegistryUrl,
    url::{comparable, with_plain_start},
};
use crate::redact::user_information;

/// One configuration on GitHub. Only a name is certain; everything else may be missing or new, and `raw` keeps the
/// answer whole. The secret and the repository selection are write-only: GitHub never shows them.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveRegistry {
    /// The name GitHub gave it: opaque, and its address.
    pub name: String,
    /// Any string: GitHub may know types that we don't.
    pub registry_type: String,
    /// `None` when the server doesn't say.
    pub url: Option<String>,
    /// `None` when the server doesn't say.
    pub auth_type: Option<String>,
    /// `None` also for `null` and the empty string, which both mean that there is none.
    pub username: Option<String>,
    /// `None` when the server doesn't say.
    pub replaces_base: Option<bool>,
    /// Any string.
    pub visibility: String,
    /// The OIDC fields that have a value.
    pub oidc: BTreeMap<OidcField, String>,
    /// RFC 3339.
    pub created_at: Option<String>,
    /// The whole answer.
    pub raw: Value,
}

impl LiveRegistry {
    /// Reads one configuration of an answer.
    ///
    /// # Errors
    /// When it is no object or has no name: then it can't be addressed.
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

    /// Whether its url says as whom to sign in, with a password perhaps.
    pub fn shows_credentials(&self) -> bool {
        let Some(url) = &self.url else { return false };
        let plain = with_plain_start(url);
        // `git@github.com:acme/api` has a user, and no more.
        let mut users = user_information(plain.as_bytes()).map(|user| plain[user].contains(':'));
        user_information(url.as_bytes()).next().is_some() || users.any(|has_password| has_password)
    }

    /// What it is matched by, unless it is pinned by name.
    pub fn key(&self) -> Option<RegistryKey> {
        self.url.as_deref().map(|url| RegistryKey { registry_type: self.registry_type.clone(), url: comparable(url) })
    }
}

/// Every configuration of an organization, as far as GitHub told.
#[derive(Debug, Default)]
pub struct Listing {
    /// In the order of their names.
    pub registries: Vec<LiveRegistry>,
    /// How many GitHub says there are: the most that any page says.
    pub total_count: usize,
    /// On how many pages they came; while these are read, somebody may move a configuration from one to another.
    pub pages: usize,
    /// What time it was at GitHub when it answered, in seconds since the epoch, where it told.
    pub time: Option<u64>,
}

impl Listing {
    /// Whether just what GitHub counted came.
    pub fn is_complete(&self) -> bool {
        self.registries.len() == self.total_count
    }
}

/// A text with something in it.
fn text(fields: &Map<String, Value>, key: &str) -> Option<String> {
    fields.get(key).and_then(text_or_number).filter(|text| !text.is_empty())
}

/// A text; or a whole number as text, since a server may tell an id as a number.
pub fn text_or_number(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    }
}

/// What identifies a registry to a person: its type and its url, in the form to compare by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RegistryKey {
    registry_type: String,
    url: String,
}

impl RegistryKey {
    /// The key of what a person wrote.
    pub fn new(registry_type: RegistryType, url: &RegistryUrl) -> Self {
        Self { registry_type: registry_type.as_str().to_owned(), url: url.comparable().to_owned() }
    }
}
