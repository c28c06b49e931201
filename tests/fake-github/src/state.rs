//! Everything that changes while the server runs, under one lock.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::app::App;
use crate::fault::Fault;
use crate::options::Options;
use crate::organization::{ORG, Organization};
use crate::request::Request;
use crate::schema::Schemas;

/// The state, shared by the test and the server.
#[derive(Debug)]
pub(crate) struct Shared(Mutex<State>);

impl Shared {
    pub(crate) fn new(options: Options) -> Self {
        Self(Mutex::new(State::new(options)))
    }

    /// Returns the locked state. A panic of an earlier holder of the lock is reported where it happened, not here
    /// again.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The state of GitHub and of the test.
#[derive(Debug)]
pub(crate) struct State {
    /// The choices made at the start.
    pub(crate) options: Options,
    /// The bodies that POST and PATCH accept.
    pub(crate) schemas: Schemas,
    /// The organizations, `acme` first.
    pub(crate) organizations: Vec<Organization>,
    /// The App that can sign in.
    pub(crate) app: App,
    /// The faults that have not acted yet.
    pub(crate) faults: Vec<Fault>,
    /// The requests so far, without those that the test cleared.
    pub(crate) requests: Vec<Request>,
    /// The number of requests so far, including those that were cleared.
    pub(crate) count: u64,
    /// The delay of every answer.
    pub(crate) latency: Duration,
}

impl State {
    fn new(options: Options) -> Self {
        Self {
            schemas: Schemas::published(),
            organizations: vec![Organization::new(ORG, 1, &options)],
            app: App::new(),
            options,
            faults: Vec::new(),
            requests: Vec::new(),
            count: 0,
            latency: Duration::ZERO,
        }
    }

    /// Returns an organization by its login; case does not matter.
    pub(crate) fn organization(&self, login: &str) -> Option<&Organization> {
        self.organizations.iter().find(|organization| organization.is(login))
    }

    /// Returns the same organization, to change it.
    pub(crate) fn organization_mut(&mut self, login: &str) -> Option<&mut Organization> {
        self.organizations.iter_mut().find(|organization| organization.is(login))
    }

    /// Returns the id of the next request.
    pub(crate) fn next_id(&mut self) -> String {
        self.count += 1;
        format!("FA4E:{:04}", self.count)
    }

    /// Records the status of an answer that is about to be sent, unless the test has cleared the request.
    pub(crate) fn answered(&mut self, id: &str, status: u16) {
        if let Some(request) = self.requests.iter_mut().find(|request| request.id == id) {
            request.status = Some(status);
        }
    }
}
