//! One request and its answer.

use ::http::{HeaderMap, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::OnStop;

/// Everything but what RFC 3986 leaves unreserved.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// One request, below the API's base.
pub(super) struct Request {
    pub(super) method: Method,
    /// With every segment percent-encoded.
    pub(super) path: String,
    pub(super) body: Option<String>,
    pub(super) on_stop: OnStop,
    /// Whether it serves to sign in, or out, and changes nothing else.
    pub(super) is_sign_in: bool,
    /// A name that makes the path that of something else, so that it must not be sent.
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

    /// Whether it may change what the run is about.
    pub(super) fn is_write(&self) -> bool {
        self.method != Method::GET && !self.is_sign_in
    }

    /// Whether it may be sent again when nobody knows if it was carried out: twice is like once. Of a token that nobody was
    /// told, only its end can be awaited.
    pub(super) fn may_be_repeated(&self) -> bool {
        self.method != Method::POST || self.is_sign_in
    }

    pub(super) fn on_stop(self, on_stop: OnStop) -> Self {
        Self { on_stop, ..self }
    }
}

/// A text as one segment of a path.
pub(super) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

impl std::fmt::Display for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// A success.
pub(super) struct Response {
    /// `Null` where there is no body.
    pub(super) json: Value,
    /// What the body takes in memory, in bytes, about.
    pub(super) size: usize,
    pub(super) headers: HeaderMap,
}

impl Response {
    /// Whether a list goes on. The address in the header is not followed: it could lead to another host.
    pub(super) fn has_next(&self) -> bool {
        let links = self.headers.get(::http::header::LINK).and_then(|links| links.to_str().ok());
        links.is_some_and(|links| links.contains("rel=\"next\""))
    }
}
