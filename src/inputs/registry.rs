//! One registry: which configuration is meant, and its desired settings.

use secrecy::SecretString;

use super::Operation;
use super::declaration::{Boolean, Preset, group};
use super::validator::Validator;
use crate::desired::{Address, Username};
use crate::registry::{AuthType, RegistryType, RegistryUrl};
use crate::secrets::{self, OwnCredentials, SealedSecret, SecretSource};

group! {
    "One registry", used_by: Operation::describes_a_registry;
    struct RegistryInputs {
        /// The name of the configuration, which GitHub generated.
        name: String { placeholder: "NAME", used_by: Operation::addresses_one },
        /// The type of the registry, spelled as in the REST API (`npm_registry`) or as in dependabot.yml
        /// (`npm-registry`, `git`).
        registry_type: String { placeholder: "TYPE", used_by: Operation::concerns_one },
        /// The registry's URL, without a user name or password.
        url: String { placeholder: "URL", used_by: Operation::concerns_one },
        /// How to sign in to the registry: `token`, `username_password`, `oidc_azure`, `oidc_aws`, `oidc_jfrog`,
        /// `oidc_cloudsmith` or `oidc_gcp`.
        auth_type: String {
            placeholder: "TYPE",
            preset: Preset::Depends("inferred from the other inputs, and shown in the log"),
            used_by: Operation::concerns_one,
        },
        /// The user name to sign in to the registry with.
        username: String { placeholder: "NAME" },
        /// With `true`, `update` and `upsert` remove the user name.
        clear_username: Boolean { used_by: |operation| matches!(operation, Operation::Update | Operation::Upsert) },
        /// The registry's password or token in plain text, which is sealed before it is sent. One trailing line break
        /// is dropped, with a notice. An empty value is an error, and so is a control character other than a line
        /// break.
        secret: SecretString,
        /// Instead of `secret`: the value, already sealed with the organization's public key.
        encrypted_value: String { placeholder: "BASE64" },
        /// The id of the public key that `encrypted-value` was sealed with, which must be the current key.
        key_id: String { placeholder: "ID" },
        /// With `true`, the registry replaces the public registry of its ecosystem.
        replaces_base: Boolean {
            preset: Preset::Depends("`false` (GitHub's default)"),
        },
    }
}

/// The inputs that identify a configuration.
pub(super) struct Identity {
    pub(super) name: Option<String>,
    pub(super) registry_type: Option<RegistryType>,
    pub(super) url: Option<RegistryUrl>,
    pub(super) auth_type: Option<AuthType>,
}

/// The inputs for signing in to the registry, and `replaces-base`.
pub(super) struct SignIn {
    pub(super) username: Option<Username>,
    pub(super) secret: Option<SecretSource>,
    pub(super) replaces_base: Option<bool>,
}

impl RegistryInputs {
    /// Returns the secret's text, which is masked before anything else, and the user name.
    pub(super) fn secret_and_username(&self) -> Option<(&SecretString, Option<&str>)> {
        self.secret().value.map(|secret| (secret, self.username().value.map(String::as_str)))
    }

    /// Returns whether a secret was set, valid or not.
    pub(super) fn has_secret(&self) -> bool {
        self.secret().value.is_some() || self.encrypted_value().value.is_some()
    }

    /// Returns whether a username was set, valid or not.
    pub(super) fn has_username(&self) -> bool {
        self.username().value.is_some()
    }

    /// Returns whether an auth type was set, valid or not.
    pub(super) fn has_auth_type(&self) -> bool {
        self.auth_type().value.is_some()
    }

    pub(super) fn identity(&self, validator: &mut Validator) -> Identity {
        let types: Vec<_> = RegistryType::ALL.iter().map(|registry_type| registry_type.as_str()).collect();
        let auth_types: Vec<_> = AuthType::ALL.iter().map(|auth_type| auth_type.as_str()).collect();
        Identity {
            name: self.valid_name(validator),
            registry_type: validator.word(&self.registry_type(), RegistryType::parse_any, &types),
            url: self.valid_url(validator),
            auth_type: validator.word(&self.auth_type(), AuthType::parse, &auth_types),
        }
    }

    pub(super) fn sign_in(&self, own: &OwnCredentials, validator: &mut Validator) -> SignIn {
        validator.on_one_line(&self.username());
        validator.on_one_line(&self.key_id());
        SignIn {
            username: self.valid_username(validator),
            replaces_base: validator.boolean(&self.replaces_base()),
            secret: self.secret_source(own, validator),
        }
    }

    /// Returns which configuration is meant, and reports what is missing for that.
    pub(super) fn address(&self, identity: &Identity, validator: &mut Validator) -> Option<Address> {
        match identity {
            Identity { name: Some(name), .. } => Some(Address::Name(name.clone())),
            Identity { registry_type: Some(registry_type), url: Some(url), .. } => {
                Some(Address::Key { registry_type: *registry_type, url: url.clone() })
            }
            _ => {
                let has_key = self.registry_type().value.is_some() && self.url().value.is_some();
                let is_unread = ["registry-type", "url"].iter().any(|name| validator.is_unread(name));
                if self.name().value.is_none() && !has_key && !is_unread {
                    validator.missing(self.name().input, "is required, unless both `registry-type` and `url` are set");
                }
                None
            }
        }
    }

    /// Reports each missing field that a new configuration needs.
    pub(super) fn require(&self, operation: Operation, validator: &mut Validator) {
        for given in [self.registry_type(), self.url()] {
            if given.value.is_none() {
                validator.missing(given.input, format!("is required by {operation}"));
            }
        }
    }

    /// Returns the name. GitHub does not document its form, but it must work as a path segment.
    fn valid_name(&self, validator: &mut Validator) -> Option<String> {
        let name = self.name().value?;
        if [".", "..", "public-key"].contains(&name.as_str()) || name.chars().any(char::is_control) {
            validator.problem(self.name().input, "can't be the name of a configuration");
            return None;
        }
        Some(name.clone())
    }

    fn valid_url(&self, validator: &mut Validator) -> Option<RegistryUrl> {
        RegistryUrl::parse(self.url().value?).map_err(|message| validator.problem(self.url().input, message)).ok()
    }

    fn valid_username(&self, validator: &mut Validator) -> Option<Username> {
        let is_cleared = validator.boolean(&self.clear_username()).unwrap_or_default();
        match (self.username().value, is_cleared) {
            (Some(_), true) => {
                validator.problem(self.clear_username().input, "contradicts `username`: set only one of them");
                None
            }
            (Some(name), false) => Some(Username::Is(name.clone())),
            (None, true) => Some(Username::Cleared),
            (None, false) => None,
        }
    }

    /// Returns the value of `secret` in the form in which it is stored, if it is valid.
    pub(super) fn value_to_store(&self) -> Option<SecretString> {
        Some(secrets::fit(self.secret().value?).ok()?.value)
    }

    fn secret_source(&self, own: &OwnCredentials, validator: &mut Validator) -> Option<SecretSource> {
        match (self.secret().value, self.encrypted_value().value, self.key_id().value) {
            (None, None, None) => None,
            (Some(secret), None, None) => self.plain(secret, own, validator),
            (None, Some(encrypted_value), Some(key_id)) => {
                let encrypted_value = secrets::unwrapped(encrypted_value);
                if !secrets::is_sealed_box(&encrypted_value) {
                    let message = "is not a sealed box in padded standard base64: seal the secret with the key that \
                                   `operation: public-key` shows, or set `secret` to the plain text";
                    validator.problem(self.encrypted_value().input, message);
                    return None;
                }
                Some(SecretSource::Sealed(SealedSecret { encrypted_value, key_id: key_id.clone() }))
            }
            (Some(_), _, _) => {
                let message = "contradicts `encrypted-value` and `key-id`: set the plain text or the sealed value";
                validator.problem(self.secret().input, message);
                None
            }
            (None, Some(_), None) => {
                let message = "is required with `encrypted-value`: the id of the key that it was sealed with";
                validator.problem(self.key_id().input, message);
                None
            }
            (None, None, Some(_)) => {
                validator.problem(self.encrypted_value().input, "is required with `key-id`");
                None
            }
        }
    }

    fn plain(&self, secret: &SecretString, own: &OwnCredentials, validator: &mut Validator) -> Option<SecretSource> {
        match own.refuse(secret).and_then(|()| secrets::fit(secret)) {
            Ok(fit) => {
                validator.remarks.extend(fit.diagnostics("Input", "input `secret`"));
                Some(SecretSource::Given)
            }
            Err(message) => {
                validator.problem(self.secret().input, message);
                None
            }
        }
    }
}
