//! Tries a credential at its registry, with the request that Dependabot's proxy would make, before it is stored.
//!
//! Pure functions decide which requests are sent ([`Probe`]) and what the answers mean ([`Check`]). Only
//! [`RegistryClient`] sends anything: a secret, to a host that a manifest names. So the code that decides where a
//! secret may go (`place`) is small, and SECURITY.md states its guarantees, with a test for each.

mod attempts;
mod authorization;
mod candidate;
mod challenge;
mod client;
mod compare;
mod discovery;
mod guard;
mod place;
mod questions;
mod resolver;
mod run;
mod table;

pub use candidate::{Candidate, Probe, Value};
pub use client::RegistryClient;
pub use guard::{announcement, refused_event};
pub use table::markdown;

/// The result of trying a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The registry refuses the request without the credential, but not with it.
    Accepted,
    /// The registry refuses the request with the credential.
    Refused,
    /// The answers prove nothing, or there is nothing to request.
    NotProven,
    /// There is no answer, or only an error of the server's own.
    Unreachable,
}

impl Verdict {
    /// The spelling in the `result` document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::NotProven => "not-proven",
            Self::Unreachable => "unreachable",
        }
    }
}

/// Whether credentials are tried before they are stored, and which results prevent storing them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CheckMode {
    /// No credential is tried.
    #[default]
    Off,
    /// A refused credential is not stored.
    Warn,
    /// Only an accepted credential is stored.
    Strict,
}

impl CheckMode {
    /// All modes, from the least strict to the strictest.
    pub const ALL: [Self; 3] = [Self::Off, Self::Warn, Self::Strict];

    /// The input's spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Warn => "warn",
            Self::Strict => "strict",
        }
    }

    /// Parses the input's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == text)
    }

    /// Reports whether a credential with this verdict must not be stored.
    pub const fn bars(self, verdict: Verdict) -> bool {
        match self {
            Self::Off => false,
            Self::Warn => matches!(verdict, Verdict::Refused),
            Self::Strict => !matches!(verdict, Verdict::Accepted),
        }
    }
}

/// A verdict with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The result of trying the credential.
    pub verdict: Verdict,
    /// The reason, beginning in lower case and without a full stop. It may contain text from outside, such as hosts.
    pub why: String,
}

impl Check {
    fn new(verdict: Verdict, why: impl Into<String>) -> Self {
        Self { verdict, why: why.into() }
    }

    fn accepted(why: impl Into<String>) -> Self {
        Self::new(Verdict::Accepted, why)
    }

    fn refused(why: impl Into<String>) -> Self {
        Self::new(Verdict::Refused, why)
    }

    fn not_proven(why: impl Into<String>) -> Self {
        Self::new(Verdict::NotProven, why)
    }

    /// Creates an `unreachable` result. The reason always adds that the credential will be used from another network.
    fn unreachable(why: impl AsRef<str>) -> Self {
        let why = why.as_ref();
        Self::new(Verdict::Unreachable, format!("{why}; Dependabot uses another network, and may reach it"))
    }
}
