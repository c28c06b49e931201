//! An App's installation on an account, as GitHub returns it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::permission::{Access, Needs, REGISTRIES};

/// An App's installation on an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// Its id.
    pub id: u64,
    /// The login of the account, if the answer has it.
    pub account: Option<String>,
    /// Whether the account is an organization rather than a user.
    pub is_organization: bool,
    /// Whether an owner has suspended it.
    pub is_suspended: bool,
    /// Whether it can access only selected repositories of the account.
    pub is_for_some_repositories: bool,
    /// Its permissions: GitHub's names with the access level.
    pub permissions: BTreeMap<String, String>,
}

/// Whether an App can work on an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It can, at least, read private registries.
    Ok,
    /// An owner has suspended it.
    Suspended,
    /// It has no permission for private registries.
    PermissionMissing,
}

impl State {
    /// Returns its spelling in the outputs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Suspended => "suspended",
            Self::PermissionMissing => "permission-missing",
        }
    }
}

impl Installation {
    /// Parses an installation.
    ///
    /// # Errors
    /// What is wrong with it, phrased to follow "it is".
    pub(super) fn from_json(json: &Value) -> Result<Self, String> {
        let id = json.get("id").and_then(Value::as_u64).ok_or("an installation without an `id`")?;
        Ok(Self { id, ..Self::of_fields(json) })
    }

    /// Parses the fields that the answer to a token request has as well, which is all but the `id`.
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

    /// Returns the access level of one permission.
    pub(super) fn access(&self, permission: &str) -> Option<Access> {
        self.permissions.get(permission).and_then(|access| Access::parse(access))
    }

    /// Returns whether its access to private registries is not enough for the run.
    pub(super) fn lacks(&self, needs: Needs) -> bool {
        self.access(REGISTRIES) < Some(needs.registries)
    }

    /// Returns whether the App can work on this account.
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
