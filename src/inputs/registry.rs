//! One registry: which configuration is meant, and what it is to be.

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
        /// The name that GitHub gave the configuration.
        name: String { placeholder: "NAME", used_by: Operation::addresses_one },
        /// The kind of registry, as the REST API spells it (`npm_registry`) or as dependabot.yml does (`npm-registry`,
        /// `git`).
        registry_type: String { placeholder: "TYPE", used_by: Operation::concerns_one },
        /// The registry's address, without user name and password.
        url: String { placeholder: "URL", used_by: Operation::concerns_one },
        /// How to sign in to the registry: `token`, `username_password`, `oidc_azure`, `oidc_aws`, `oidc_jfrog`,
        /// `oidc_cloudsmith` or `oidc_gcp`.
        auth_type: String {
            placeholder: "TYPE",
            preset: Preset::Depends("inferred from the other inputs, and said in the log"),
            used_by: Operation::concerns_one,
        },
        /// The user name to sign in to the registry with.
        username: String { placeholder: "NAME" },
        /// With `true`, `update` and `upsert` remove the user name.
        clear_username: Boolean { used_by: |operation| matches!(operation, Operation::Update | Operation::Upsert) },
        /// The registry's password or token in plain text; it is sealed before it is sent. One trailing line break is
        /// dropped, with a notice. An empty value, or a control character other than a line break inside, is an error.
        secret: SecretString,
        /// Instead of `secret`: the value already sealed with the organization's public key.
        encrypted_value: String { placeholder: "BASE64" },
        /// The id of the public key that `encrypted-value` was sealed with; it must be the current key's.
        key_id: String { placeholder: "ID" },
        /// With `true`, the registry is used in place of the ecosystem's public one.
        replaces_base: Boolean {
            preset: Preset::Depends("GitHub's: `false`"),
        },
    }
}

/// What the inputs say about which configuration is meant.
pub(super) struct Identity {
    pub(super) name: Option<String>,
    pub(super) registry_type: Option<RegistryType>,
    pub(super) url: Option<RegistryUrl>,
    pub(super) auth_type: Option<AuthType>,
}

/// What the inputs say about how to sign in, and about the base registry.
pub(super) struct SignIn {
    pub(super) username: Option<Username>,
    pub(super) secret: Option<SecretSource>,
    pub(super) replaces_base: Option<bool>,
}

impl RegistryInputs {
    /// The secret's text with the user name beside it, to be masked before anything else.
    pub(super) fn secret_and_username(&self) -> Option<(&SecretString, Option<&str>)> {
        self.secret().value.map(|secret| (secret, self.username().value.map(String::as_str)))
    }

    /// Whether a secret was given, right or wrong.
    pub(super) fn has_secret(&self) -> bool {
        self.secret().value.is_some() || self.encrypted_value().value.is_some()
    }

    /// Whether a username was given, right or wrong.
    pub(super) fn has_username(&self) -> bool {
        self.username().value.is_some()
    }

    /// Whether an auth type was given, right or wrong.
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

    /// Which configuration is meant; a missing part is a problem.
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
                    validator.missing(self.name().input, "is required, or both `registry-type` and `url`");
                }
                None
            }
        }
    }

    /// Complains about each field that a new configuration can't do without.
    pub(super) fn require(&self, operation: Operation, validator: &mut Validator) {
        for given in [self.registry_type(), self.url()] {
            if given.value.is_none() {
                validator.missing(given.input, format!("is required by {operation}"));
            }
        }
    }

    /// GitHub's name for a configuration: opaque, but it must be a path segment of its own.
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
                validator.problem(self.clear_username().input, "contradicts `username`: give one of them");
                None
            }
            (Some(name), false) => Some(Username::Is(name.clone())),
            (None, true) => Some(Username::Cleared),
            (None, false) => None,
        }
    }

    /// The value of `secret` as it is to be stored, if it can be.
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
                    let message = "is not a sealed box in padded standard base64: seal the secret with the key that `operation: \
                                   public-key` shows, or give it as `secret`";
                    validator.problem(self.encrypted_value().input, message);
                    return None;
                }
                Some(SecretSource::Sealed(SealedSecret { encrypted_value, key_id: key_id.clone() }))
            }
            (Some(_), _, _) => {
                let message = "contradicts `encrypted-value` and `key-id`: give the plaintext or the sealed one";
                validator.problem(self.secret().input, message);
                None
            }
            (None, Some(_), None) => {
                let message = "is required beside `encrypted-value`: the id of the key that it was sealed with";
                validator.problem(self.key_id().input, message);
                None
            }
            (None, None, Some(_)) => {
                validator.problem(self.encrypted_value().input, "is required beside `key-id`");
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
