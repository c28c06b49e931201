//! How the fake can be told to misbehave, and on which requests.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::organization::Organization;

/// One misbehaviour, waiting for its request.
///
/// ```
/// use fake_github::{Fault, Kind, Matcher};
///
/// // The second POST is carried out, but its answer never arrives.
/// let lost = Fault::new(Matcher::method("POST"), Kind::DropAfter).skip(1);
/// ```
#[derive(Clone, Debug)]
pub struct Fault {
    /// The requests it is for.
    pub on: Matcher,
    /// So many of them pass first. Those that another fault took are not counted.
    pub skip: usize,
    /// So many of them are hit.
    pub times: usize,
    /// What happens to them.
    pub kind: Kind,
}

impl Fault {
    /// A fault that hits the next matching request, once.
    pub fn new(on: Matcher, kind: Kind) -> Self {
        Self { on, skip: 0, times: 1, kind }
    }

    /// Lets so many matching requests pass first.
    #[must_use]
    pub fn skip(self, skip: usize) -> Self {
        Self { skip, ..self }
    }

    /// Hits so many requests; `usize::MAX` is for ever.
    #[must_use]
    pub fn times(self, times: usize) -> Self {
        Self { times, ..self }
    }

    /// What happens to this request, if it is one that the fault was waiting for.
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

/// What happens to a request, according to the first fault in the queue that was waiting for it.
pub(crate) fn strike(faults: &mut Vec<Fault>, method: &str, path: &str) -> Option<Kind> {
    let kind = faults.iter_mut().find_map(|fault| fault.strike(method, path));
    faults.retain(|fault| fault.times > 0);
    kind
}

/// Which requests a fault is for. What is `None` matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matcher {
    /// The method, in capitals.
    pub method: Option<String>,
    /// A part of the path as it was sent, percent-encoding and base path included, without the query.
    pub path_contains: Option<String>,
}

impl Matcher {
    /// Every request.
    pub fn any() -> Self {
        Self::default()
    }

    /// The requests with a method.
    pub fn method(method: &str) -> Self {
        Self { method: Some(method.to_owned()), path_contains: None }
    }

    /// The requests with a part in their path.
    pub fn path(part: &str) -> Self {
        Self { method: None, path_contains: Some(part.to_owned()) }
    }

    /// Of these, the requests with a part in their path.
    #[must_use]
    pub fn and_path(self, part: &str) -> Self {
        Self { path_contains: Some(part.to_owned()), ..self }
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        self.method.as_deref().is_none_or(|wanted| wanted == method)
            && self.path_contains.as_deref().is_none_or(|part| path.contains(part))
    }
}

/// What can go wrong. "Carried out" says whether GitHub did what was asked, whatever became of the answer.
#[derive(Clone, Debug)]
pub enum Kind {
    /// The connection closes without an answer; not carried out.
    DropBefore,
    /// The connection closes without an answer, but it was carried out.
    DropAfter,
    /// The connection closes without an answer at once, and it is carried out so long after that.
    Late(Duration),
    /// The connection closes without an answer; not carried out. But somebody else creates what a POST asked for, with a
    /// secret of their own and these fields in place of what the body says.
    Forestalled {
        /// The fields that differ.
        fields: Value,
    },
    /// Carried out; the connection closes halfway through the answer's body. An answer without one comes whole.
    Truncated,
    /// A proxy answers a page of its own, without any of GitHub's headers; not carried out.
    Html {
        /// The status, such as 502.
        status: u16,
    },
    /// The same page, but it was carried out.
    HtmlAfter {
        /// The status, such as 502.
        status: u16,
    },
    /// Any JSON answer; not carried out.
    Status {
        /// The status.
        status: u16,
        /// The body.
        body: Value,
        /// Headers on top of the usual ones, or in their place.
        headers: Vec<(String, String)>,
    },
    /// Any answer that need not be JSON, with GitHub's headers; not carried out.
    Text {
        /// The status.
        status: u16,
        /// The body.
        text: String,
    },
    /// 403 for too many requests in a short time; not carried out.
    Secondary403 {
        /// The seconds of `retry-after`.
        retry_after: Option<u64>,
    },
    /// 429 for too many requests in a short time; not carried out.
    RateLimited429 {
        /// The seconds of `retry-after`.
        retry_after: Option<u64>,
    },
    /// 403 for the hour's requests being used up; not carried out.
    PrimaryExhausted {
        /// The seconds from now to `x-ratelimit-reset`.
        reset_in_secs: u64,
    },
    /// Carried out at once, but the answer takes this long.
    Slow(Duration),
    /// No answer ever comes, and the connection stays open.
    Hang {
        /// Whether it was carried out.
        carried_out: bool,
    },
    /// The key is rotated just before the request is handled.
    RotateKeyFirst,
    /// A 307 to somewhere else; not carried out.
    Redirect {
        /// The `location`.
        location: String,
    },
    /// The website of the same server answers that one has to sign in first; not carried out.
    SignInPage,
    /// Carried out, and the right JSON, but as `text/html`.
    WrongContentType,
    /// Carried out, but the `Link` says that the next page is at this address.
    NextLinkElsewhere {
        /// The address.
        url: String,
    },
    /// Carried out, but a success is answered with this status and no body.
    Empty {
        /// The status.
        status: u16,
    },
    /// Carried out, but a list's `total_count` is one higher than what GitHub has.
    IncompleteList,
    /// Carried out; every byte of the answer's body is a chunk of its own.
    OneByteChunks,
    /// Carried out; the JSON is right, and blanks follow it up to this size.
    HugeBody {
        /// The size of the body.
        bytes: usize,
    },
    /// Carried out; a megabyte of headers comes with the answer.
    HugeHeaders,
    /// Somebody else changes something just before the request is handled.
    ChangeFirst(Change),
}

impl Kind {
    /// Any JSON answer with the usual headers; not carried out.
    pub fn answer(status: u16, body: Value) -> Self {
        Self::Status { status, body, headers: Vec::new() }
    }

    /// A refusal as GitHub words one, with nothing but a message.
    pub fn refusal(status: u16, message: &str) -> Self {
        Self::answer(status, json!({"message": message}))
    }
}

/// A change that somebody else makes between two requests.
#[derive(Clone)]
pub struct Change(Arc<dyn Fn(&mut Organization) + Send + Sync>);

impl Change {
    /// A change of the organization that the request is about, such as `Change::new(|acme|
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
