//! What a person is told of a request that did not succeed, and what helps.

use std::fmt;

use http::Method;

use super::error::{ApiError, Kind};
use super::refusal::Refusal;
use crate::diagnostics::Diagnostic;
use crate::http::Unreachable;

impl ApiError {
    /// The error for a person: what happened, what may have been done, and what helps.
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::error(self.title(), self.message()).with_help(self.hint())
    }

    /// What equal errors have in common: everything but the path and GitHub's name for the request.
    pub fn gist(&self) -> String {
        let Self { method, path, host: _, base_path: _, asker: _, kind: _, lost_before: _ } = self;
        let id = self.request_id().map(|id| format!("\nrequest id: {id}")).unwrap_or_default();
        self.to_string().replace(&format!("{method} {path}"), method.as_str()).replace(&id, "")
    }

    /// What happened, in one sentence.
    pub fn headline(&self) -> String {
        let Self { method, path, host, base_path: _, asker: _, kind, lost_before: _ } = self;
        let request = format!("{method} {path}");
        match kind {
            Kind::Refused(Refusal { status, message, .. }) => {
                format!("{host} answered {} to {request}: {message}", status.as_u16())
            }
            Kind::Unreachable(Unreachable { detail, barrier: Some(barrier), .. }) => {
                format!("{host} can't be reached for {request}: {} ({detail})", barrier.as_str())
            }
            Kind::Unreachable(Unreachable { detail, .. }) => format!("{host} did not answer {request}: {detail}"),
            Kind::Unreadable { status, detail, .. } => {
                format!("{host} answered {} to {request}, but {detail}", status.as_u16())
            }
            Kind::WaitTooLong { reason, wait, left } => format!(
                "{request} would have to wait {} s ({reason}), but `max-wait` leaves {} s",
                wait.as_secs_f32().ceil(),
                left.as_secs()
            ),
            Kind::Unsettled { lost, .. } => lost.headline(),
            Kind::Twice { names } => {
                format!("{request}: its answer was lost, and now there are {}: delete all but one", names.join(", "))
            }
            Kind::Restless { readings } => format!(
                "GitHub's list was different each of the {readings} times that {request} read it: somebody is changing the \
                 configurations. Run again"
            ),
            Kind::NoAddress { name } => {
                format!(
                    "nothing was sent: with the name {name}, {request} would be about something else than a configuration"
                )
            }
            Kind::SignIn(error) => error.trouble.message.clone(),
            Kind::Stopped { sent: true } => {
                format!("the run was stopped while {request} was under way: it may have been carried out")
            }
            Kind::Stopped { sent: false } => format!("the run was stopped before {request}"),
        }
    }

    /// GitHub's name for the request, where it was told.
    pub fn request_id(&self) -> Option<&str> {
        match &self.kind {
            Kind::Refused(Refusal { request_id, .. }) | Kind::Unreadable { request_id, .. } => request_id.as_deref(),
            Kind::Unsettled { lost, .. } => lost.request_id(),
            Kind::SignIn(error) => error.request_id.as_deref(),
            Kind::Unreachable(_)
            | Kind::WaitTooLong { .. }
            | Kind::Twice { .. }
            | Kind::Restless { .. }
            | Kind::NoAddress { .. }
            | Kind::Stopped { .. } => None,
        }
    }

    /// What to look at, or to type.
    pub fn hint(&self) -> Option<String> {
        match &self.kind {
            Kind::Refused(refusal) if refusal.is_of_another_service() => {
                let what = refusal.redirect().unwrap_or_else(|| NOT_THE_API.to_owned());
                Some(what + &self.where_the_api_is())
            }
            Kind::Refused(refusal) => refusal.hint(&self.path, self.asker),
            Kind::Unreadable { is_page: true, .. } => Some(NOT_THE_API.to_owned() + &self.where_the_api_is()),
            Kind::Unreachable(Unreachable { barrier: Some(barrier), .. }) => Some(barrier.hint().to_owned()),
            Kind::Unreachable(Unreachable { detail, .. }) => Some(unreachable_hint(detail)),
            Kind::WaitTooLong { .. } => Some("raise `max-wait`, or run again later".to_owned()),
            Kind::SignIn(error) => error.trouble.help.clone(),
            Kind::NoAddress { .. } => {
                Some("change or delete that configuration in the organization's settings".to_owned())
            }
            Kind::Unreadable { .. }
            | Kind::Unsettled { .. }
            | Kind::Twice { .. }
            | Kind::Restless { .. }
            | Kind::Stopped { .. } => None,
        }
    }

    /// What to look at when something answered that is not the REST API.
    fn where_the_api_is(&self) -> String {
        let is_cloud = self.host == "api.github.com" || self.host.ends_with(".ghe.com");
        if is_cloud {
            ". Look for a proxy on the way that answers itself".to_owned()
        } else if self.base_path.is_empty() {
            let host = &self.host;
            format!(
                ". The REST API of a GitHub Enterprise Server is below /api/v3: set `api-url` to https://{host}/api/v3"
            )
        } else {
            ". Check `api-url`: on GitHub Enterprise Server it ends in /api/v3".to_owned()
        }
    }

    fn title(&self) -> &'static str {
        match &self.kind {
            Kind::Refused(refusal) if refusal.is_rate_limit => "Rate limit",
            Kind::Refused(_) => "Refused by GitHub",
            Kind::Unreachable(_) | Kind::Unsettled { .. } | Kind::Twice { .. } => "No answer",
            Kind::Unreadable { .. } => "Unreadable answer",
            Kind::WaitTooLong { .. } => "Rate limit",
            Kind::Restless { .. } => "Incomplete list",
            Kind::NoAddress { .. } => "Name",
            Kind::SignIn(_) => "Sign-in",
            Kind::Stopped { .. } => "Stopped",
        }
    }

    /// Everything but the hint.
    fn message(&self) -> String {
        [vec![self.headline()], self.facts()].concat().join("\n")
    }

    /// What there is to say besides the headline, a line each.
    pub fn details(&self) -> Vec<String> {
        let hint = self.hint().map(|hint| format!("hint: {hint}"));
        self.facts().into_iter().chain(hint).collect()
    }

    fn facts(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Kind::Refused(refusal) = &self.kind {
            lines.extend(refusal.errors.iter().map(|error| format!("- {error}")));
        }
        if let Kind::Unsettled { why, .. } = &self.kind {
            lines.push(format!("whether it was carried out can't be told: {why}"));
        }
        lines.extend(self.request_id().map(|id| format!("request id: {id}")));
        if self.lost_before && (self.method == Method::GET || !self.is_lost()) {
            lines.push("an earlier attempt of the write got no clear answer: it may have been carried out".to_owned());
        }
        if self.is_lost() && self.method == Method::POST && !matches!(self.kind, Kind::Unsettled { .. }) {
            lines.push("it may have been carried out: `operation: list` shows whether it was".to_owned());
        }
        lines
    }
}

const NOT_THE_API: &str = "this is not an answer of GitHub's REST API";

fn unreachable_hint(detail: &str) -> String {
    if detail.contains("tunnel") || detail.contains("proxy") {
        "the proxy refused: check HTTPS_PROXY and its user and password, or except the host with NO_PROXY".to_owned()
    } else {
        "check `api-url`, HTTPS_PROXY and NO_PROXY, and that this runner may reach the host".to_owned()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic().text())
    }
}

impl std::error::Error for ApiError {}
