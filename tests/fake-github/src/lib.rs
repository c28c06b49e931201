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
mod body;
mod clock;
mod configuration;
mod connection;
mod delivery;
mod endpoints;
mod fault;
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
pub use crate::configuration::Configuration;
pub use crate::fault::{Change, Fault, Kind, Matcher};
pub use crate::options::{Naming, Options, SameUrl};
pub use crate::organization::{ORG, Organization, Repository};
pub use crate::request::Request;
use crate::server::Server;

/// A GitHub with one organization, `acme`, that stops when it is dropped.
///
/// Its repositories: `api` (1001) and `web` (1002), both private, `docs` (1003, public) and `tools` (1004, internal).
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

    fn organization<T>(&self, ask: impl FnOnce(&mut Organization) -> T) -> T {
        ask(&mut self.server.state().organization)
    }
}
