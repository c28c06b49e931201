//! A manifest and an organization that need every kind of write, for faults to hit; and checks of how much of it was
//! done.

use fake_github::{Configuration, FakeGitHub, Options, json};

use crate::harness::{Inputs, Step};

/// A manifest that needs every kind of write: `maven` is created, `npm` updated, `git` replaced, and an unmanaged
/// registry deleted.
pub(crate) const MANIFEST: &str = "\
version: 1
registries:
  docker:
    type: docker-registry
    url: https://docker.acme.dev
    tenant-id: t
    client-id: c
    visibility: private
  git:
    type: git
    url: https://git.acme.dev
    token: ${{ secrets.GIT }}
    visibility: private
  maven:
    type: maven-repository
    url: https://maven.acme.dev
    username: monalisa
    password: ${{ secrets.MAVEN }}
    visibility: selected
    selected-repositories: [api]
  npm:
    type: npm-registry
    url: https://npm.acme.dev
    token: ${{ secrets.NPM }}
    visibility: selected
    selected-repositories: [web]
";

pub(crate) const SECRETS: Inputs = &[("GIT", "git-secret"), ("MAVEN", "maven-secret"), ("NPM", "npm-secret")];

/// Returns the organization before [`MANIFEST`] is applied.
pub(crate) fn organization(options: Options) -> FakeGitHub {
    let github = FakeGitHub::with(options);
    let docker = "https://docker.acme.dev";
    github.add(json!({"registry_type": "docker_registry", "url": docker, "auth_type": "oidc_azure",
        "tenant_id": "t", "client_id": "c", "visibility": "private"}));
    github.add(json!({"registry_type": "git_source", "url": "https://git.acme.dev", "auth_type": "username_password",
        "username": "old", "secret": "old-secret", "visibility": "all"}));
    github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev", "secret": "old-secret"}));
    github.add(json!({"registry_type": "python_index", "url": "https://python.acme.dev", "secret": "old-secret"}));
    github
}

pub(crate) fn apply(github: &FakeGitHub) -> Step<'_> {
    let step = Step::new(github, "apply").manifest(MANIFEST).secrets(SECRETS);
    step.with("prune", "true").with("max-wait", "60s")
}

/// Returns the configurations of a registry.
pub(crate) fn of<'a>(state: &'a [Configuration], label: &str) -> Vec<&'a Configuration> {
    let url = format!("https://{label}.acme.dev");
    state.iter().filter(|live| live.url.as_deref() == Some(&url)).collect()
}

/// Returns whether a registry has exactly one configuration, as the manifest wants it.
pub(crate) fn is_as_desired(state: &[Configuration], label: &str) -> bool {
    matches!(of(state, label).as_slice(), [live] if is_desired(live, label))
}

/// Returns whether a configuration is what the manifest wants for a registry.
pub(crate) fn is_desired(live: &Configuration, label: &str) -> bool {
    let (auth_type, username, secret, visibility, ids): (_, _, _, _, &[u64]) = match label {
        "docker" => ("oidc_azure", None, None, "private", &[]),
        "git" => ("token", None, Some("git-secret"), "private", &[]),
        "maven" => ("username_password", Some("monalisa"), Some("maven-secret"), "selected", &[1001]),
        "npm" => ("token", None, Some("npm-secret"), "selected", &[1002]),
        _ => return false,
    };
    live.auth_type.as_deref() == Some(auth_type)
        && live.username.as_deref() == username
        && live.secret.as_deref() == secret
        && live.visibility == visibility
        && live.selected_repository_ids == ids
}

pub(crate) fn is_converged(state: &[Configuration]) -> bool {
    state.len() == 4 && ["docker", "git", "maven", "npm"].iter().all(|label| is_as_desired(state, label))
}
