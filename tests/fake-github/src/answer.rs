//! Answers in GitHub's shapes, before anything goes wrong with them.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde_json::{Value, json};

use crate::clock::{epoch_in, http_date};

/// Where GitHub's errors point.
const DOCUMENTATION: &str = "https://docs.github.com/rest/private-registries/organization-configurations";

/// What the hour allows at most.
const RATE_LIMIT: u64 = 5000;

/// A status, headers and a body.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
    /// Whether every byte of the body is sent as a chunk of its own.
    pub(crate) in_bytes: bool,
}

impl Answer {
    /// A JSON answer.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, body.to_string().into_bytes()).with("content-type", "application/json; charset=utf-8")
    }

    /// Done, and nothing to say.
    pub(crate) fn no_content() -> Self {
        Self::new(204, Vec::new())
    }

    /// An error with a message alone.
    pub(crate) fn error(status: u16, message: &str) -> Self {
        Self::json(
            status,
            &json!({"message": message, "documentation_url": DOCUMENTATION, "status": status.to_string()}),
        )
    }

    /// Absent, or not for this token: GitHub does not say which.
    pub(crate) fn not_found() -> Self {
        Self::error(404, "Not Found")
    }

    /// A 422 with its reasons, which GitHub gives as strings or as objects.
    pub(crate) fn unprocessable(message: &str, errors: Vec<Value>) -> Self {
        let errors = Value::from(errors);
        Self::json(
            422,
            &json!({"message": message, "errors": errors, "documentation_url": DOCUMENTATION, "status": "422"}),
        )
    }

    /// Too many requests in a short time.
    pub(crate) fn secondary_limit(status: u16, retry_after: Option<u64>) -> Self {
        let message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
        let answer = Self::error(status, message);
        match retry_after {
            Some(seconds) => answer.with("retry-after", seconds),
            None => answer,
        }
    }

    /// The hour's requests are used up.
    pub(crate) fn primary_limit(reset_in_secs: u64) -> Self {
        Self::error(403, "API rate limit exceeded for installation ID 1.")
            .with("x-ratelimit-remaining", 0)
            .with("x-ratelimit-reset", epoch_in(reset_in_secs))
    }

    /// It is somewhere else, for now.
    pub(crate) fn redirect(location: &str) -> Self {
        Self::error(307, "Temporary Redirect").with("location", location)
    }

    /// It is somewhere else, for good.
    pub(crate) fn moved(location: &str) -> Self {
        let body = json!({"message": "Moved Permanently", "url": location, "documentation_url": DOCUMENTATION});
        Self::json(301, &body).with("location", location)
    }

    /// A page of HTML.
    pub(crate) fn html(status: u16, body: &str) -> Self {
        Self::new(status, body.as_bytes().to_vec()).with("content-type", "text/html; charset=utf-8")
    }

    /// What a proxy on the way says for itself.
    pub(crate) fn proxy_page(status: u16) -> Self {
        let page = format!("<html>\n<head><title>{status}</title></head>\n<body><h1>{status}</h1></body>\n</html>\n");
        Self::html(status, &page)
    }

    /// What the website of a server says to whoever is not signed in there.
    pub(crate) fn sign_in_page() -> Self {
        Self::html(302, "<html><body>You are being <a href=\"/login\">redirected</a>.</body></html>")
            .with("location", "/login?return_to=%2Forgs%2Facme")
    }

    /// The answer with a header, in the place of one of the same name.
    pub(crate) fn with(mut self, name: &str, value: impl Display) -> Self {
        self.headers.insert(name.to_ascii_lowercase(), value.to_string());
        self
    }

    /// The answer with what GitHub puts on each, where it does not say otherwise already.
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

    /// Another status, and no body. A refusal stays one: nobody could know better.
    pub(crate) fn emptied(self, status: u16) -> Self {
        if self.status < 300 { Self { status, body: Vec::new(), ..self } } else { self }
    }

    /// Blanks after the body, which JSON allows, up to a size.
    pub(crate) fn padded(mut self, bytes: usize) -> Self {
        self.body.resize(bytes.max(self.body.len()), b' ');
        self
    }

    /// Every byte of the body as a chunk of its own.
    pub(crate) fn in_bytes(self) -> Self {
        Self { in_bytes: true, ..self }
    }

    /// The body, if it is JSON.
    pub(crate) fn as_json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    fn new(status: u16, body: Vec<u8>) -> Self {
        Self { status, headers: BTreeMap::new(), body, in_bytes: false }
    }
}
