//! A stateful stand-in for GitHub's private registries API, on loopback: it picks names, pages, validates, opens every
//! sealed box with libsodium and remembers what it was asked, so that a test asserts what GitHub would hold in the end
//! rather than which calls were made.
//!
//! The server runs on a thread of its own: a test needs no runtime, and what it tests may be a child process.
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

/// A GitHub with the organization `acme`, that stops when it is dropped.
///
/// Its repositories: `api` (1001) and `web` (1002), both private, `docs` (1003, public) and `tools` (1004, internal). The
/// second organization, if there is one, has the same names with the ids from 2001, and so on. The tokens above hold for
/// all of them; a GitHub App has to be installed on each.
#[derive(Debug)]
pub struct FakeGitHub {
    server: Server,
}

impl FakeGitHub {
    /// GitHub as it is documented, with no configuration yet.
    pub fn start() -> Self {
        Self::with(Options::default())
    }

    /// GitHub with some of its unknowns decided otherwise.
    pub fn with(options: Options) -> Self {
        Self { server: Server::start(options) }
    }

    /// The address of the API, base path included, without a slash at the end.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The id and the base64 of the public key that secrets are sealed for at present.
    pub fn public_key(&self) -> (String, String) {
        self.organization(|acme| acme.public_key())
    }

    /// Puts a configuration in place, as [`Organization::add`] says, and returns its name.
    pub fn add(&self, fields: Value) -> String {
        self.organization(|acme| acme.add(fields))
    }

    /// Adds a repository; `visibility` is `public`, `private` or `internal`.
    pub fn add_repository(&self, name: &str, id: u64, visibility: &str) {
        self.organization(|acme| acme.add_repository(name, id, visibility));
    }

    /// Somebody renames a repository or moves it to another owner; its former name answers with a redirect.
    pub fn move_repository(&self, name: &str, owner: &str, new_name: &str) {
        self.organization(|acme| acme.move_repository(name, owner, new_name));
    }

    /// Somebody deletes a configuration in the settings.
    pub fn remove(&self, name: &str) {
        self.organization(|acme| acme.remove(name));
    }

    /// Somebody changes one field in the settings; `Value::Null` takes the field away.
    pub fn change(&self, name: &str, field: &str, value: impl Into<Value>) {
        self.organization(|acme| acme.change(name, field, value));
    }

    /// What GitHub holds, in the order of creation.
    pub fn configurations(&self) -> Vec<Configuration> {
        self.organization(|acme| acme.configurations().to_vec())
    }

    /// One configuration by its exact name.
    pub fn configuration(&self, name: &str) -> Option<Configuration> {
        self.organization(|acme| acme.configuration(name).cloned())
    }

    /// A new key pair under a new id; from now on boxes for the old one are refused.
    pub fn rotate_key(&self) {
        self.organization(Organization::rotate_key);
    }

    /// Every request so far, in the order in which they came in.
    pub fn requests(&self) -> Vec<Request> {
        self.server.state().requests.clone()
    }

    /// Forgets the requests so far, so that the next assertion is about what follows.
    pub fn clear_requests(&self) {
        self.server.state().requests.clear();
    }

    /// Queues a misbehaviour. On each request the queue is asked in order, and at most one fault acts.
    pub fn fault(&self, fault: Fault) {
        self.server.state().faults.push(fault);
    }

    /// Forgets the misbehaviours that have not come up.
    pub fn clear_faults(&self) {
        self.server.state().faults.clear();
    }

    /// Delays every answer by so much.
    pub fn set_latency(&self, latency: Duration) {
        self.server.state().latency = latency;
    }

    /// Adds an organization, with repositories and a key of its own.
    pub fn add_organization(&self, login: &str) {
        let mut state = self.server.state();
        let number = state.organizations.last().map_or(1, |last| last.number() + 1);
        let organization = Organization::new(login, number, &state.options);
        state.organizations.push(organization);
    }

    /// Looks at an organization, or changes it.
    ///
    /// # Panics
    ///
    /// When there is none of this login.
    pub fn in_organization<T>(&self, login: &str, ask: impl FnOnce(&mut Organization) -> T) -> T {
        match self.server.state().organization_mut(login) {
            Some(organization) => ask(organization),
            None => panic!("there is no organization {login}"),
        }
    }

    /// An owner installs the App on an organization with some permissions, such as `("metadata", "read")`; returns the
    /// number of the installation.
    pub fn install_app(&self, login: &str, permissions: &[(&str, &str)]) -> u64 {
        self.server.state().app.install(login, true, permissions)
    }

    /// Somebody installs the App on their own account.
    pub fn install_app_for_user(&self, login: &str, permissions: &[(&str, &str)]) -> u64 {
        self.server.state().app.install(login, false, permissions)
    }

    /// An owner uninstalls the App.
    pub fn uninstall_app(&self, login: &str) {
        self.server.state().app.uninstall(login);
    }

    /// An owner suspends the App's installation, or ends that.
    pub fn suspend_app(&self, login: &str, is_suspended: bool) {
        self.installation(login, |installation| installation.is_suspended = is_suspended);
    }

    /// An owner accepts other permissions. Tokens that were issued before keep theirs.
    pub fn set_app_permissions(&self, login: &str, permissions: &[(&str, &str)]) {
        self.installation(login, |installation| installation.permissions = app::to_permissions(permissions));
    }

    /// An owner limits the App to some repositories.
    pub fn limit_app_to(&self, login: &str, repositories: &[&str]) {
        let names = repositories.iter().map(|name| (*name).to_owned()).collect();
        self.installation(login, |installation| installation.repositories = Some(names));
    }

    /// The tokens of the App that are issued from now on live so long. GitHub tells their end in whole seconds.
    pub fn set_token_lifetime(&self, lifetime: Duration) {
        self.server.state().app.lifetime = lifetime;
    }

    /// GitHub says of the tokens of the App that they end so many seconds after their issue, whatever is true.
    pub fn tell_token_lifetime(&self, seconds: i64) {
        self.server.state().app.told_lifetime = Some(seconds);
    }

    /// Sets GitHub's clock so many seconds ahead of the one here: in the `date` of answers, in what is taken of an App,
    /// and in the end of its tokens. Timestamps of configurations stay those of the clock here.
    pub fn set_clock_ahead(&self, seconds: i64) {
        self.server.state().app.clock_ahead = seconds;
    }

    /// Every token that the App was given, in order.
    pub fn issued_tokens(&self) -> Vec<IssuedToken> {
        self.server.state().app.tokens().to_vec()
    }

    /// Those that can still be used by whoever asked for them.
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
