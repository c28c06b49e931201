//! What a person wants a configuration to be, whether a manifest or the inputs of one step say it.

mod address;
mod auth;
mod completion;
pub mod expiry;
mod repository;

use std::collections::BTreeMap;

pub use address::{Address, Edit, Expected};
pub use auth::Credentials;
pub use completion::{completions, selection_complaint};
pub use repository::is_path_word;
pub use repository::{Repository, RepositoryIds};

use crate::diagnostics::Location;
use crate::registry::{AuthType, LiveRegistry, OidcField, RegistryKey, RegistryType, RegistryUrl, Visibility};
use crate::secrets::SecretSource;
use expiry::Day;

/// A whole configuration: enough to create it.
#[derive(Clone, Debug)]
pub struct Desired {
    /// The person's own name for it, in a manifest; never sent.
    pub label: Option<String>,
    /// Where the manifest says it.
    pub location: Option<Location>,
    /// Pins it to the configuration that GitHub gave this name.
    pub name: Option<String>,
    /// Fixed once created.
    pub registry_type: RegistryType,
    /// Fixed once created.
    pub auth_type: AuthType,
    /// The last day on which its credential works, as a manifest says it; never sent.
    pub expires: Option<Day>,
    /// Everything that an update can change; here the url and the visibility are there.
    pub settings: Settings,
}

impl Desired {
    /// What it is matched by, unless it is pinned by name.
    pub fn key(&self) -> Option<RegistryKey> {
        self.settings.url.as_ref().map(|url| RegistryKey::new(self.registry_type, url))
    }

    /// Which configuration it means: the one it is pinned to, or that of its type and url.
    pub fn address(&self) -> Option<Address> {
        let by_key = |url: &RegistryUrl| Address::Key { registry_type: self.registry_type, url: url.clone() };
        self.name.clone().map(Address::Name).or_else(|| self.settings.url.as_ref().map(by_key))
    }

    /// The same for one organization: of the repositories that it selects, those of others are left out. `None` when
    /// none is left of some.
    pub fn of(&self, org: &str) -> Option<Self> {
        let Some(all) = &self.settings.repositories else { return Some(self.clone()) };
        let own: Vec<Repository> = all.iter().filter(|repository| !repository.is_of_another(org)).cloned().collect();
        if own.is_empty() && !all.is_empty() {
            return None;
        }
        Some(Self { settings: Settings { repositories: Some(own), ..self.settings.clone() }, ..self.clone() })
    }

    /// Where its secret comes from, with the username that it belongs to.
    pub fn secret(&self) -> Option<(&SecretSource, Option<&str>)> {
        let Settings { secret, username, .. } = &self.settings;
        Some((secret.as_ref()?, username.as_ref().and_then(Username::as_deref)))
    }

    /// Whether a live configuration can be this one; a server that does not tell the url leaves only the type.
    pub fn may_be(&self, live: &LiveRegistry) -> bool {
        match live.key() {
            Some(key) => self.key() == Some(key),
            None => live.registry_type == self.registry_type.as_str(),
        }
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

impl Settings {
    /// Whether repositories are given by name, which has to be looked up.
    pub fn names_repositories(&self) -> bool {
        self.repositories.iter().flatten().any(|repository| matches!(repository, Repository::Named { .. }))
    }
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
