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
    let mut warnings = Vec::new();
    let mut warn = |field, message: &str| warnings.push(Complaint::new(field, message));
    let on_github_packages = settings.url.as_ref().is_some_and(|url| {
        url.host() == GITHUB_PACKAGES || url.host().ends_with(&format!(".{GITHUB_PACKAGES}")) || url.host() == "ghcr.io"
    });

    if let Some(url) = &settings.url {
        if url.scheme() != "https" {
            warn("url", "is not https: the credential would travel in the clear, and GitHub may refuse it");
        }
        if !url.as_str().contains("://") {
            warn("url", "has no scheme, and GitHub may refuse it: write https:// before it");
        }
    }
    if settings.replaces_base == Some(true) && on_github_packages {
        warn("replaces_base", "with GitHub Packages breaks every resolution: it does not serve public packages");
    }
    if registry_type == Some(RegistryType::NpmRegistry)
        && settings.visibility == Some(Visibility::All)
        && (settings.replaces_base == Some(false) || (is_whole && settings.replaces_base.is_none()))
    {
        warn(
            "replaces_base",
            "is not true: an npm registry for all repositories makes Dependabot fail with \
             private_registry_config_not_found in each that has no .npmrc naming it",
        );
    }
    if matches!(registry_type, Some(RegistryType::HexOrganization | RegistryType::HexRepository)) {
        warn("registry_type", "is a type that GitHub refused when last seen, although its documentation lists it");
    }
    if settings.visibility == Some(Visibility::All) {
        warn("visibility", "is all: public repositories may use this registry too");
    }
    let names_none = settings.repositories.as_ref().is_none_or(Vec::is_empty);
    if settings.visibility == Some(Visibility::Selected) && names_none {
        let what = match settings.repositories {
            Some(_) => "is selected, but no repository is named: none may use this registry",
            None => {
                "is selected, but no repository is named: a new configuration can be used by none, and what is \
                 selected in one that exists is left alone"
            }
        };
        warn("visibility", what);
    }
    let has_username = matches!(settings.username, Some(Username::Is(_)));
    if is_whole && auth_type == Some(AuthType::Token) && on_github_packages && !has_username {
        warn("username", "is missing: code scanning wants one beside a GitHub token (give the token as password)");
    }
    for (field, value) in texts(settings) {
        if !value.chars().all(|c| (' '..='~').contains(&c)) {
            warn(field, "has a character outside printable ASCII: code scanning then refuses every registry");
        }
    }
    warnings
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
