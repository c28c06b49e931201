//! A manifest and an organization with one registry for each kind of change.

use fake_github::{FakeGitHub, Options, json};

use crate::harness::{Inputs, Step};

/// A manifest that creates `new-maven`, updates `npm`, replaces `containers`, and does not mention the live git source.
pub(crate) const MANIFEST: &str = "\
version: 1
defaults:
  visibility: private
registries:
  new-maven:
    type: maven-repository
    url: https://maven.acme.dev
    username: monalisa
    password: ${{ secrets.MAVEN_PASSWORD }}
    visibility: selected
    selected-repositories: [api, acme/web]
  npm:
    type: npm-registry
    url: https://npm.acme.dev
    username: monalisa
    password: ${{ secrets.NPM_TOKEN }}
    replaces-base: true
  containers:
    type: docker-registry
    url: https://acme.azurecr.io
    tenant-id: tenant
    client-id: client
  python:
    type: python-index
    url: https://pypi.acme.dev
    token: ${{ secrets.PYPI_TOKEN }}
  cloudsmith:
    type: helm-registry
    url: https://helm.acme.dev
    namespace: acme
    service-slug: bot
    audience: https://github.com/acme
";

/// Adds the configurations that exist before: npm differs, containers has a secret, python and cloudsmith are as
/// desired, and one is unmanaged.
pub(crate) fn organization(github: &FakeGitHub) {
    github.add(json!({
        "registry_type": "npm_registry", "url": "https://NPM.acme.dev/", "visibility": "all", "secret": "old-npm",
        "auth_type": "username_password", "username": "hubot",
    }));
    github.add(json!({
        "registry_type": "docker_registry", "url": "https://acme.azurecr.io", "visibility": "private",
        "auth_type": "username_password", "username": "hubot", "secret": "old-docker",
    }));
    github.add(json!({
        "registry_type": "python_index", "url": "https://pypi.acme.dev", "visibility": "private", "secret": "old-pypi",
    }));
    github.add(json!({
        "registry_type": "helm_registry", "url": "https://helm.acme.dev", "visibility": "private",
        "auth_type": "oidc_cloudsmith", "namespace": "acme", "service_slug": "bot",
        "audience": "https://github.com/acme",
    }));
    github.add(json!({
        "registry_type": "git_source", "url": "https://git.acme.dev", "visibility": "private", "secret": "old-git",
    }));
}

/// The secrets that [`MANIFEST`] refers to.
pub(crate) const SECRETS: Inputs =
    &[("MAVEN_PASSWORD", "maven-secret-value"), ("NPM_TOKEN", "npm-secret-value"), ("PYPI_TOKEN", "pypi-secret-value")];

/// Returns a GitHub with the [`organization`].
pub(crate) fn github() -> FakeGitHub {
    github_with(Options::default())
}

/// Returns the same for a GitHub with other options.
pub(crate) fn github_with(options: Options) -> FakeGitHub {
    let github = FakeGitHub::with(options);
    organization(&github);
    github
}

/// Returns a step that applies a manifest with [`SECRETS`].
pub(crate) fn apply<'a>(github: &'a FakeGitHub, yaml: &str) -> Step<'a> {
    Step::new(github, "apply").manifest(yaml).secrets(SECRETS).secret_env("NPM_TOKEN", "npm-secret-value\n")
}
