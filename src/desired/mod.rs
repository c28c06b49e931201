//! What a person wants a configuration to be, whether a manifest or the inputs of one step say it.

mod advice;
mod auth;

use std::collections::BTreeMap;
use std::fmt;

pub use advice::{advice, selection_complaint};
pub use auth::Credentials;

use crate::position::Position;
use crate::registry::{AuthType, LiveRegistry, OidcField, RegistryKey, RegistryType, RegistryUrl, Visibility};
use crate::secrets::SecretSource;

/// A whole configuration: enough to create it.
#[derive(Clone, Debug)]
pub struct Desired {
    /// The person's own name for it, in a manifest; never sent.
    pub label: Option<String>,
    /// Where the manifest says it.
    pub position: Option<Position>,
    /// Pins it to the configuration that GitHub gave this name.
    pub name: Option<String>,
    /// Fixed once created.
    pub registry_type: RegistryType,
    /// Fixed once created.
    pub auth_type: AuthType,
    /// Everything that an update can change; here the url and the visibility are there.
    pub settings: Settings,
}

impl Desired {
    /// What it is matched by, unless it is pinned by name.
    pub fn key(&self) -> Option<RegistryKey> {
        self.settings.url.as_ref().map(|url| RegistryKey::new(self.registry_type, url))
    }
}

/// What an update can say. A field that is `None` is not said: GitHub's value is kept.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The registry's address.
    pub url: Option<RegistryUrl>,
    /// Whom to authenticate as.
    pub username: Option<Username>,
    /// Whether it stands in for the ecosystem's public registry.
    pub replaces_base: Option<bool>,
    /// Who may use it.
    pub visibility: Option<Visibility>,
    /// The fields of an OIDC auth type.
    pub oidc: BTreeMap<OidcField, String>,
    /// Write-only: never shown by GitHub.
    pub secret: Option<SecretSource>,
    /// Write-only: never shown by GitHub.
    pub repositories: Option<Vec<Repository>>,
}

/// A username, or that there is to be none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Username {
    /// This one.
    Is(String),
    /// None: `null` is sent.
    Cleared,
}

impl Username {
    /// The name, if there is to be one.
    pub fn as_deref(&self) -> Option<&str> {
        match self {
            Self::Is(name) => Some(name),
            Self::Cleared => None,
        }
    }
}

/// A repository of the organization, as a person names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Repository {
    /// GitHub's numeric id, taken as it is.
    Id(u64),
    /// A name to look up.
    Named {
        /// As in `acme/api`; it must be the organization.
        owner: Option<String>,
        /// As in `api`.
        name: String,
    },
}

impl Repository {
    /// Reads `api`, `acme/api` or `123456`.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        let (owner, name) = match text.split_once('/') {
            Some((owner, name)) => (Some(owner), name),
            None => (None, text),
        };
        if ![owner.unwrap_or("-"), name].into_iter().all(is_path_word) {
            return Err(format!("`{}` is no repository: write `api`, `acme/api` or a numeric id", text.escape_debug()));
        }
        Ok(Self::Named { owner: owner.map(str::to_owned), name: name.to_owned() })
    }

    /// The same repository by the same text, whatever the case.
    pub fn identity(&self) -> String {
        match self {
            Self::Id(id) => id.to_string(),
            Self::Named { name, .. } => format!("/{}", name.to_lowercase()),
        }
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "{id}"),
            Self::Named { owner: Some(owner), name } => write!(f, "{owner}/{name}"),
            Self::Named { owner: None, name } => f.write_str(name),
        }
    }
}

/// Whether GitHub could use this as the name of an organization or a repository.
pub(crate) fn is_path_word(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 100
        && text != "."
        && text != ".."
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

/// Which configuration a one-off operation means.
#[derive(Clone, Debug)]
pub enum Address {
    /// The name GitHub gave it.
    Name(String),
    /// Its type and url, which exactly one must have.
    Key {
        /// Its type.
        registry_type: RegistryType,
        /// Its url.
        url: RegistryUrl,
    },
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "named {name}"),
            Self::Key { registry_type, url } => write!(f, "of type {registry_type} with the url {url}"),
        }
    }
}

/// What cannot be changed, and so must be what it is.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// The type it must have.
    pub registry_type: Option<RegistryType>,
    /// The auth type it must have.
    pub auth_type: Option<AuthType>,
    /// The url it must have, where the operation can't change it.
    pub url: Option<RegistryUrl>,
}

impl Expected {
    /// What a live configuration has that it should not have.
    pub fn contradictions(&self, live: &LiveRegistry) -> Vec<Complaint> {
        let Self { registry_type, auth_type, url } = self;
        let mut complaints = Vec::new();
        if let Some(wanted) = registry_type
            && live.registry_type != wanted.as_str()
        {
            complaints.push(Complaint::new(
                "registry_type",
                format!("is {wanted}, but {} has {}, which can't be changed", live.name, live.registry_type),
            ));
        }
        if let (Some(wanted), Some(has)) = (auth_type, &live.auth_type)
            && has != wanted.as_str()
        {
            let message = format!(
                "is {wanted}, but {} has {has}, which can't be changed: delete it and create it anew, or let \
                 `apply` replace it",
                live.name
            );
            complaints.push(Complaint::new("auth_type", message));
        }
        if let (Some(wanted), Some(has)) = (url, &live.url)
            && !wanted.is_same(has)
        {
            complaints.push(Complaint::new("url", format!("is {wanted}, but {} has {has}", live.name)));
        }
        complaints
    }
}

/// Something wrong with, or worth a warning about, one field. Names are the API's; the reader says them as the person
/// wrote them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The API's name of the field, or `secret`, `selected_repositories`.
    pub field: &'static str,
    /// What is wrong, to be read after the field's name.
    pub message: String,
}

impl Complaint {
    /// A complaint about a field.
    pub fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into() }
    }
}
