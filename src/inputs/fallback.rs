//! The token's fallback outside of Actions: the variables of GitHub's own command
//! (<https://cli.github.com/manual/gh_help_environment>).

use std::collections::BTreeMap;
use std::ffi::OsStr;

use super::connection::{api_url_of, is_cloud, is_loopback};
use super::runner::Runner;
use crate::diagnostics::Diagnostic;
use crate::environment::Environment;

/// The variables for github.com, GHE.com and loopback.
const CLOUD: [&str; 2] = ["GH_TOKEN", "GITHUB_TOKEN"];
/// The variables for any other host, so that a token for github.com is never sent there.
const ENTERPRISE: [&str; 2] = ["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"];
/// The inputs for signing in. If any of them is set, there is no fallback.
const SIGN_IN: [&str; 3] = ["token", "app-client-id", "app-private-key"];

/// Returns the variable to take the token from, with its value. In Actions there is no fallback, because a job's
/// `GITHUB_TOKEN` can't have the permission, and a step should get only the credentials that its workflow passes on.
pub(super) fn token<'a>(
    environment: &'a Environment,
    values: &BTreeMap<String, &str>,
    runner: &Runner,
    problems: &mut Vec<Diagnostic>,
) -> Option<(&'static str, &'a str)> {
    if runner.is_actions() || SIGN_IN.iter().any(|input| values.contains_key(*input)) {
        return None;
    }
    // An invalid address is a problem of its own, so nothing will be sent.
    let url = api_url_of(values.get("api-url").copied(), runner).ok()?;
    let host = url.host()?;
    let variables = if is_loopback(&host) || is_cloud(&host.to_string()) { CLOUD } else { ENTERPRISE };
    let is_set = |value: &&OsStr| value.to_str().is_none_or(|text| !text.trim().is_empty());
    let set = |name| environment.get(name).filter(is_set).map(|value| (name, value));
    let (variable, value) = variables.into_iter().find_map(set)?;
    if value.to_str().is_none() {
        let message = format!("environment variable {variable}, which holds the token, is not valid UTF-8");
        problems.push(Diagnostic::error("Input", message));
    }
    value.to_str().map(|token| (variable, token.trim()))
}
