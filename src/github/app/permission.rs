//! The permissions to request for an App's token.

use serde_json::{Map, Value, json};

use super::installation::Installation;

/// GitHub's name for the organization permission "Organization private registries".
pub(super) const REGISTRIES: &str = "organization_private_registries";
/// GitHub's name for the repository permission "Metadata", which is needed to look up repositories by name.
pub(super) const METADATA: &str = "metadata";

/// The access level of a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Only GET requests.
    Read,
    /// Everything.
    Write,
}

impl Access {
    /// Returns its spelling in GitHub's API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }

    /// Returns its name in GitHub's settings.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Read => "Read-only",
            Self::Write => "Read and write",
        }
    }

    /// Parses the API's spelling.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "read" => Some(Self::Read),
            "write" | "admin" => Some(Self::Write),
            _ => None,
        }
    }
}

/// The permissions to request for a token: the input `app-permissions`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Permissions {
    /// Only what the operation needs.
    #[default]
    Narrow,
    /// All permissions of the installation.
    Inherit,
}

impl Permissions {
    /// All values, in the order of the documentation.
    pub const ALL: [Self; 2] = [Self::Narrow, Self::Inherit];

    /// Returns its spelling in the input.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Narrow => "narrow",
            Self::Inherit => "inherit",
        }
    }

    /// Parses the input's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permissions| permissions.as_str() == text)
    }
}

/// What a run needs a token for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// The access to private registries.
    pub registries: Access,
    /// Whether repositories are looked up by name.
    pub names: bool,
}

/// Builds the body of the request for a token:
/// <https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app>
pub(super) fn request(permissions: Permissions, needs: Needs, installation: &Installation) -> Value {
    let Needs { registries, names } = needs;
    match permissions {
        Permissions::Inherit => json!({}),
        Permissions::Narrow => {
            let mut asked = Map::from_iter([(REGISTRIES.to_owned(), registries.as_str().into())]);
            // An App without any repository permission lacks this one too. It can still look up public repositories.
            if names && installation.access(METADATA).is_some() {
                asked.insert(METADATA.to_owned(), Access::Read.as_str().into());
            }
            json!({"permissions": asked})
        }
    }
}

/// Returns the permissions of a token that were not requested. If GitHub ignores the request, that is all of them.
pub(super) fn surplus(permissions: Permissions, needs: Needs, granted: &Installation) -> Vec<String> {
    if permissions == Permissions::Inherit {
        return Vec::new();
    }
    let is_asked = |name: &str, access: Option<Access>| match name {
        REGISTRIES => access <= Some(needs.registries),
        // GitHub adds it to every token that can access a repository.
        METADATA => access <= Some(Access::Read),
        _ => false,
    };
    let permissions = granted.permissions.iter();
    let surplus = permissions.filter(|(name, access)| !is_asked(name, Access::parse(access)));
    surplus.map(|(name, access)| format!("{name}={access}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installation(permissions: &Value) -> Installation {
        Installation::from_json(&json!({"id": 1, "permissions": permissions})).unwrap()
    }

    #[test]
    fn only_what_is_needed_is_asked_for() {
        let all = json!({"organization_private_registries": "write", "metadata": "read", "contents": "write"});
        let asked = |registries, names, has: &Value| {
            request(Permissions::Narrow, Needs { registries, names }, &installation(has))["permissions"].clone()
        };
        assert_eq!(asked(Access::Read, false, &all), json!({"organization_private_registries": "read"}));
        assert_eq!(asked(Access::Write, false, &all), json!({"organization_private_registries": "write"}));
        let both = json!({"organization_private_registries": "read", "metadata": "read"});
        assert_eq!(asked(Access::Read, true, &all), both);
        let without = json!({"organization_private_registries": "read"});
        assert_eq!(asked(Access::Read, true, &without), without);
        let needs = Needs { registries: Access::Write, names: true };
        assert_eq!(request(Permissions::Inherit, needs, &installation(&all)), json!({}));
    }

    #[test]
    fn more_than_was_asked_for_is_noticed() {
        let needs = Needs { registries: Access::Read, names: false };
        let surplus = |permissions, has: Value| surplus(permissions, needs, &installation(&has));
        let narrow = json!({"organization_private_registries": "read", "metadata": "read"});
        assert!(surplus(Permissions::Narrow, narrow).is_empty());
        let wide = json!({"organization_private_registries": "write", "contents": "read", "metadata": "read"});
        let told = ["contents=read", "organization_private_registries=write"];
        assert_eq!(surplus(Permissions::Narrow, wide.clone()), told);
        assert!(surplus(Permissions::Inherit, wide).is_empty());
    }
}
