//! The endpoint that a method and a path mean.

use percent_encoding::percent_decode_str;

/// An endpoint of the API, with the parameters in its path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// Below `/orgs/{org}/private-registries`.
    Registries(String, Registries),
    /// `GET /repos/{owner}/{repo}`
    Repository(String, String),
    /// `GET /repositories/{id}`
    RepositoryById(u64),
    /// `GET /orgs/{org}/installation`
    Installation(String),
    /// `GET /app/installations`
    Installations,
    /// `POST /app/installations/{installation_id}/access_tokens`
    AccessToken(u64),
    /// `DELETE /installation/token`
    RevokeToken,
}

/// An endpoint of an organization's private registries.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Registries {
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
}

impl Route {
    /// Returns the endpoint, or `None` where GitHub has none.
    pub(crate) fn of(method: &str, path: &str, base_path: &str) -> Option<Self> {
        let segments: Vec<String> = path
            .strip_prefix(base_path)?
            .strip_prefix('/')?
            .split('/')
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (method, segments.as_slice()) {
            ("GET", ["repos", owner, repo]) => Some(Self::Repository((*owner).into(), (*repo).into())),
            ("GET", ["repositories", id]) => id.parse().ok().map(Self::RepositoryById),
            ("GET", ["orgs", org, "installation"]) => Some(Self::Installation((*org).into())),
            ("GET", ["app", "installations"]) => Some(Self::Installations),
            ("POST", ["app", "installations", id, "access_tokens"]) => id.parse().ok().map(Self::AccessToken),
            ("DELETE", ["installation", "token"]) => Some(Self::RevokeToken),
            (_, ["orgs", org, "private-registries", rest @ ..]) => {
                Registries::of(method, rest).map(|registries| Self::Registries((*org).into(), registries))
            }
            _ => None,
        }
    }

    /// Returns the login of the organization that the request is about.
    pub(crate) fn organization(&self) -> Option<&str> {
        match self {
            Self::Registries(org, _) | Self::Repository(org, _) | Self::Installation(org) => Some(org),
            Self::RepositoryById(_) | Self::Installations | Self::AccessToken(_) | Self::RevokeToken => None,
        }
    }
}

impl Registries {
    fn of(method: &str, rest: &[&str]) -> Option<Self> {
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

    /// Returns whether a read-only token is refused.
    pub(crate) fn writes(&self) -> bool {
        matches!(self, Self::Create | Self::Update(_) | Self::Delete(_))
    }
}

#[cfg(test)]
mod tests {
    use super::{Registries, Route};

    #[test]
    fn an_encoded_name_is_one_segment() {
        let route = Route::of("GET", "/orgs/ACME/private-registries/npm%20registry%2F%C3%A9%20%231", "");
        assert_eq!(route, Some(Route::Registries("ACME".into(), Registries::Get("npm registry/é #1".into()))));
    }

    #[test]
    fn a_wrong_method_or_a_missing_base_path_has_no_endpoint() {
        assert_eq!(Route::of("PUT", "/orgs/acme/private-registries/X", ""), None);
        assert_eq!(Route::of("GET", "/orgs/acme/private-registries", "/api/v3"), None);
        let list = Route::Registries("acme".into(), Registries::List);
        assert_eq!(Route::of("GET", "/api/v3/orgs/acme/private-registries", "/api/v3"), Some(list));
    }
}
