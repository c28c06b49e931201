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
