//! Which endpoint a method and a path mean.

use percent_encoding::percent_decode_str;

use crate::organization::ORG;

/// An endpoint of the API, with what its path says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// `GET /orgs/{org}/private-registries`
    List,
    /// `POST /orgs/{org}/private-registries`
    Create,
    /// `GET /orgs/{org}/private-registries/public-key`
    PublicKey,
    /// `GET /orgs/{org}/private-registries/{secret_name}`
    Get(String),
    /// `PATCH /orgs/{org}/private-registries/{secret_name}`
    Update(String),
    /// `DELETE /orgs/{org}/private-registries/{secret_name}`
    Delete(String),
    /// `GET /repos/{owner}/{repo}`
    Repository(String),
    /// `GET /repositories/{id}`
    RepositoryById(u64),
}

impl Route {
    /// The endpoint, or nothing where GitHub has none or the organization is another one.
    pub(crate) fn of(method: &str, path: &str, base_path: &str) -> Option<Self> {
        let segments: Vec<String> = path
            .strip_prefix(base_path)?
            .strip_prefix('/')?
            .split('/')
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (method, segments.as_slice()) {
            ("GET", ["repos", owner, repo]) if is_org(owner) => Some(Self::Repository((*repo).into())),
            ("GET", ["repositories", id]) => id.parse().ok().map(Self::RepositoryById),
            (_, ["orgs", org, "private-registries", rest @ ..]) if is_org(org) => Self::registry(method, rest),
            _ => None,
        }
    }

    fn registry(method: &str, rest: &[&str]) -> Option<Self> {
        match (method, rest) {
            ("GET", []) => Some(Self::List),
            ("POST", []) => Some(Self::Create),
            ("GET", ["public-key"]) => Some(Self::PublicKey),
            ("GET", [name]) => Some(Self::Get((*name).into())),
            ("PATCH", [name]) => Some(Self::Update((*name).into())),
            ("DELETE", [name]) => Some(Self::Delete((*name).into())),
            _ => None,
        }
    }

    /// Whether a token that may only read is refused.
    pub(crate) fn writes(&self) -> bool {
        matches!(self, Self::Create | Self::Update(_) | Self::Delete(_))
    }
}

fn is_org(login: &str) -> bool {
    login.eq_ignore_ascii_case(ORG)
}

#[cfg(test)]
mod tests {
    use super::Route;

    #[test]
    fn an_encoded_name_is_one_segment() {
        let route = Route::of("GET", "/orgs/ACME/private-registries/npm%20registry%2F%C3%A9%20%231", "");
        assert_eq!(route, Some(Route::Get("npm registry/é #1".into())));
    }

    #[test]
    fn a_wrong_method_or_a_missing_base_path_is_nowhere() {
        assert_eq!(Route::of("PUT", "/orgs/acme/private-registries/X", ""), None);
        assert_eq!(Route::of("GET", "/orgs/acme/private-registries", "/api/v3"), None);
        assert_eq!(Route::of("GET", "/api/v3/orgs/acme/private-registries", "/api/v3"), Some(Route::List));
    }
}
