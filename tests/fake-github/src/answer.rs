//! Answers in GitHub's shapes, before any fault is applied to them.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde_json::{Value, json};

use crate::clock::{epoch_in, http_date};

/// The `documentation_url` of GitHub's errors.
const DOCUMENTATION: &str = "https://docs.github.com/rest/private-registries/organization-configurations";

/// The number of requests that GitHub allows per hour.
const RATE_LIMIT: u64 = 5000;

/// A status, headers and a body.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
    /// Whether every byte of the body is sent as its own chunk.
    pub(crate) in_bytes: bool,
}

impl Answer {
    /// Returns a JSON answer.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, body.to_string().into_bytes()).with("content-type", "application/json; charset=utf-8")
    }

    /// Returns a success without a body.
    pub(crate) fn no_content() -> Self {
        Self::new(204, Vec::new())
    }

    /// Returns an error that has only a message.
    pub(crate) fn error(status: u16, message: &str) -> Self {
        Self::json(
            status,
            &json!({"message": message, "documentation_url": DOCUMENTATION, "status": status.to_string()}),
        )
    }

    /// Returns the 404 for what is absent or hidden from the token: GitHub does not distinguish the two.
    pub(crate) fn not_found() -> Self {
        Self::error(404, "Not Found")
    }

    /// Returns a 422 with its reasons, which GitHub gives as strings or as objects.
    pub(crate) fn unprocessable(message: &str, errors: Vec<Value>) -> Self {
        let errors = Value::from(errors);
        Self::json(
            422,
            &json!({"message": message, "errors": errors, "documentation_url": DOCUMENTATION, "status": "422"}),
        )
    }

    /// Returns GitHub's answer to too many requests in a short time.
    pub(crate) fn secondary_limit(status: u16, retry_after: Option<u64>) -> Self {
        let message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
        let answer = Self::error(status, message);
        match retry_after {
            Some(seconds) => answer.with("retry-after", seconds),
            None => answer,
        }
    }

    /// Returns GitHub's answer when the hourly limit is used up.
    pub(crate) fn primary_limit(reset_in_secs: u64) -> Self {
        Self::error(403, "API rate limit exceeded for installation ID 1.")
            .with("x-ratelimit-remaining", 0)
            .with("x-ratelimit-reset", epoch_in(reset_in_secs))
    }

    /// Returns a temporary redirect.
    pub(crate) fn redirect(location: &str) -> Self {
        Self::error(307, "Temporary Redirect").with("location", location)
    }

    /// Returns a permanent redirect.
    pub(crate) fn moved(location: &str) -> Self {
        let body = json!({"message": "Moved Permanently", "url": location, "documentation_url": DOCUMENTATION});
        Self::json(301, &body).with("location", location)
    }

    /// Returns an HTML page.
    pub(crate) fn html(status: u16, body: &str) -> Self {
        Self::new(status, body.as_bytes().to_vec()).with("content-type", "text/html; charset=utf-8")
    }

    /// Returns the error page of a proxy between the client and GitHub.
    pub(crate) fn proxy_page(status: u16) -> Self {
        let page = format!("<html>\n<head><title>{status}</title></head>\n<body><h1>{status}</h1></body>\n</html>\n");
        Self::html(status, &page)
    }

    /// Returns the redirect to the sign-in page that a GitHub server's website sends to anonymous visitors.
    pub(crate) fn sign_in_page() -> Self {
        Self::html(302, "<html><body>You are being <a href=\"/login\">redirected</a>.</body></html>")
            .with("location", "/login?return_to=%2Forgs%2Facme")
    }

    /// Sets a header, replacing one of the same name.
    pub(crate) fn with(mut self, name: &str, value: impl Display) -> Self {
        self.headers.insert(name.to_ascii_lowercase(), value.to_string());
        self
    }

    /// Adds the headers that GitHub puts on every answer, unless they are set already.
    pub(crate) fn stamped(mut self, request_id: &str, requests_so_far: u64, now: i64) -> Self {
        let usual = [
            ("date", http_date(now)),
            ("x-github-request-id", request_id.to_owned()),
            ("x-ratelimit-limit", RATE_LIMIT.to_string()),
            ("x-ratelimit-remaining", RATE_LIMIT.saturating_sub(requests_so_far).to_string()),
            ("x-ratelimit-reset", epoch_in(3600).to_string()),
        ];
        for (name, value) in usual {
            self.headers.entry(name.to_owned()).or_insert(value);
        }
        self
    }

    /// Replaces a success with another status and no body. A refusal is kept: it carries information that cannot be
    /// recovered otherwise.
    pub(crate) fn emptied(self, status: u16) -> Self {
        if self.status < 300 { Self { status, body: Vec::new(), ..self } } else { self }
    }

    /// Pads the body with blanks, which JSON allows, up to a size.
    pub(crate) fn padded(mut self, bytes: usize) -> Self {
        self.body.resize(bytes.max(self.body.len()), b' ');
        self
    }

    /// Sends every byte of the body as its own chunk.
    pub(crate) fn in_bytes(self) -> Self {
        Self { in_bytes: true, ..self }
    }

    /// Returns the body if it is JSON.
    pub(crate) fn as_json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    fn new(status: u16, body: Vec<u8>) -> Self {
        Self { status, headers: BTreeMap::new(), body, in_bytes: false }
    }
}
