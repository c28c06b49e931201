//! An App's installation on an account, as GitHub shows it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::permission::{Access, Needs, REGISTRIES};

/// Where an App is installed, and with what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// GitHub's number for it.
    pub id: u64,
    /// The login of the account, where it was told.
    pub account: Option<String>,
    /// Whether the account is an organization, and not a person's.
    pub is_organization: bool,
    /// Whether an owner has suspended it.
    pub is_suspended: bool,
    /// Whether it can see only some of the account's repositories.
    pub is_for_some_repositories: bool,
    /// What it has, by GitHub's names.
    pub permissions: BTreeMap<String, String>,
}

/// Whether an App can work on an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It can read private registries at least.
    Ok,
    /// An owner has suspended it.
    Suspended,
    /// It has no permission for private registries.
    PermissionMissing,
}

impl State {
    /// As the outputs spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Suspended => "suspended",
            Self::PermissionMissing => "permission-missing",
        }
    }
}

impl Installation {
    /// Reads an installation, or what is told of one with a token.
    ///
    /// # Errors
    /// Says what is wrong with it, to be read after "it is".
    pub(super) fn from_json(json: &Value) -> Result<Self, String> {
        let id = json.get("id").and_then(Value::as_u64).ok_or("an installation without an `id`")?;
        Ok(Self { id, ..Self::of_fields(json) })
    }

    /// What the answer to a request for a token says of the installation: no `id`.
    pub(super) fn of_fields(json: &Value) -> Self {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let permissions = json.get("permissions").and_then(Value::as_object).into_iter().flatten();
        Self {
            id: 0,
            account: text(json.pointer("/account/login")),
            is_organization: text(json.get("target_type")).is_none_or(|target| target == "Organization"),
            is_suspended: json.get("suspended_at").is_some_and(|at| !at.is_null()),
            is_for_some_repositories: json.get("repository_selection").is_some_and(|selection| selection == "selected"),
            permissions: permissions.filter_map(|(name, access)| Some((name.clone(), text(Some(access))?))).collect(),
        }
    }

    /// How far one of its permissions goes.
    pub(super) fn access(&self, permission: &str) -> Option<Access> {
        self.permissions.get(permission).and_then(|access| Access::parse(access))
    }

    /// Whether it lacks what a run needs of the private registries.
    pub(super) fn lacks(&self, needs: Needs) -> bool {
        self.access(REGISTRIES) < Some(needs.registries)
    }

    /// Whether the App can work here.
    pub fn state(&self) -> State {
        match self.access(REGISTRIES) {
            _ if self.is_suspended => State::Suspended,
            Some(_) => State::Ok,
            None => State::PermissionMissing,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_installation_is_read_as_github_shows_it() {
        let shown = json!({
            "id": 17,
            "account": {"login": "acme", "id": 1},
            "target_type": "Organization",
            "repository_selection": "selected",
            "permissions": {"organization_private_registries": "read", "metadata": "read"},
            "suspended_at": null,
        });
        let installation = Installation::from_json(&shown).unwrap();
        assert_eq!((installation.id, installation.account.as_deref()), (17, Some("acme")));
        assert!(installation.is_organization && installation.is_for_some_repositories && !installation.is_suspended);
        assert_eq!((installation.access(REGISTRIES), installation.state()), (Some(Access::Read), State::Ok));
        assert!(Installation::from_json(&json!({"account": {"login": "acme"}})).is_err());
    }

    #[test]
    fn the_state_tells_whether_the_app_can_work() {
        let read = |json: Value| Installation::from_json(&json).unwrap();
        let write = json!({"organization_private_registries": "write"});
        let suspended = read(json!({"id": 1, "permissions": write, "suspended_at": "2026-11-25T00:00:00Z"}));
        assert_eq!(suspended.state(), State::Suspended);
        let other = read(json!({"id": 1, "permissions": {"organization_secrets": "write"}}));
        assert_eq!(other.state(), State::PermissionMissing);
        let needs = |registries| Needs { registries, names: true };
        assert!(other.lacks(needs(Access::Read)));
        let reader = read(json!({"id": 1, "permissions": {"organization_private_registries": "read"}}));
        assert!(!reader.lacks(needs(Access::Read)) && reader.lacks(needs(Access::Write)));
        assert!(!read(json!({"id": 1, "permissions": write})).lacks(needs(Access::Write)));
    }
}
