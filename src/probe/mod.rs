//! Tries a credential at its registry, with the request that Dependabot's proxy would make, before it is stored.
//!
//! What is asked ([`Probe`]), and what the answers mean ([`Check`]), is decided by pure functions. [`RegistryClient`] alone sends
//! something: a secret, to a host that a manifest names. So what decides where it may go (`place`) is small, and
//! SECURITY.md says what it holds to, sentence by sentence, with a test for each.

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

/// What trying a credential showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The registry refuses the request without the credential, and not with it.
    Accepted,
    /// The registry refuses the request with the credential.
    Refused,
    /// The answers do not tell, or there is nothing to ask.
    NotProven,
    /// There is no answer, or one that is about the server's own trouble.
    Unreachable,
}

impl Verdict {
    /// As in the `result` document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::NotProven => "not-proven",
            Self::Unreachable => "unreachable",
        }
    }
}

/// Whether credentials are tried before they are stored, and what then keeps one from being stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CheckMode {
    /// None is tried.
    #[default]
    Off,
    /// A refused one is not stored.
    Warn,
    /// Only an accepted one is stored.
    Strict,
}

impl CheckMode {
    /// All, from the least to the most that is asked of a credential.
    pub const ALL: [Self; 3] = [Self::Off, Self::Warn, Self::Strict];

    /// As the input spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Warn => "warn",
            Self::Strict => "strict",
        }
    }

    /// Reads the input's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == text)
    }

    /// Whether a credential with this verdict is kept from being stored.
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
    /// What trying showed.
    pub verdict: Verdict,
    /// Why, in words that begin in lower case and have no full stop. Hosts in it may be somebody else's words.
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

    /// The network that was asked from is not the one that the credential will be used from, and that is said each time.
    fn unreachable(why: impl AsRef<str>) -> Self {
        let why = why.as_ref();
        Self::new(Verdict::Unreachable, format!("{why}; Dependabot asks from another network, and may reach it"))
    }
}
