//! The desired configurations, as a manifest or the inputs of a step describe them.

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

/// A complete desired configuration, from which one can be created.
#[derive(Clone, Debug)]
pub struct Desired {
    /// Its label in the manifest; never sent.
    pub label: Option<String>,
    /// The position of its entry in the manifest.
    pub location: Option<Location>,
    /// The name of the live configuration that it is pinned to.
    pub name: Option<String>,
    /// The type, which can't be changed after creation.
    pub registry_type: RegistryType,
    /// The auth type, which can't be changed after creation.
    pub auth_type: AuthType,
    /// The last day on which its credential works, from the manifest; never sent.
    pub expires: Option<Day>,
    /// Everything that an update can change. The url and the visibility are always set.
    pub settings: Settings,
}

impl Desired {
    /// Returns the key that it is matched by, unless it is pinned by name.
    pub fn key(&self) -> Option<RegistryKey> {
        self.settings.url.as_ref().map(|url| RegistryKey::new(self.registry_type, url))
    }

    /// Returns the address of its live configuration: the name it is pinned to, or its type and url.
    pub fn address(&self) -> Option<Address> {
        let by_key = |url: &RegistryUrl| Address::Key { registry_type: self.registry_type, url: url.clone() };
        self.name.clone().map(Address::Name).or_else(|| self.settings.url.as_ref().map(by_key))
    }

    /// Returns this configuration for one organization, without the selected repositories of other organizations.
    /// `None` if that removes all of them.
    pub fn of(&self, org: &str) -> Option<Self> {
        let Some(all) = &self.settings.repositories else { return Some(self.clone()) };
        let own: Vec<Repository> = all.iter().filter(|repository| !repository.is_of_another(org)).cloned().collect();
        if own.is_empty() && !all.is_empty() {
            return None;
        }
        Some(Self { settings: Settings { repositories: Some(own), ..self.settings.clone() }, ..self.clone() })
    }

    /// Returns the source of its secret, with the username that the secret belongs to.
    pub fn secret(&self) -> Option<(&SecretSource, Option<&str>)> {
        let Settings { secret, username, .. } = &self.settings;
        Some((secret.as_ref()?, username.as_ref().and_then(Username::as_deref)))
    }

    /// Reports whether a live configuration can be this one. If the server does not return urls, only the type is
    /// compared.
    pub fn may_be(&self, live: &LiveRegistry) -> bool {
        match live.key() {
            Some(key) => self.key() == Some(key),
            None => live.registry_type == self.registry_type.as_str(),
        }
    }
}

/// The fields that an update can change. `None` keeps GitHub's value.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The registry's address.
    pub url: Option<RegistryUrl>,
    /// The user name to authenticate with.
    pub username: Option<Username>,
    /// Whether it replaces the ecosystem's public registry.
    pub replaces_base: Option<bool>,
    /// The repositories that may use it.
    pub visibility: Option<Visibility>,
    /// The fields of an OIDC auth type.
    pub oidc: BTreeMap<OidcField, String>,
    /// The secret's source. Write-only: GitHub never returns a secret.
    pub secret: Option<SecretSource>,
    /// The selected repositories. Write-only: GitHub never returns them.
    pub repositories: Option<Vec<Repository>>,
}

impl Settings {
    /// Reports whether any repository is given by name, and so has to be looked up.
    pub fn names_repositories(&self) -> bool {
        self.repositories.iter().flatten().any(|repository| matches!(repository, Repository::Named { .. }))
    }
}

/// A desired username, which may be none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Username {
    /// A username.
    Is(String),
    /// No username: `null` is sent.
    Cleared,
}

impl Username {
    /// Returns the username, or `None` if it is cleared.
    pub fn as_deref(&self) -> Option<&str> {
        match self {
            Self::Is(name) => Some(name),
            Self::Cleared => None,
        }
    }
}

/// An error or a warning about one field. The field has the API's name here; it is shown under the name that the person
/// wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The API's name of the field, or `secret`, `selected_repositories`.
    pub field: &'static str,
    /// What is wrong, continuing after the field's name.
    pub message: String,
}

impl Complaint {
    /// Creates a complaint about a field.
    pub fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into() }
    }
}
