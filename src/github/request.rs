//! One request and its answer.

use ::http::{HeaderMap, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::OnStop;

/// Everything except the unreserved characters of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// One request, relative to the API's base URL.
pub(super) struct Request {
    pub(super) method: Method,
    /// The path with every segment percent-encoded, and the query.
    pub(super) path: String,
    pub(super) body: Option<String>,
    pub(super) on_stop: OnStop,
    /// Whether it only signs in or out.
    pub(super) is_sign_in: bool,
    /// A name that turns the path into that of something else, so that the request must not be sent.
    pub(super) misleading: Option<String>,
}

impl Request {
    pub(super) fn new(method: Method, segments: &[&str]) -> Self {
        let mut path = String::new();
        for text in segments {
            path.push('/');
            path.push_str(&segment(text));
        }
        Self { method, path, body: None, on_stop: OnStop::GiveUp, is_sign_in: false, misleading: None }
    }

    pub(super) fn get(segments: &[&str]) -> Self {
        Self::new(Method::GET, segments)
    }

    pub(super) fn query(self, query: &str) -> Self {
        Self { path: self.path + query, ..self }
    }

    pub(super) fn body(self, body: String) -> Self {
        Self { body: Some(body), ..self }
    }

    pub(super) fn misleading(self, name: &str) -> Self {
        Self { misleading: Some(name.to_owned()), ..self }
    }

    pub(super) fn signing_in(self) -> Self {
        Self { is_sign_in: true, ..self }
    }

    /// Returns whether it may change a configuration.
    pub(super) fn is_write(&self) -> bool {
        self.method != Method::GET && !self.is_sign_in
    }

    /// Returns whether it may be sent again when it is unknown if it was carried out, because twice has the same effect
    /// as once. That includes the request for a token: one whose answer was lost can't be revoked and simply expires.
    pub(super) fn may_be_repeated(&self) -> bool {
        self.method != Method::POST || self.is_sign_in
    }

    pub(super) fn on_stop(self, on_stop: OnStop) -> Self {
        Self { on_stop, ..self }
    }
}

/// Percent-encodes a text as one segment of a path.
pub(super) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

impl std::fmt::Display for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// A successful answer.
pub(super) struct Response {
    /// The body, or `Null` if there is none.
    pub(super) json: Value,
    /// The size of the body in memory, in bytes (estimated).
    pub(super) size: usize,
    pub(super) headers: HeaderMap,
}

impl Response {
    /// Returns whether a list has another page. The URL in the header is not followed, because it could lead to another
    /// host.
    pub(super) fn has_next(&self) -> bool {
        let links = self.headers.get(::http::header::LINK).and_then(|links| links.to_str().ok());
        links.is_some_and(|links| links.contains("rel=\"next\""))
    }
}
