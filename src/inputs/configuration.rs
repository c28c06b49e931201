//! Turns the inputs that describe one registry into the data of a one-off operation.

use std::collections::BTreeMap;

use super::Operation;
use super::registry::{Identity, RegistryInputs, SignIn};
use super::scope::{Scope, ScopeInputs};
use super::validator::Validator;
use crate::desired::{Address, Complaint, Credentials, Desired, Edit, Expected, Settings, Username, completions};
use crate::registry::{AuthType, OidcField};
use crate::secrets::OwnCredentials;

/// The inputs that describe one registry, with their parsed values.
pub(super) struct Configuration<'a> {
    registry: &'a RegistryInputs,
    scope: &'a ScopeInputs,
    identity: Identity,
    /// All settings except the url, which may only say which configuration is meant.
    settings: Settings,
}

impl<'a> Configuration<'a> {
    pub(super) fn read(
        registry: &'a RegistryInputs,
        scope: &'a ScopeInputs,
        oidc: BTreeMap<OidcField, String>,
        org: Option<&str>,
        own: &OwnCredentials,
        validator: &mut Validator,
    ) -> Self {
        let identity = registry.identity(validator);
        let Scope { visibility, repositories } = scope.read(org, validator);
        let SignIn { username, secret, replaces_base } = registry.sign_in(own, validator);
        let settings = Settings { url: None, username, replaces_base, visibility, oidc, secret, repositories };
        Self { registry, scope, identity, settings }
    }

    /// Returns the data for `get` and `delete`: the address, and everything else as an expectation.
    pub(super) fn existing(self, validator: &mut Validator) -> Option<(Address, Expected)> {
        let address = self.registry.address(&self.identity, validator)?;
        let Identity { name: _, registry_type, url, auth_type } = self.identity;
        Some((address, Expected { registry_type, auth_type, url }))
    }

    /// Returns the data for `update`: the address, and only the fields that were set.
    pub(super) fn edit(self, validator: &mut Validator) -> Option<Edit> {
        let Self { registry, scope: _, identity, settings } = self;
        let address = registry.address(&identity, validator);
        let Identity { name, registry_type, url, auth_type } = identity;
        // Without a name, the url says which configuration is meant, and is not a change.
        let settings = Settings { url: url.filter(|_| name.is_some()), ..settings };
        let credentials = credentials(registry, auth_type, &settings, validator);
        match auth_type.map_or_else(|| given_oidc_only(&credentials), |auth_type| Ok(Some(auth_type))) {
            Ok(Some(auth_type)) => validator.complain(credentials.complaints(auth_type, false)),
            Ok(None) => {}
            Err(complaint) => validator.complain([complaint]),
        }
        if validator.problems.is_empty() && says_nothing(&settings) {
            validator.complain([Complaint::new(
                "operation",
                "is update, but no field to change is set (an unset workflow secret arrives as an empty string)",
            )]);
        }
        tell_completions(validator, &settings);
        Some(Edit { address: address?, expected: Expected { registry_type, auth_type, url: None }, settings })
    }

    /// Returns the data for `create` and `upsert`: a whole configuration.
    pub(super) fn desired(self, operation: Operation, validator: &mut Validator) -> Option<Desired> {
        let Self { registry, scope, identity, settings } = self;
        let Identity { name, registry_type, url, auth_type } = identity;
        let name = name.filter(|_| operation == Operation::Upsert);
        let settings = Settings { url, ..settings };
        registry.require(operation, validator);
        let is_scope_unread = ["visibility", "selected-repositories"].iter().any(|name| validator.is_unread(name));
        if !scope.is_given() && !is_scope_unread {
            validator.complain([Complaint::new("visibility", format!("is required by {operation}"))]);
        }
        if operation == Operation::Create && settings.username == Some(Username::Cleared) {
            let message = "is for update and upsert: omit `username` instead";
            validator.complain([Complaint::new("clear_username", message)]);
        }
        let credentials = credentials(registry, auth_type, &settings, validator);
        let has_auth_type = registry.has_auth_type() || validator.is_unread("auth-type");
        let auth_type = match (has_auth_type, auth_type) {
            (true, None) => return None, // it is already reported as invalid
            _ => credentials.infer().map_err(|complaint| validator.complain([complaint])).ok()?,
        };
        validator.complain(credentials.complaints(auth_type, true).into_iter().map(|complaint| {
            let is_missing = complaint.field == "secret" && !registry.has_secret();
            let hint = if is_missing { " (an unset workflow secret arrives as an empty string)" } else { "" };
            Complaint { message: complaint.message + hint, ..complaint }
        }));
        if !registry.has_auth_type() {
            let message = format!("auth-type is {auth_type}, inferred from the other inputs");
            validator.notice(message);
        }
        tell_completions(validator, &settings);
        let registry_type = registry_type?;
        Some(Desired { label: None, location: None, name, registry_type, auth_type, expires: None, settings })
    }
}

/// Returns which credentials were set. Inputs that can't be read count as set: they have a problem of their own, and
/// must not be reported as missing too.
fn credentials(
    registry: &RegistryInputs,
    auth_type: Option<AuthType>,
    settings: &Settings,
    validator: &Validator,
) -> Credentials {
    let is_unread = |name: &str| validator.is_unread(name);
    let has = |field: &OidcField| settings.oidc.contains_key(field) || is_unread(&field.kebab());
    Credentials {
        auth_type,
        username: registry.has_username() || is_unread("username"),
        secret: registry.has_secret() || ["secret", "encrypted-value"].into_iter().any(is_unread),
        oidc: OidcField::ALL.iter().copied().filter(has).collect(),
    }
}

/// Adds a notice for each value that is sent in another form than it was written.
fn tell_completions(validator: &mut Validator, settings: &Settings) {
    for Complaint { field, message } in completions(settings) {
        validator.notice(format!("input `{field}` {message}"));
    }
}

/// Infers the auth type of an update, which need not be set, from the OIDC fields alone. They must not contradict each
/// other.
fn given_oidc_only(credentials: &Credentials) -> Result<Option<AuthType>, Complaint> {
    if credentials.oidc.is_empty() {
        return Ok(None);
    }
    match credentials.infer() {
        Ok(auth_type) => Ok(Some(auth_type)),
        Err(complaint) if complaint.field == "auth_type" => Ok(None), // ambiguous: the live configuration decides
        Err(complaint) => Err(complaint),
    }
}

fn says_nothing(settings: &Settings) -> bool {
    let Settings { url, username, replaces_base, visibility, oidc, secret, repositories } = settings;
    url.is_none()
        && username.is_none()
        && replaces_base.is_none()
        && visibility.is_none()
        && oidc.is_empty()
        && secret.is_none()
        && repositories.is_none()
}
