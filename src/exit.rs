//! The exit status of a run.

use crate::shutdown::Signal;

/// The result of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exit {
    /// Everything was done.
    #[default]
    Done,
    /// GitHub refused, or something failed, perhaps only in part.
    Failed,
    /// The inputs or the manifest are wrong.
    Invalid,
    /// GitHub differs from the manifest, and `fail-on-drift` is on.
    Drift,
    /// A signal stopped the run.
    Stopped(Signal),
}

impl Exit {
    /// Combines the results of two parts of a run. The first of stopped, invalid, failed, drift and done counts.
    #[must_use]
    pub fn worst(self, other: Self) -> Self {
        let rank = |exit: Self| match exit {
            Self::Stopped(_) => 4,
            Self::Invalid => 3,
            Self::Failed => 2,
            Self::Drift => 1,
            Self::Done => 0,
        };
        if rank(other) > rank(self) { other } else { self }
    }

    /// Returns the value of the output `status`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Invalid => "invalid",
            Self::Drift => "drift",
            Self::Stopped(_) => "stopped",
        }
    }

    /// Returns the process's exit status.
    pub const fn status(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Invalid => 2,
            Self::Drift => 3,
            Self::Stopped(signal) => signal.exit_status(),
        }
    }
}
