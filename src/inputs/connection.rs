//! The connection to GitHub, and the credential.

use std::path::PathBuf;

use secrecy::{ExposeSecret as _, SecretString};

use super::Operation;
use super::app::AppInputs;
use super::declaration::{Preset, group};
use super::runner::Runner;
use super::validator::Validator;
use crate::github::{Connection, Limits, SignIn};
use crate::http::Proxy;
use crate::http::Roots;
use crate::secrets::unexpanded;

const DEFAULT_API_URL: &str = "https://api.github.com";

group! {
    "GitHub and the token", used_by: Operation::needs_github;
    struct ConnectionInputs {
        /// A token that may read or write the organization's private registries. Required except for `validate`,
        /// `check` and with `app-client-id`. It is masked before anything is printed. `GITHUB_TOKEN` can't have the
        /// permission.
        token: SecretString { is_for_job: true },
        /// The address of the REST API: https, or http for loopback only. A base path such as `/api/v3` is kept.
        api_url: String {
            placeholder: "URL",
            preset: Preset::Depends("`GITHUB_API_URL`, else `https://api.github.com`"),
            is_for_job: true,
        },
        /// The version of the REST API, sent as `X-GitHub-Api-Version`.
        api_version: String {
            placeholder: "DATE",
            preset: Preset::Depends("`2026-03-10` on github.com and GHE.com, else `2022-11-28`"),
            is_for_job: true,
        },
        /// A PEM file with a private certificate authority to trust in addition to the system's. The path is relative
        /// to `GITHUB_WORKSPACE`.
        ca_file: String { placeholder: "PATH", used_by: Operation::connects, is_for_job: true },
    }
}

impl ConnectionInputs {
    /// Returns the token's text, which is masked before anything else.
    pub(super) fn secret(&self) -> Option<&SecretString> {
        self.token().value
    }

    pub(super) fn read(
        &self,
        operation: Option<Operation>,
        app: &AppInputs,
        limits: Option<Limits>,
        runner: &Runner,
        validator: &mut Validator,
    ) -> Option<Connection> {
        let sign_in = self.sign_in(operation, app, runner, validator);
        let api_url = self.valid_api_url(runner, validator);
        let api_version = self.valid_api_version(api_url.as_ref(), validator);
        let roots = self.roots(runner, validator);
        let proxy = proxy(runner, api_url.as_ref(), validator);
        let limits = limits?;
        Some(Connection {
            api_url: api_url?,
            api_version: api_version?,
            roots: roots?,
            proxy,
            sign_in: sign_in?,
            limits,
        })
    }

    /// Returns the host of the REST API, if the address is valid.
    pub(super) fn api_host(&self, runner: &Runner) -> Option<String> {
        let url = api_url_of(self.api_url().value.map(String::as_str), runner).ok()?;
        url.host_str().map(str::to_owned)
    }

    /// Returns the token or the App, exactly one of which must be set.
    fn sign_in(
        &self,
        operation: Option<Operation>,
        app: &AppInputs,
        runner: &Runner,
        validator: &mut Validator,
    ) -> Option<SignIn> {
        let token = self.token();
        if let Some(operation @ Operation::Organizations) = operation.filter(|_| !app.is_given()) {
            validator.needs_app(operation);
            return None;
        }
        if !app.is_given() {
            return self.valid_token(runner, validator).map(SignIn::Token);
        }
        if token.value.is_some() {
            let message =
                "is set, and so is an App (`app-client-id`, `app-private-key`): sign in with only one of them";
            validator.problem(token.input, message);
            self.valid_token(runner, validator);
        }
        app.read(validator).map(SignIn::App)
    }

    fn valid_token(&self, runner: &Runner, validator: &mut Validator) -> Option<SecretString> {
        let token = self.token();
        let Some(value) = token.value else {
            let hint = if runner.is_actions() {
                "(not GITHUB_TOKEN; an unset workflow secret arrives as an empty string)"
            } else {
                "(set INPUT_TOKEN, or GH_TOKEN; for GitHub Enterprise Server, GH_ENTERPRISE_TOKEN)"
            };
            let message = format!(
                "is required: a token that may manage the organization's private registries {hint}. Or sign in as a \
                 GitHub App with `app-client-id` and `app-private-key`"
            );
            validator.missing(token.input, message);
            return None;
        };
        if let Some(problem) = unexpanded(value, "token") {
            validator.problem(token.input, problem);
            return None;
        }
        if !value.expose_secret().chars().all(|c| c.is_ascii_graphic()) {
            validator.problem(token.input, "has white space or another character that is never part of a GitHub token");
            return None;
        }
        Some(value.clone())
    }

    fn valid_api_url(&self, runner: &Runner, validator: &mut Validator) -> Option<url::Url> {
        let parsed = api_url_of(self.api_url().value.map(String::as_str), runner);
        parsed.map_err(|message| validator.problem(self.api_url().input, message)).ok()
    }

    fn valid_api_version(&self, api_url: Option<&url::Url>, validator: &mut Validator) -> Option<String> {
        let Some(version) = self.api_version().value else {
            return Some(newest_version(api_url?.host_str().unwrap_or_default()).to_owned());
        };
        let is_date = version.len() == 10
            && version.char_indices().all(|(i, c)| if i == 4 || i == 7 { c == '-' } else { c.is_ascii_digit() });
        if !is_date {
            validator.problem(self.api_version().input, "is not a date: write it like 2026-03-10");
            return None;
        }
        Some(version.clone())
    }

    /// Returns the path of `ca-file`.
    pub(super) fn ca_path(&self, runner: &Runner) -> Option<PathBuf> {
        self.ca_file().value.map(|path| runner.workspace().join(path))
    }

    /// Reads the authorities of `ca-file`. `SSL_CERT_FILE` is only checked, because the TLS library reads it.
    pub(super) fn roots(&self, runner: &Runner, validator: &mut Validator) -> Option<Roots> {
        if let Some(Err(message)) = runner.ssl_cert_file.as_deref().map(Roots::read) {
            validator.variable("SSL_CERT_FILE", message);
        }
        let Some(path) = self.ca_path(runner) else { return Some(Roots::default()) };
        Roots::read(&path).map_err(|message| validator.problem(self.ca_file().input, message)).ok()
    }
}

/// Returns the address from `api-url`, else from the runner, else of github.com.
pub(super) fn api_url_of(given: Option<&str>, runner: &Runner) -> Result<url::Url, String> {
    api_url(given.or(runner.api_url.as_deref()).unwrap_or(DEFAULT_API_URL))
}

/// Returns the proxy for the API, if any.
fn proxy(runner: &Runner, api_url: Option<&url::Url>, validator: &mut Validator) -> Option<Box<Proxy>> {
    let proxy = runner.proxies.to(api_url?);
    proxy.map_err(|error| validator.variable(error.variable, error.message)).ok().flatten().map(Box::new)
}

/// Returns the newest API version that a host is known to support. GitHub Enterprise Server may answer 400 to a newer
/// one.
fn newest_version(host: &str) -> &'static str {
    if is_cloud(host) { "2026-03-10" } else { "2022-11-28" }
}

/// Returns whether a host is the API of github.com or GHE.com.
pub(super) fn is_cloud(host: &str) -> bool {
    host == "api.github.com" || (host.starts_with("api.") && host.ends_with(".ghe.com"))
}

/// Returns whether a host can only be this machine.
pub(super) fn is_loopback(host: &url::Host<&str>) -> bool {
    match host {
        url::Host::Domain(domain) => *domain == "localhost",
        url::Host::Ipv4(address) => address.is_loopback(),
        url::Host::Ipv6(address) => address.is_loopback(),
    }
}

/// Parses the API's base URL: https, or http for loopback.
fn api_url(text: &str) -> Result<url::Url, String> {
    if !text.contains("://") {
        return Err(format!("does not begin with `https://`: write it like {DEFAULT_API_URL}"));
    }
    let mut url =
        url::Url::parse(text).map_err(|error| format!("is not a url ({error}): write it like {DEFAULT_API_URL}"))?;
    let Some(host) = url.host() else { return Err(format!("has no host: write it like {DEFAULT_API_URL}")) };
    if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(&host)) {
        return Err(
            "must be https (http is for loopback addresses only), or the token would be sent in the clear".to_owned()
        );
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "has user information (a user name or password): remove it, since the credential is the `token`".to_owned()
        );
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("has a query or a fragment: remove it".to_owned());
    }
    match url.host_str() {
        Some("github.com") => return Err(format!("is GitHub's website: its API is {DEFAULT_API_URL}")),
        Some(host) if host.ends_with(".ghe.com") && !host.starts_with("api.") => {
            return Err(format!("is a website: its API is https://api.{host}"));
        }
        _ => {}
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newer_version_is_for_hosts_that_know_it() {
        for (host, version) in [
            ("api.github.com", "2026-03-10"),
            ("api.acme.ghe.com", "2026-03-10"),
            ("ghes.acme.dev", "2022-11-28"),
            ("api.acme.dev", "2022-11-28"),
            ("api.github.com.evil.dev", "2022-11-28"),
        ] {
            assert_eq!(newest_version(host), version, "{host}");
        }
    }

    #[test]
    fn the_api_url_is_https_or_loopback_and_keeps_its_path() {
        assert_eq!(api_url("https://ghes.example.com/api/v3/").unwrap().as_str(), "https://ghes.example.com/api/v3");
        for text in ["http://localhost:1/", "http://127.0.0.2:80", "http://[::1]:8080"] {
            assert!(api_url(text).is_ok(), "{text}");
        }
        for text in [
            "http://ghes.example.com",
            "https://a:b@ghes.example.com",
            "ftp://x.y",
            "ghes.example.com",
            "https://x.y/?a",
            "https://github.com",
            "https://acme.ghe.com",
        ] {
            assert!(api_url(text).is_err(), "{text}");
        }
    }
}
