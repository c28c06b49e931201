//! A stateful stand-in for GitHub's private registries API, on loopback. It picks names, serves pages, validates
//! bodies, opens every sealed box with libsodium and records the requests, so that a test asserts what GitHub would
//! hold in the end rather than which calls were made.
//!
//! The server runs on its own thread: a test needs no runtime, and the program under test may be a child process.
//!
//! ```
//! use fake_github::{FakeGitHub, json};
//!
//! let github = FakeGitHub::start();
//! let name = github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev"}));
//! assert_eq!(name, "NPM_REGISTRY_SECRET");
//! // … run the program against `github.url()` with `fake_github::WRITE_TOKEN` …
//! assert_eq!(github.configurations().len(), 1);
//! ```

mod access;
mod answer;
mod app;
mod body;
mod clock;
mod configuration;
mod connection;
mod delivery;
mod endpoints;
mod fault;
mod jwt;
pub mod keys;
mod options;
mod organization;
mod paging;
mod request;
mod routes;
mod rules;
mod schema;
mod server;
mod sodium;
mod state;

use std::time::Duration;

pub use serde_json::{Value, json};

pub use crate::access::{NOBODY_TOKEN, READ_TOKEN, WRITE_TOKEN};
pub use crate::app::{APP_CLIENT_ID, APP_ID, IssuedToken, Permissions};
pub use crate::configuration::Configuration;
pub use crate::fault::{Change, Fault, Kind, Matcher};
pub use crate::options::{Naming, Options, PermissionRequest, SameUrl, Stamps};
pub use crate::organization::{ORG, Organization, Repository};
pub use crate::request::Request;
use crate::server::Server;

/// A fake GitHub with the organization `acme`; it stops when it is dropped.
///
/// The repositories of `acme` are `api` (1001) and `web` (1002), both private, `docs` (1003, public) and `tools` (1004,
/// internal). The second organization, if there is one, has the same names with ids from 2001, and so on. The tokens
/// above are valid for all organizations; a GitHub App has to be installed on each.
#[derive(Debug)]
pub struct FakeGitHub {
    server: Server,
}

impl FakeGitHub {
    /// Starts GitHub as it is documented, with no configuration yet.
    pub fn start() -> Self {
        Self::with(Options::default())
    }

    /// Starts GitHub with other choices for what differs between servers or is not documented.
    pub fn with(options: Options) -> Self {
        Self { server: Server::start(options) }
    }

    /// Returns the address of the API, including the base path, without a trailing slash.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Returns the id of the current public key, and the key in base64.
    pub fn public_key(&self) -> (String, String) {
        self.organization(|acme| acme.public_key())
    }

    /// Adds a configuration as [`Organization::add`] does, and returns its name.
    pub fn add(&self, fields: Value) -> String {
        self.organization(|acme| acme.add(fields))
    }

    /// Adds a repository; `visibility` is `public`, `private` or `internal`.
    pub fn add_repository(&self, name: &str, id: u64, visibility: &str) {
        self.organization(|acme| acme.add_repository(name, id, visibility));
    }

    /// Renames a repository or moves it to another owner; its former name redirects to it.
    pub fn move_repository(&self, name: &str, owner: &str, new_name: &str) {
        self.organization(|acme| acme.move_repository(name, owner, new_name));
    }

    /// Deletes a configuration, as somebody would in the settings.
    pub fn remove(&self, name: &str) {
        self.organization(|acme| acme.remove(name));
    }

    /// Changes one field, as somebody would in the settings; `Value::Null` removes it.
    pub fn change(&self, name: &str, field: &str, value: impl Into<Value>) {
        self.organization(|acme| acme.change(name, field, value));
    }

    /// Returns the configurations in the order of creation.
    pub fn configurations(&self) -> Vec<Configuration> {
        self.organization(|acme| acme.configurations().to_vec())
    }

    /// Returns one configuration by its exact name.
    pub fn configuration(&self, name: &str) -> Option<Configuration> {
        self.organization(|acme| acme.configuration(name).cloned())
    }

    /// Replaces the key pair with one that has another id; boxes sealed for the old one are refused from now on.
    pub fn rotate_key(&self) {
        self.organization(Organization::rotate_key);
    }

    /// Returns every request so far, in the order of arrival.
    pub fn requests(&self) -> Vec<Request> {
        self.server.state().requests.clone()
    }

    /// Forgets the requests so far, so that the next assertion is only about those that follow.
    pub fn clear_requests(&self) {
        self.server.state().requests.clear();
    }

    /// Queues a fault. For each request the queue is consulted in order, and at most one fault acts.
    pub fn fault(&self, fault: Fault) {
        self.server.state().faults.push(fault);
    }

    /// Forgets the faults that have not acted yet.
    pub fn clear_faults(&self) {
        self.server.state().faults.clear();
    }

    /// Delays every answer by `latency`.
    pub fn set_latency(&self, latency: Duration) {
        self.server.state().latency = latency;
    }

    /// Adds an organization with its own repositories and key.
    pub fn add_organization(&self, login: &str) {
        let mut state = self.server.state();
        let number = state.organizations.last().map_or(1, |last| last.number() + 1);
        let organization = Organization::new(login, number, &state.options);
        state.organizations.push(organization);
    }

    /// Reads or changes an organization.
    ///
    /// # Panics
    ///
    /// When no organization has this login.
    pub fn in_organization<T>(&self, login: &str, ask: impl FnOnce(&mut Organization) -> T) -> T {
        match self.server.state().organization_mut(login) {
            Some(organization) => ask(organization),
            None => panic!("there is no organization {login}"),
        }
    }

    /// Installs the App on an organization with some permissions, such as `("metadata", "read")`, and returns the id of
    /// the installation.
    pub fn install_app(&self, login: &str, permissions: &[(&str, &str)]) -> u64 {
        self.server.state().app.install(login, true, permissions)
    }

    /// Installs the App on a user's own account.
    pub fn install_app_for_user(&self, login: &str, permissions: &[(&str, &str)]) -> u64 {
        self.server.state().app.install(login, false, permissions)
    }

    /// Uninstalls the App from an organization.
    pub fn uninstall_app(&self, login: &str) {
        self.server.state().app.uninstall(login);
    }

    /// Suspends the App's installation, or lifts the suspension.
    pub fn suspend_app(&self, login: &str, is_suspended: bool) {
        self.installation(login, |installation| installation.is_suspended = is_suspended);
    }

    /// Changes the permissions of the App's installation. Tokens that were issued before keep theirs.
    pub fn set_app_permissions(&self, login: &str, permissions: &[(&str, &str)]) {
        self.installation(login, |installation| installation.permissions = app::to_permissions(permissions));
    }

    /// Limits the App to some repositories.
    pub fn limit_app_to(&self, login: &str, repositories: &[&str]) {
        let names = repositories.iter().map(|name| (*name).to_owned()).collect();
        self.installation(login, |installation| installation.repositories = Some(names));
    }

    /// Sets the lifetime of the App's tokens issued from now on. GitHub gives their expiry in whole seconds.
    pub fn set_token_lifetime(&self, lifetime: Duration) {
        self.server.state().app.lifetime = lifetime;
    }

    /// Makes GitHub give a wrong lifetime for the App's tokens, in seconds.
    pub fn tell_token_lifetime(&self, seconds: i64) {
        self.server.state().app.told_lifetime = Some(seconds);
    }

    /// Sets GitHub's clock ahead of the local one, in seconds. This affects the `date` of answers, which tokens of an
    /// App are accepted, and when its installation tokens expire; timestamps of configurations stay those of the local
    /// clock.
    pub fn set_clock_ahead(&self, seconds: i64) {
        self.server.state().app.clock_ahead = seconds;
    }

    /// Returns every token that the App was issued, in order.
    pub fn issued_tokens(&self) -> Vec<IssuedToken> {
        self.server.state().app.tokens().to_vec()
    }

    /// Returns the tokens that the clients that asked for them can still use.
    pub fn live_tokens(&self) -> Vec<IssuedToken> {
        self.server.state().app.tokens().iter().filter(|token| token.is_alive()).cloned().collect()
    }

    fn installation(&self, login: &str, change: impl FnOnce(&mut app::Installation)) {
        match self.server.state().app.installation_on(login) {
            Some(installation) => change(installation),
            None => panic!("the App is not installed on {login}"),
        }
    }

    fn organization<T>(&self, ask: impl FnOnce(&mut Organization) -> T) -> T {
        self.in_organization(ORG, ask)
    }
}
