//! Faults that a test can inject, and the requests they apply to.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::organization::Organization;

/// A fault, waiting for its request.
///
/// ```
/// use fake_github::{Fault, Kind, Matcher};
///
/// // The second POST is carried out, but its answer never arrives.
/// let lost = Fault::new(Matcher::method("POST"), Kind::DropAfter).skip(1);
/// ```
#[derive(Clone, Debug)]
pub struct Fault {
    /// The requests it applies to.
    pub on: Matcher,
    /// How many matching requests pass first. Requests taken by another fault are not counted.
    pub skip: usize,
    /// How many requests it hits.
    pub times: usize,
    /// What happens to those requests.
    pub kind: Kind,
}

impl Fault {
    /// Creates a fault that hits the next matching request, once.
    pub fn new(on: Matcher, kind: Kind) -> Self {
        Self { on, skip: 0, times: 1, kind }
    }

    /// Lets `skip` matching requests pass first.
    #[must_use]
    pub fn skip(self, skip: usize) -> Self {
        Self { skip, ..self }
    }

    /// Hits `times` requests; `usize::MAX` means all of them.
    #[must_use]
    pub fn times(self, times: usize) -> Self {
        Self { times, ..self }
    }

    /// Returns what happens to this request, if the fault is due on it.
    fn strike(&mut self, method: &str, path: &str) -> Option<Kind> {
        if self.times == 0 || !self.on.matches(method, path) {
            return None;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        self.times -= 1;
        Some(self.kind.clone())
    }
}

/// Returns what happens to a request, according to the first fault in the queue that is due on it.
pub(crate) fn strike(faults: &mut Vec<Fault>, method: &str, path: &str) -> Option<Kind> {
    let kind = faults.iter_mut().find_map(|fault| fault.strike(method, path));
    faults.retain(|fault| fault.times > 0);
    kind
}

/// The requests that a fault applies to. `None` matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matcher {
    /// The method, in upper case.
    pub method: Option<String>,
    /// A part of the path as it was sent, including percent-encoding and base path, without the query.
    pub path_contains: Option<String>,
}

impl Matcher {
    /// Matches every request.
    pub fn any() -> Self {
        Self::default()
    }

    /// Matches the requests with this method.
    pub fn method(method: &str) -> Self {
        Self { method: Some(method.to_owned()), path_contains: None }
    }

    /// Matches the requests whose path contains `part`.
    pub fn path(part: &str) -> Self {
        Self { method: None, path_contains: Some(part.to_owned()) }
    }

    /// Restricts the match to requests whose path contains `part`.
    #[must_use]
    pub fn and_path(self, part: &str) -> Self {
        Self { path_contains: Some(part.to_owned()), ..self }
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        self.method.as_deref().is_none_or(|wanted| wanted == method)
            && self.path_contains.as_deref().is_none_or(|part| path.contains(part))
    }
}

/// The kinds of faults. "Carried out" means that GitHub did what was asked, whether or not an answer arrived.
#[derive(Clone, Debug)]
pub enum Kind {
    /// The connection closes without an answer; not carried out.
    DropBefore,
    /// The connection closes without an answer; carried out.
    DropAfter,
    /// The connection closes at once without an answer; carried out after this delay.
    Late(Duration),
    /// The connection closes without an answer; not carried out. Instead somebody else creates what a POST asked for,
    /// with a secret of their own and these fields in place of the body's.
    Forestalled {
        /// The fields that differ.
        fields: Value,
    },
    /// Carried out; the connection closes halfway through the answer's body. An answer without a body is sent whole.
    Truncated,
    /// A proxy answers with its own page, without any of GitHub's headers; not carried out.
    Html {
        /// The status, such as 502.
        status: u16,
    },
    /// A proxy answers with the same page; carried out.
    HtmlAfter {
        /// The status, such as 502.
        status: u16,
    },
    /// A JSON answer with this status and body; not carried out.
    Status {
        /// The status.
        status: u16,
        /// The body.
        body: Value,
        /// Headers to add to, or replace, the usual ones.
        headers: Vec<(String, String)>,
    },
    /// A text answer, not necessarily JSON, with GitHub's headers; not carried out.
    Text {
        /// The status.
        status: u16,
        /// The body.
        text: String,
    },
    /// A 403 for too many requests in a short time; not carried out.
    Secondary403 {
        /// The value of `retry-after`, in seconds.
        retry_after: Option<u64>,
    },
    /// A 429 for too many requests in a short time; not carried out.
    RateLimited429 {
        /// The value of `retry-after`, in seconds.
        retry_after: Option<u64>,
    },
    /// A 403 because the hourly limit is used up; not carried out.
    PrimaryExhausted {
        /// The seconds from now to `x-ratelimit-reset`.
        reset_in_secs: u64,
    },
    /// Carried out at once, but answered only after this delay.
    Slow(Duration),
    /// No answer is ever sent, and the connection stays open.
    Hang {
        /// Whether the request is carried out.
        carried_out: bool,
    },
    /// The key is rotated just before the request is handled.
    RotateKeyFirst,
    /// A 307 to another address; not carried out.
    Redirect {
        /// The `location`.
        location: String,
    },
    /// The website of the same server redirects to its sign-in page; not carried out.
    SignInPage,
    /// Carried out and answered with the right JSON, labelled `text/html`.
    WrongContentType,
    /// Carried out, but the `Link` header gives this address for the next page.
    NextLinkElsewhere {
        /// The address.
        url: String,
    },
    /// Carried out, but a success is answered with this status and no body.
    Empty {
        /// The status.
        status: u16,
    },
    /// Carried out, but a list's `total_count` is one higher than the number of entries.
    IncompleteList,
    /// Carried out; every byte of the answer's body is sent as its own chunk.
    OneByteChunks,
    /// Carried out; the right JSON is padded with blanks up to this size.
    HugeBody {
        /// The size of the body in bytes.
        bytes: usize,
    },
    /// Carried out; the answer has a megabyte of headers.
    HugeHeaders,
    /// Somebody else makes a change just before the request is handled.
    ChangeFirst(Change),
}

impl Kind {
    /// Returns a JSON answer with the usual headers; not carried out.
    pub fn answer(status: u16, body: Value) -> Self {
        Self::Status { status, body, headers: Vec::new() }
    }

    /// Returns a refusal as GitHub words one, with only a message.
    pub fn refusal(status: u16, message: &str) -> Self {
        Self::answer(status, json!({"message": message}))
    }
}

/// A change that somebody else makes between two requests.
#[derive(Clone)]
pub struct Change(Arc<dyn Fn(&mut Organization) + Send + Sync>);

impl Change {
    /// Creates a change to the organization that the request is about, such as `Change::new(|acme|
    /// acme.remove("NPM_REGISTRY_SECRET"))`.
    pub fn new(change: impl Fn(&mut Organization) + Send + Sync + 'static) -> Self {
        Self(Arc::new(change))
    }

    pub(crate) fn make(&self, organization: &mut Organization) {
        (self.0)(organization);
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Change(…)")
    }
}
