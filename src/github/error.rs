//! The error of a failed request: what happened, and whether it may have changed something all the same.

use std::time::Duration;

use http::{Method, StatusCode};

use super::app::Trouble;
use super::credential::Asker;
use super::refusal::Refusal;
use crate::http::Unreachable;

/// The error of a failed request.
#[derive(Clone, Debug)]
pub struct ApiError {
    /// The method, such as `POST`.
    pub method: Method,
    /// The path, such as `/orgs/acme/private-registries`.
    pub path: String,
    /// The API's host.
    pub host: String,
    /// The path prefix of the API on that host, such as `/api/v3`, or empty.
    pub base_path: String,
    /// The kind of credential that it was sent with.
    pub asker: Asker,
    /// What happened.
    pub kind: Kind,
    /// Whether an earlier attempt of this write, or an earlier write of the same change, got no clear answer and may
    /// have been carried out.
    pub lost_before: bool,
}

/// The reason why a request failed.
#[derive(Clone, Debug)]
pub enum Kind {
    /// GitHub, or something in front of it, answered with a status other than success.
    Refused(Refusal),
    /// No answer came.
    Unreachable(Unreachable),
    /// The answer can't be understood.
    Unreadable {
        /// The status of the answer.
        status: StatusCode,
        /// What is wrong with it.
        detail: String,
        /// GitHub's id of the request (`x-github-request-id`).
        request_id: Option<String>,
        /// Whether it is an HTML page.
        is_page: bool,
    },
    /// The request would have to wait longer than `max-wait` allows.
    WaitTooLong {
        /// Why it would have to wait.
        reason: String,
        /// How long it would have to wait.
        wait: Duration,
        /// How much waiting `max-wait` still allowed.
        left: Duration,
    },
    /// The answer to a creation was lost, and it is unknown whether the creation was carried out.
    Unsettled {
        /// The error with which the answer was lost.
        lost: Box<ApiError>,
        /// Why it is unknown, and what to do.
        why: String,
    },
    /// The answer to a creation was lost, and now there are several such configurations: either the first request was
    /// carried out late, after it had been sent again, or somebody else created the same.
    Twice {
        /// The names of all of them.
        names: Vec<String>,
    },
    /// A list of several pages was different each time it was read.
    Restless {
        /// The number of times it was read.
        readings: usize,
    },
    /// With the configuration's name in it, the path would be that of something else, so nothing was sent.
    NoAddress {
        /// The name, from GitHub.
        name: String,
    },
    /// The App could not sign in, so the request was not sent.
    SignIn(Box<SignInError>),
    /// The run was told to stop.
    Stopped {
        /// Whether the request had been sent, so that it may have been carried out.
        sent: bool,
    },
}

/// Why an App could not sign in.
#[derive(Clone, Debug)]
pub struct SignInError {
    /// What is wrong, and how to fix it.
    pub trouble: Trouble,
    /// GitHub's id of the request (`x-github-request-id`).
    pub request_id: Option<String>,
    /// Whether the failure may be temporary, because GitHub has not decided anything.
    pub may_pass: bool,
}

impl ApiError {
    /// Returns whether it is unknown if the request was carried out.
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

    /// Returns whether the request may have changed something although it counts as failed. A lost creation that was
    /// looked for and not found may still be carried out late.
    pub fn may_have_changed_something(&self) -> bool {
        match &self.kind {
            Kind::Unsettled { .. } | Kind::Twice { .. } | Kind::Stopped { sent: true } => true,
            _ => self.lost_before || (self.is_lost() && self.method != Method::GET),
        }
    }

    /// Returns this error, marked to say that an earlier write may have taken effect if `other` says so.
    #[must_use]
    pub fn after(self, other: &Self) -> Self {
        Self { lost_before: self.lost_before || other.lost_before, ..self }
    }

    /// Returns whether every other write with this credential would be refused too.
    pub fn meets_all(&self) -> bool {
        match &self.kind {
            Kind::Refused(refusal) => refusal.meets_all(),
            Kind::SignIn(_) => true,
            _ => false,
        }
    }

    /// The same error, about a secret that was given sealed.
    #[must_use]
    pub fn about_given_seal(mut self) -> Self {
        if let Kind::Refused(refusal) = &mut self.kind {
            refusal.is_about_given_seal = true;
        }
        self
    }

    /// The HTTP status, if GitHub refused the request.
    pub fn status(&self) -> Option<StatusCode> {
        match &self.kind {
            Kind::Refused(refusal) => Some(refusal.status),
            _ => None,
        }
    }

    /// Returns whether the run was told to stop before this request, or an earlier attempt of it, was sent.
    pub fn was_not_tried(&self) -> bool {
        matches!(self.kind, Kind::Stopped { sent: false }) && !self.lost_before
    }
}
