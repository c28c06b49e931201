//! Signing in as a GitHub App.

use secrecy::SecretString;

use super::Operation;
use super::declaration::{Preset, group};
use super::validator::Validator;
use crate::github::app::{App, Key, Permissions};
use crate::secrets::unexpanded;

group! {
    "Signing in as a GitHub App", used_by: Operation::needs_github;
    struct AppInputs {
        /// Instead of `token`: the client id of a GitHub App, or its App ID (a number). Each run gets its own token and
        /// revokes it at the end.
        app_client_id: String { placeholder: "ID", is_for_job: true },
        /// The private key of that App, in PEM; `\n` may stand for a line break. Every line of it is masked before
        /// anything is printed.
        app_private_key: SecretString { is_for_job: true },
        /// What the App's token may do: `narrow`, only what the operation needs, or `inherit`, all that the App's
        /// installation may. This limits the token only: whoever has the private key can ask for everything the App may
        /// do.
        app_permissions: String { placeholder: "narrow|inherit", preset: Preset::Fixed("narrow"), is_for_job: true },
    }
}

impl AppInputs {
    /// Returns the key's text, which is masked before anything else.
    pub(super) fn secret(&self) -> Option<&SecretString> {
        self.app_private_key().value
    }

    /// Returns whether any input for an App was set, valid or not.
    pub(super) fn is_given(&self) -> bool {
        self.app_client_id().value.is_some() || self.app_private_key().value.is_some()
    }

    /// Parses the App.
    pub(super) fn read(&self, validator: &mut Validator) -> Option<App> {
        let client_id = self.valid_client_id(validator);
        let key = self.valid_key(validator);
        let all = Permissions::ALL.map(Permissions::as_str);
        let permissions = validator.word(&self.app_permissions(), Permissions::parse, &all);
        Some(App { client_id: client_id?, key: key?, permissions: permissions? })
    }

    fn valid_client_id(&self, validator: &mut Validator) -> Option<String> {
        let id = self.app_client_id();
        let Some(value) = id.value else {
            let message = "is required with `app-private-key`: the client id or the App ID, which the App's page shows";
            validator.problem(id.input, message);
            return None;
        };
        // The value may be the private key in the wrong input, so it is not quoted.
        if value.contains("PRIVATE KEY") {
            let message = "is a private key: set `app-private-key` to it, and this input to the App's client id";
            validator.problem(id.input, message);
            return None;
        }
        if !value.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c)) {
            let message = "is neither a client id, such as Iv23liAbCdEfGhIjKlMn, nor an App ID, such as 123456: copy \
                           one of them from the App's page";
            validator.problem(id.input, message);
            return None;
        }
        Some(value.clone())
    }

    fn valid_key(&self, validator: &mut Validator) -> Option<Key> {
        let key = self.app_private_key();
        let Some(pem) = key.value else {
            let message = "is required with `app-client-id`: a private key of the App in PEM (an unset workflow secret \
                           arrives as an empty string)";
            validator.problem(key.input, message);
            return None;
        };
        let read = unexpanded(pem, "key").map_or_else(|| Key::read(pem), Err);
        read.map_err(|message| validator.problem(key.input, message)).ok()
    }
}
