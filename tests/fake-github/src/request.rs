//! The record of each request.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Instant;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::Value;

/// A request and its outcome.
///
/// Displayed as one line for a snapshot: `DELETE /orgs/acme/private-registries/NPM_REGISTRY_SECRET -> 204`.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The `x-github-request-id` of the answer, such as `FA4E:0001`, counted from the start.
    pub id: String,
    /// The method, in upper case.
    pub method: String,
    /// The path as it was sent, including percent-encoding and base path.
    pub path: String,
    /// The query as it was sent, without the question mark; empty if there was none.
    pub query: String,
    /// The headers, with names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body: JSON, or a string if it is not JSON.
    pub body: Option<Value>,
    /// The token of the `Authorization` header, whether its scheme is `Bearer` or `token`.
    pub token: Option<String>,
    /// The connection it arrived on, counted from 1 in the order of opening.
    pub connection: usize,
    /// The time of arrival.
    pub at: Instant,
    /// The status of the answer; `None` if none was sent.
    pub status: Option<u16>,
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        if !self.query.is_empty() {
            write!(f, "?{}", self.query)?;
        }
        if let Some(body) = &self.body {
            write!(f, " {}", readable(body))?;
        }
        match self.status {
            Some(status) => write!(f, " -> {status}"),
            None => f.write_str(" -> no answer"),
        }
    }
}

/// Formats the body with sorted fields, whatever features `serde_json` was built with, and shows each sealed box, which
/// is random, only by its size.
fn readable(body: &Value) -> String {
    let Value::Object(fields) = body else {
        return body.to_string();
    };
    let sorted: BTreeMap<_, _> = fields
        .iter()
        .map(|(field, value)| match value {
            Value::String(sealed) if field == "encrypted_value" => (field, sealed_size(sealed).into()),
            other => (field, other.clone()),
        })
        .collect();
    serde_json::to_string(&sorted).unwrap_or_else(|error| error.to_string())
}

fn sealed_size(sealed: &str) -> String {
    match BASE64_STANDARD.decode(sealed) {
        Ok(sealed) => format!("<sealed {} bytes>", sealed.len()),
        Err(_) => "<not base64>".to_owned(),
    }
}
