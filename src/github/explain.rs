//! The messages about failed requests, with hints on how to fix them.

use std::fmt;

use http::Method;

use super::error::{ApiError, Kind};
use super::refusal::Refusal;
use crate::diagnostics::Diagnostic;
use crate::http::Unreachable;

impl ApiError {
    /// Returns the error as a diagnostic: what happened, what may have been carried out, and how to fix it.
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::error(self.title(), self.message()).with_help(self.hint())
    }

    /// Returns the message without the path and the request id, so that equal errors about several configurations
    /// compare as equal.
    pub fn gist(&self) -> String {
        let Self { method, path, host: _, base_path: _, asker: _, kind: _, lost_before: _ } = self;
        let id = self.request_id().map(|id| format!("\nrequest id: {id}")).unwrap_or_default();
        self.to_string().replace(&format!("{method} {path}"), method.as_str()).replace(&id, "")
    }

    /// Returns one sentence that says what happened.
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
                format!("the answer to {request} was lost, and now there are {}: delete all but one", names.join(", "))
            }
            Kind::Restless { readings } => format!(
                "GitHub's list was different each of the {readings} times that {request} read it, so somebody is \
                 changing the configurations. Run again"
            ),
            Kind::NoAddress { name } => {
                format!(
                    "nothing was sent: with the name {name}, {request} would address something other than a \
                     configuration"
                )
            }
            Kind::SignIn(error) => error.trouble.message.clone(),
            Kind::Stopped { sent: true } => {
                format!("the run was stopped while {request} was under way: it may have been carried out")
            }
            Kind::Stopped { sent: false } => format!("the run was stopped before {request}"),
        }
    }

    /// GitHub's id of the request (`x-github-request-id`), if the answer had one.
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

    /// Returns what to check, or what to type.
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

    /// Returns a sentence on where the REST API is, for answers that did not come from it.
    fn where_the_api_is(&self) -> String {
        let is_cloud = self.host == "api.github.com" || self.host.ends_with(".ghe.com");
        if is_cloud {
            ". Look for a proxy that answers in GitHub's place".to_owned()
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

    /// Returns the whole message except the hint.
    fn message(&self) -> String {
        [vec![self.headline()], self.facts()].concat().join("\n")
    }

    /// Returns everything that follows the headline, one line per item.
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
            lines.push(format!("it is unknown whether it was carried out: {why}"));
        }
        lines.extend(self.request_id().map(|id| format!("request id: {id}")));
        if self.lost_before && (self.method == Method::GET || !self.is_lost()) {
            lines.push("an earlier attempt of the write got no clear answer and may have been carried out".to_owned());
        }
        if self.is_lost() && self.method == Method::POST && !matches!(self.kind, Kind::Unsettled { .. }) {
            lines.push("it may have been carried out; check with `operation: list`".to_owned());
        }
        lines
    }
}

const NOT_THE_API: &str = "this answer is not from GitHub's REST API";

fn unreachable_hint(detail: &str) -> String {
    if detail.contains("tunnel") || detail.contains("proxy") {
        "the proxy refused the connection: check HTTPS_PROXY with its user name and password, or exempt the host with \
         NO_PROXY"
            .to_owned()
    } else {
        "check `api-url`, HTTPS_PROXY and NO_PROXY, and whether this runner may reach the host".to_owned()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic().text())
    }
}

impl std::error::Error for ApiError {}
