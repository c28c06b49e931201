//! The bodies of POST and PATCH requests, which hold only the fields to set.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::desired::{Desired, Settings};
use crate::secrets::SealedSecret;

/// A request body. A field that is `None` is not sent; a username that is `Some(None)` is sent as `null`.
#[derive(Debug, Default, Serialize)]
#[allow(clippy::option_option, reason = "absent, null and a value are three different things")]
pub struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    registry_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<Option<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaces_base: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    visibility: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    selected_repository_ids: Option<&'a [u64]>,
    #[serde(flatten)]
    oidc: BTreeMap<&'static str, &'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encrypted_value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<&'a str>,
}

impl<'a> Body<'a> {
    /// Builds the body of a PATCH.
    pub fn update(settings: &'a Settings, ids: Option<&'a [u64]>, sealed: Option<&'a SealedSecret>) -> Self {
        // `sealed` and `ids` stand for `secret` and `repositories`.
        let Settings { url, username, replaces_base, visibility, oidc, secret: _, repositories: _ } = settings;
        Self {
            registry_type: None,
            auth_type: None,
            url: url.as_ref().map(crate::registry::RegistryUrl::as_str),
            username: username.as_ref().map(crate::desired::Username::as_deref),
            replaces_base: *replaces_base,
            visibility: visibility.map(crate::registry::Visibility::as_str),
            selected_repository_ids: ids,
            oidc: oidc.iter().map(|(field, value)| (field.as_str(), value.as_str())).collect(),
            encrypted_value: sealed.map(|sealed| sealed.encrypted_value.as_str()),
            key_id: sealed.map(|sealed| sealed.key_id.as_str()),
        }
    }

    /// Builds the body of a PATCH that sends only the values that GitHub never returns. A repository selection is sent
    /// together with `visibility: selected`, without which GitHub rejects it.
    pub fn write_only(ids: Option<&'a [u64]>, sealed: Option<&'a SealedSecret>) -> Self {
        Self {
            visibility: ids.map(|_| crate::registry::Visibility::Selected.as_str()),
            selected_repository_ids: ids,
            encrypted_value: sealed.map(|sealed| sealed.encrypted_value.as_str()),
            key_id: sealed.map(|sealed| sealed.key_id.as_str()),
            ..Self::default()
        }
    }

    /// Builds the body of a POST. It always has the auth type, because GitHub's default is wrong for a secret with a
    /// username.
    pub fn create(desired: &'a Desired, ids: Option<&'a [u64]>, sealed: Option<&'a SealedSecret>) -> Self {
        let Desired { label: _, location: _, name: _, registry_type, auth_type, expires: _, settings } = desired;
        Self {
            registry_type: Some(registry_type.as_str()),
            auth_type: Some(auth_type.as_str()),
            ..Self::update(settings, ids, sealed)
        }
    }
}
