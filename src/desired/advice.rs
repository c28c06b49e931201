//! What is legal and known to hurt: warnings, each with the way out. Never an error, because GitHub decides.

use super::{Complaint, Repository, Settings, Username};
use crate::registry::{AuthType, RegistryType, Visibility};

/// Hosts of GitHub Packages, where `replaces-base` breaks every resolution (dependabot-core #11496).
const GITHUB_PACKAGES: &str = "pkg.github.com";

/// Warnings about what a person wants. `registry_type` and `auth_type` are `None` where an update does not say them; when
/// `is_whole`, what is not said has the API's default, else it keeps a value that is not known here.
pub fn advice(
    registry_type: Option<RegistryType>,
    auth_type: Option<AuthType>,
    settings: &Settings,
    is_whole: bool,
) -> Vec<Complaint> {
    let Settings { url, username, replaces_base, visibility, oidc: _, secret: _, repositories } = settings;
    let on_github_packages = url.as_ref().is_some_and(|url| {
        url.host() == GITHUB_PACKAGES || url.host().ends_with(&format!(".{GITHUB_PACKAGES}")) || url.host() == "ghcr.io"
    });
    let replaces_nothing = *replaces_base == Some(false) || (is_whole && replaces_base.is_none());
    let is_for_all = *visibility == Some(Visibility::All);
    let is_for_selected = *visibility == Some(Visibility::Selected);
    let is_token = is_whole && auth_type == Some(AuthType::Token);
    let has_username = matches!(username, Some(Username::Is(_)));
    let table = [
        (
            "url",
            url.as_ref().is_some_and(|url| url.scheme() != "https"),
            "is not https: the credential would travel in the clear, and GitHub may refuse it",
        ),
        (
            "url",
            url.as_ref().is_some_and(|url| url.as_str().contains('?')),
            "has a query: a credential in it would be shown to everybody who may read the configuration",
        ),
        (
            "replaces_base",
            *replaces_base == Some(true) && on_github_packages,
            "with GitHub Packages breaks every resolution: it does not serve public packages",
        ),
        (
            "replaces_base",
            registry_type == Some(RegistryType::NpmRegistry) && is_for_all && replaces_nothing,
            "is not true: an npm registry for all repositories makes Dependabot fail with \
             private_registry_config_not_found in each that has no .npmrc naming it",
        ),
        (
            "registry_type",
            matches!(registry_type, Some(RegistryType::HexOrganization | RegistryType::HexRepository)),
            "is a type that GitHub refused when last seen, although its documentation lists it",
        ),
        ("visibility", is_for_all, "is all: public repositories may use this registry too"),
        (
            "visibility",
            is_for_selected && repositories.as_ref().is_some_and(Vec::is_empty),
            "is selected, but no repository is named: none may use this registry",
        ),
        (
            "visibility",
            is_for_selected && repositories.is_none(),
            "is selected, but no repository is named: a new configuration can be used by none, and what is selected in \
             one that exists is left alone",
        ),
        (
            "username",
            is_token && on_github_packages && !has_username,
            "is missing: code scanning wants one beside a GitHub token (give the token as password)",
        ),
    ];
    let applying = table.into_iter().filter(|(_, applies, _)| *applies);
    let odd_texts = texts(settings).into_iter().filter(|(_, text)| !text.chars().all(|c| (' '..='~').contains(&c)));
    applying
        .map(|(field, _, message)| Complaint::new(field, message))
        .chain(odd_texts.map(|(field, _)| {
            Complaint::new(field, "has a character outside printable ASCII: code scanning then refuses every registry")
        }))
        .collect()
}

/// What is sent otherwise than it was written, and worth a notice.
pub fn completions(settings: &Settings) -> Vec<Complaint> {
    let completed = settings.url.iter().filter(|url| url.is_completed());
    completed.map(|url| Complaint::new("url", format!("has no scheme, so {url} is sent"))).collect()
}

/// Every text that reaches Dependabot and code scanning.
fn texts(settings: &Settings) -> Vec<(&'static str, &str)> {
    let Settings { url, username, replaces_base: _, visibility: _, oidc, secret: _, repositories: _ } = settings;
    let mut texts: Vec<(&'static str, &str)> =
        oidc.iter().map(|(field, value)| (field.as_str(), value.as_str())).collect();
    texts.extend(url.iter().map(|url| ("url", url.as_str())));
    texts.extend(username.iter().filter_map(Username::as_deref).map(|name| ("username", name)));
    texts
}

/// What is wrong with a repository selection beside a visibility.
pub fn selection_complaint(
    visibility: Option<Visibility>,
    repositories: Option<&Vec<Repository>>,
) -> Option<Complaint> {
    match (visibility, repositories) {
        (Some(other @ (Visibility::All | Visibility::Private)), Some(_)) => Some(Complaint::new(
            "selected_repositories",
            format!("can't be given with visibility {other}: set visibility to selected, or leave them out"),
        )),
        _ => None,
    }
}
