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
    /// A name that makes the path that of something else, so that it must not be sent.
    pub(super) misleading: Option<String>,
}

impl Request {
    pub(super) fn new(method: Method, segments: &[&str]) -> Self {
        let mut path = String::new();
        for segment in segments {
            path.push('/');
            path.extend(utf8_percent_encode(segment, SEGMENT));
        }
        Self { method, path, body: None, on_stop: OnStop::GiveUp, misleading: None }
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

    pub(super) fn on_stop(self, on_stop: OnStop) -> Self {
        Self { on_stop, ..self }
    }
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
