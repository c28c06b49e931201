//! The common form of everything that rules judge: an entry of the manifest, the inputs of one step, or a live
//! configuration.

use std::collections::{BTreeMap, BTreeSet};

use super::Address;
use super::facts::{self, Reader};
use crate::desired::expiry::Day;
use crate::desired::{Desired, Repository, Settings, Username};
use crate::registry::{AuthType, LiveRegistry, OidcField, RegistryType, RegistryUrl, Visibility};
use crate::secrets::{SecretFacts, SecretSource};
use crate::text::is_printable_ascii;

/// A value that may be unknown or absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told<T> {
    /// It is unknown whether there is a value.
    Unknown,
    /// There is no value.
    Absent,
    /// The value.
    Is(T),
}

/// The origin of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A complete desired configuration. Omitted fields have the API's default.
    Desired,
    /// An update. Omitted fields keep their values, which are unknown.
    Edit,
    /// A configuration on GitHub, which never returns its secret and repository selection.
    Live,
}

/// Information about a secret, without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// The kind of source.
    pub kind: SecretKind,
    /// The facts about its value, if the value is available.
    pub facts: Option<SecretFacts>,
}

/// The source of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretKind {
    /// It is unknown whether there is a secret.
    Unknown,
    /// There is no secret.
    Absent,
    /// An input.
    Given,
    /// An environment variable.
    Variable(String),
    /// A secret that was sealed elsewhere.
    Sealed,
}

/// A registry configuration, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The entry's label, or GitHub's name for a live configuration.
    pub label: String,
    /// Its origin.
    pub origin: Origin,
    /// The type; `None` if it is not given, or this release does not know it.
    pub registry_type: Option<RegistryType>,
    /// The auth type; `None` if it is not given, or this release does not know it.
    pub auth_type: Option<AuthType>,
    /// The address; `Absent` if GitHub returns an empty url.
    pub address: Told<Address>,
    /// The user name.
    pub username: Told<String>,
    /// Whether it replaces the public registry; `None` if that is unknown.
    pub replaces_base: Option<bool>,
    /// The visibility; `None` if it is unknown.
    pub visibility: Option<Visibility>,
    /// The selected repositories by [`Repository::identity`], if they are known.
    pub selection: Option<BTreeSet<String>>,
    /// The fields of the OIDC auth type.
    pub oidc: BTreeMap<OidcField, String>,
    /// Information about the secret.
    pub secret: Secret,
    /// The last day on which the secret works, from the manifest.
    pub expires: Option<Day>,
    /// Readable fields with a character outside printable ASCII, with the first such character of each.
    pub unprintable: Vec<(&'static str, char)>,
}

impl Subject {
    /// Creates a subject from an entry of the manifest, or from the inputs of `create` or `upsert`.
    pub fn of_desired(desired: &Desired) -> Self {
        let Desired { label, location: _, name, registry_type, auth_type, expires, settings } = desired;
        let label = label.clone().or_else(|| name.clone()).unwrap_or_else(|| registry_type.dependabot());
        let subject = Self::of_settings(label, Some(*registry_type), Some(*auth_type), settings);
        let secret = match subject.secret.kind {
            SecretKind::Unknown => Secret { kind: SecretKind::Absent, facts: None },
            _ => subject.secret,
        };
        Self {
            origin: Origin::Desired,
            username: if subject.username == Told::Unknown { Told::Absent } else { subject.username },
            replaces_base: subject.replaces_base.or(Some(false)),
            secret,
            expires: *expires,
            ..subject
        }
    }

    /// Creates a subject from the inputs of `update`, which contain only the changes.
    pub fn of_edit(
        label: impl Into<String>,
        registry_type: Option<RegistryType>,
        auth_type: Option<AuthType>,
        settings: &Settings,
    ) -> Self {
        Self::of_settings(label.into(), registry_type, auth_type, settings)
    }

    fn of_settings(
        label: String,
        registry_type: Option<RegistryType>,
        auth_type: Option<AuthType>,
        settings: &Settings,
    ) -> Self {
        let Settings { url, username, replaces_base, visibility, oidc, secret, repositories } = settings;
        let url = url.as_ref().map(RegistryUrl::as_str);
        let username = match username {
            None => Told::Unknown,
            Some(Username::Cleared) => Told::Absent,
            Some(Username::Is(name)) => Told::Is(name.clone()),
        };
        Self {
            label,
            origin: Origin::Edit,
            registry_type,
            auth_type,
            address: address(url),
            unprintable: unprintable(url, &username, oidc),
            username,
            replaces_base: *replaces_base,
            visibility: *visibility,
            selection: repositories.as_ref().map(|all| all.iter().map(Repository::identity).collect()),
            oidc: oidc.clone(),
            secret: secret.as_ref().map_or(Secret { kind: SecretKind::Unknown, facts: None }, Secret::of),
            expires: None,
        }
    }

    /// Creates a subject from a configuration on GitHub.
    pub fn of_live(live: &LiveRegistry) -> Self {
        let LiveRegistry { name, registry_type, url, auth_type, username, replaces_base, visibility, oidc, .. } = live;
        let is_empty = live.raw.get("url").is_some_and(|url| url.as_str() == Some(""));
        let username = match (username, auth_type) {
            (Some(name), _) => Told::Is(name.clone()),
            (None, Some(_)) => Told::Absent,
            // An older server returns neither.
            (None, None) => Told::Unknown,
        };
        Self {
            label: name.clone(),
            origin: Origin::Live,
            registry_type: RegistryType::ALL.iter().copied().find(|known| known.as_str() == registry_type),
            auth_type: auth_type.as_deref().and_then(AuthType::parse),
            address: if is_empty { Told::Absent } else { address(url.as_deref()) },
            unprintable: unprintable(url.as_deref(), &username, oidc),
            username,
            replaces_base: *replaces_base,
            visibility: Visibility::parse(visibility),
            selection: None,
            oidc: oidc.clone(),
            secret: Secret { kind: SecretKind::Unknown, facts: None },
            expires: None,
        }
    }

    /// Returns the subject with facts about the value of its secret.
    #[must_use]
    pub fn with_facts(self, facts: Option<SecretFacts>) -> Self {
        Self { secret: Secret { facts, ..self.secret }, ..self }
    }

    /// Returns how the readers handle its type.
    pub(super) fn reader(&self) -> Option<&'static Reader> {
        self.registry_type.map(facts::reader)
    }

    pub(super) fn address(&self) -> Option<&Address> {
        match &self.address {
            Told::Is(address) => Some(address),
            Told::Unknown | Told::Absent => None,
        }
    }

    pub(super) fn is_oidc(&self) -> bool {
        self.auth_type.is_some_and(AuthType::is_oidc)
    }

    /// Returns the type in dependabot.yml's spelling, for a message.
    pub(super) fn kind(&self) -> String {
        self.registry_type.map_or_else(String::new, RegistryType::dependabot)
    }

    /// Reports whether no repository may use it.
    pub(super) fn is_for_nobody(&self) -> bool {
        self.visibility == Some(Visibility::Selected) && self.selection.as_ref().is_some_and(BTreeSet::is_empty)
    }
}

impl Secret {
    fn of(source: &SecretSource) -> Self {
        let kind = match source {
            SecretSource::Given => SecretKind::Given,
            SecretSource::Reference(reference) => SecretKind::Variable(reference.template.to_string()),
            SecretSource::Sealed(_) => SecretKind::Sealed,
        };
        Self { kind, facts: None }
    }
}

/// Parses the address of a url. It is unknown if the url has no host.
fn address(url: Option<&str>) -> Told<Address> {
    url.and_then(Address::parse).map_or(Told::Unknown, Told::Is)
}

/// Finds characters outside printable ASCII in every text that reaches the readers, apart from the secret.
fn unprintable(
    url: Option<&str>,
    username: &Told<String>,
    oidc: &BTreeMap<OidcField, String>,
) -> Vec<(&'static str, char)> {
    let username = if let Told::Is(name) = username { Some(name.as_str()) } else { None };
    let texts = [("url", url), ("username", username)].into_iter().filter_map(|(field, text)| Some((field, text?)));
    let oidc = oidc.iter().map(|(field, text)| (field.as_str(), text.as_str()));
    texts
        .chain(oidc)
        .filter_map(|(field, text)| Some((field, text.chars().find(|c| !is_printable_ascii(*c))?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_omitted_field_is_unknown_in_an_update_and_the_default_in_a_complete_configuration() {
        let settings = Settings::default();
        let edit = Subject::of_edit("npm", None, None, &settings);
        assert_eq!((edit.replaces_base, edit.username, edit.secret.kind), (None, Told::Unknown, SecretKind::Unknown));
        let desired = Desired {
            label: None,
            location: None,
            name: None,
            registry_type: RegistryType::GitSource,
            auth_type: AuthType::Token,
            expires: None,
            settings,
        };
        let whole = Subject::of_desired(&desired);
        let (username, secret) = (whole.username, whole.secret.kind);
        assert_eq!((whole.replaces_base, username, secret), (Some(false), Told::Absent, SecretKind::Absent));
        assert_eq!(whole.label, "git");
    }

    #[test]
    fn a_live_configuration_is_known_as_far_as_its_server_returns_it() {
        let live = |raw| Subject::of_live(&LiveRegistry::from_json(raw).expect("a configuration"));
        let old = live(json!({"name": "A", "registry_type": "npm_registry", "visibility": "private"}));
        assert_eq!((old.address, old.username, old.replaces_base), (Told::Unknown, Told::Unknown, None));
        let new = json!({"name": "A", "registry_type": "swift_registry", "visibility": "team", "auth_type": "token",
            "url": "", "username": null});
        let new = live(new);
        assert_eq!((new.address, new.username), (Told::Absent, Told::Absent));
        assert_eq!((new.registry_type, new.visibility, new.auth_type), (None, None, Some(AuthType::Token)));
    }
}
