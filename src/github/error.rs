//! A request that did not succeed: what happened to it, and what may have been done all the same.

use std::time::Duration;

use http::{Method, StatusCode};

use super::app::Trouble;
use super::credential::Asker;
use super::refusal::Refusal;
use crate::http::Unreachable;

/// A request that did not succeed.
#[derive(Clone, Debug)]
pub struct ApiError {
    /// `POST`
    pub method: Method,
    /// `/orgs/acme/private-registries`
    pub path: String,
    /// The API's host.
    pub host: String,
    /// What every path of the API begins with at that host: empty, or such as `/api/v3`.
    pub base_path: String,
    /// Who asked.
    pub asker: Asker,
    /// What happened.
    pub kind: Kind,
    /// Whether an attempt of the write, or of one that it follows, got no clear answer, so that it may have been carried
    /// out.
    pub lost_before: bool,
}

/// What happened to a request.
#[derive(Clone, Debug)]
pub enum Kind {
    /// GitHub, or something before it, answered with a status that is no success.
    Refused(Refusal),
    /// No answer came.
    Unreachable(Unreachable),
    /// An answer came that can't be understood.
    Unreadable {
        /// The status it had.
        status: StatusCode,
        /// What is wrong with it.
        detail: String,
        /// GitHub's name for the request.
        request_id: Option<String>,
        /// Whether it is a page for a browser.
        is_page: bool,
    },
    /// A wait that `max-wait` does not allow.
    WaitTooLong {
        /// Why to wait.
        reason: String,
        /// How long.
        wait: Duration,
        /// What `max-wait` still allowed.
        left: Duration,
    },
    /// The answer to a creation was lost, and it can't be told whether it was carried out.
    Unsettled {
        /// How it was lost.
        lost: Box<ApiError>,
        /// Why it can't be told, and what to do.
        why: String,
    },
    /// The answer to a creation was lost, and now there are several: it was carried out late, after it had been sent
    /// again; or somebody else made the same.
    Twice {
        /// The names of all.
        names: Vec<String>,
    },
    /// A list of several pages was another one each time it was read.
    Restless {
        /// How often it was read.
        readings: usize,
    },
    /// The configuration's name would make the request's path that of something else, so nothing was sent.
    NoAddress {
        /// The name that GitHub told.
        name: String,
    },
    /// The App could not sign in, so that the request was not sent.
    SignIn(Box<SignInError>),
    /// The run was told to stop. `sent` is true when the request was under way.
    Stopped {
        /// Whether it may have been carried out.
        sent: bool,
    },
}

/// Why an App could not sign in.
#[derive(Clone, Debug)]
pub struct SignInError {
    /// What is wrong, and what helps.
    pub trouble: Trouble,
    /// GitHub's name for the request.
    pub request_id: Option<String>,
    /// Whether GitHub has decided nothing, so that it may work later.
    pub may_pass: bool,
}

impl ApiError {
    /// Whether nobody can say if a write was carried out.
    pub fn is_lost(&self) -> bool {
        match &self.kind {
            Kind::Refused(refusal) => refusal.decides_nothing(),
            Kind::Unreachable(Unreachable { sent, .. }) => *sent,
            Kind::Unreadable { .. } | Kind::Unsettled { .. } => true,
            Kind::Twice { .. }
            | Kind::WaitTooLong { .. }
            | Kind::Restless { .. }
            | Kind::NoAddress { .. }
            | Kind::SignIn(_)
            | Kind::Stopped { .. } => false,
        }
    }

    /// Whether GitHub may have been changed although the write counts as failed. That a lost creation was looked for
    /// and not found is no proof: it may come late.
    pub fn may_have_changed_something(&self) -> bool {
        match &self.kind {
            Kind::Unsettled { .. } | Kind::Twice { .. } | Kind::Stopped { sent: true } => true,
            _ => self.lost_before || (self.is_lost() && self.method != Method::GET),
        }
    }

    /// The error that ended what another one began, of which it may be that something was carried out.
    #[must_use]
    pub fn after(self, other: &Self) -> Self {
        Self { lost_before: self.lost_before || other.lost_before, ..self }
    }

    /// Whether every other write with this token would be refused too.
    pub fn meets_all(&self) -> bool {
        match &self.kind {
            Kind::Refused(refusal) => refusal.meets_all(),
            Kind::SignIn(_) => true,
            _ => false,
        }
    }

    /// The same about a secret that was given sealed.
    #[must_use]
    pub fn about_given_seal(mut self) -> Self {
        if let Kind::Refused(refusal) = &mut self.kind {
            refusal.is_about_given_seal = true;
        }
        self
    }

    /// The status, where GitHub decided.
    pub fn status(&self) -> Option<StatusCode> {
        match &self.kind {
            Kind::Refused(refusal) => Some(refusal.status),
            _ => None,
        }
    }

    /// Whether the run was told to stop before this request was sent.
    pub fn was_not_tried(&self) -> bool {
        matches!(self.kind, Kind::Stopped { sent: false }) && !self.lost_before
    }
}
