//! Signing in as a GitHub App.

use secrecy::SecretString;

use super::Operation;
use super::declaration::{Preset, group};
use super::validator::Validator;
use crate::github::app::{App, Key, Permissions};
use crate::secrets::unresolved;

group! {
    "Signing in as a GitHub App", used_by: Operation::needs_github;
    struct AppInputs {
        /// Instead of `token`: the client id of a GitHub App, or its App ID (a number). Each run gets a token of its own,
        /// and revokes it at its end.
        app_client_id: String { placeholder: "ID", is_for_job: true },
        /// The private key of that App, in PEM; `\n` may stand for a line break. Every line of it is masked before anything
        /// is printed.
        app_private_key: SecretString { is_for_job: true },
        /// What the App's token may do: `narrow`, only what the operation needs, or `inherit`, all that the App's
        /// installation may. This limits the token only: whoever has the private key can ask for everything the App may
        /// do.
        app_permissions: String { placeholder: "narrow|inherit", preset: Preset::Fixed("narrow"), is_for_job: true },
    }
}

impl AppInputs {
    /// The key's text, to be masked before anything else.
    pub(super) fn secret(&self) -> Option<&SecretString> {
        self.app_private_key().value
    }

    /// Whether an App is to sign in, as far as that was given.
    pub(super) fn is_given(&self) -> bool {
        self.app_client_id().value.is_some() || self.app_private_key().value.is_some()
    }

    /// The App.
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
            let message =
                "is required with `app-private-key`: the App's client id, or its App ID, as its page shows it";
            validator.problem(id.input, message);
            return None;
        };
        // What is in the wrong place may be the key, so it is not quoted.
        if value.contains("PRIVATE KEY") {
            validator.problem(id.input, "is a private key: give it as `app-private-key`, and here the App's client id");
            return None;
        }
        if !value.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c)) {
            let message = "is no client id of an App, such as Iv23liAbCdEfGhIjKlMn, and no App ID, such as 123456: copy one of \
                           them from the App's page";
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
        let read = unresolved(pem, "key").map_or_else(|| Key::read(pem), Err);
        read.map_err(|message| validator.problem(key.input, message)).ok()
    }
}
