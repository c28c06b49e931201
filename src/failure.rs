//! Why a run ends badly: with which exit status, and in which words.

use crate::apply::NotReady;
use crate::diagnostics::Diagnostic;
use crate::github::{ApiError, Kind};
use crate::manifest::ManifestError;
use crate::plan::PlanError;
use crate::stop::Signal;

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything is done.
    Done,
    /// GitHub refused, or something failed, part of it perhaps.
    Failed,
    /// The inputs or the manifest are wrong.
    Wrong,
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
            Self::Wrong => 2,
            Self::Drift => 3,
            Self::Stopped(signal) => signal.exit_status(),
        }
    }
}

/// A run that ends badly.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Its exit status.
    pub(crate) exit: Exit,
    /// What to tell the person, in order.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Failure {
    /// One message.
    pub(crate) fn new(exit: Exit, title: &str, message: impl Into<String>) -> Self {
        Self { exit, diagnostics: vec![Diagnostic::error(title, message)] }
    }

    /// The same, and besides the files that the results can't be written to.
    pub(crate) fn with_unwritable(mut self, files: &[anyhow::Error]) -> Self {
        self.diagnostics
            .extend(files.iter().map(|error| Diagnostic::error("Outputs", format!("{error:#}. Nothing was sent"))));
        self
    }
}

impl From<Vec<Diagnostic>> for Failure {
    fn from(problems: Vec<Diagnostic>) -> Self {
        Self { exit: Exit::Wrong, diagnostics: problems }
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        // Whoever took the signal tells of it.
        let is_stop = matches!(error.kind, Kind::Stopped { .. });
        Self { exit: Exit::Failed, diagnostics: if is_stop { Vec::new() } else { vec![error.diagnostic()] } }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::new(Exit::Failed, "Failed", format!("{error:#}"))
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        Self { exit: Exit::Failed, diagnostics: error.problems }
    }
}

impl From<NotReady> for Failure {
    fn from(error: NotReady) -> Self {
        match error {
            NotReady::Missing { secrets, on_github } => {
                let exit = if secrets.is_empty() { Exit::Failed } else { Exit::Wrong };
                Self { exit, diagnostics: [secrets, on_github].concat() }
            }
            NotReady::Api(error) => (*error).into(),
        }
    }
}

impl From<ManifestError> for Failure {
    fn from(error: ManifestError) -> Self {
        Self { exit: Exit::Wrong, diagnostics: error.diagnostics }
    }
}
