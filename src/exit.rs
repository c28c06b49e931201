//! How a run ends.

use crate::shutdown::Signal;

/// How a run ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exit {
    /// Everything is done.
    #[default]
    Done,
    /// GitHub refused, or something failed, part of it perhaps.
    Failed,
    /// The inputs or the manifest are wrong.
    Invalid,
    /// GitHub differs from the manifest, and `fail-on-drift` is on.
    Drift,
    /// A signal ended it.
    Stopped(Signal),
}

impl Exit {
    /// The end of a run of which these are the ends of two parts: stopped, then invalid, failed, drift, done.
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

    /// The output `status`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Invalid => "invalid",
            Self::Drift => "drift",
            Self::Stopped(_) => "stopped",
        }
    }

    /// The process's exit status.
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
