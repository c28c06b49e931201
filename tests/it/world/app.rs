//! An organization that a GitHub App is installed on, and the requests made in its name.

use std::time::{Duration, Instant};

use fake_github::{FakeGitHub, Options};

use crate::harness::{Inputs, Run, Step};

pub(crate) const REGISTRIES: &str = "organization_private_registries";
pub(crate) const READER: &[(&str, &str)] = &[(REGISTRIES, "read"), ("metadata", "read")];
pub(crate) const WRITER: &[(&str, &str)] = &[(REGISTRIES, "write"), ("metadata", "read")];

pub(crate) const MANIFEST: &str = "\
version: 1
defaults:
  visibility: private
registries:
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
    replaces-base: true
";

/// The secrets that [`MANIFEST`] refers to.
pub(crate) const SECRETS: Inputs = &[("MAVEN", "maven-secret-value"), ("NPM", "npm-secret-value")];

pub(crate) fn github(permissions: &[(&str, &str)]) -> FakeGitHub {
    with(Options::default(), permissions)
}

pub(crate) fn with(options: Options, permissions: &[(&str, &str)]) -> FakeGitHub {
    let github = FakeGitHub::with(options);
    github.install_app("acme", permissions);
    github
}

pub(crate) fn step<'a>(github: &'a FakeGitHub, operation: &str) -> Step<'a> {
    Step::new(github, operation).signed_in_as_app().manifest(MANIFEST).secrets(SECRETS)
}

/// Returns the requests that are not about signing in.
pub(crate) fn others(run: &Run) -> Vec<String> {
    let is_other = |path: &str| !path.contains("/installation") && !path.contains("access_tokens");
    run.requests
        .iter()
        .filter(|request| is_other(&request.path))
        .map(|request| format!("{} {}", request.method, request.path))
        .collect()
}

/// Returns the bodies of the requests for a token.
pub(crate) fn asked(run: &Run) -> Vec<serde_json::Value> {
    let requests = run.requests.iter().filter(|request| request.path.ends_with("/access_tokens"));
    requests.filter_map(|request| request.body.clone()).collect()
}

pub(crate) fn revocations(run: &Run) -> usize {
    run.requests.iter().filter(|request| request.path == "/installation/token").count()
}

/// Waits until GitHub has received a request.
pub(crate) fn after_request(github: &FakeGitHub, method: &str, path: &str) {
    let began = Instant::now();
    while !github.requests().iter().any(|request| request.method == method && request.path.contains(path)) {
        assert!(began.elapsed() < Duration::from_secs(20), "{method} {path} was not sent");
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(100));
}
