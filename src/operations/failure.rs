//! The failure of an operation: its exit status and messages.

use crate::apply::NotReady;
use crate::diagnostics::Diagnostic;
use crate::exit::Exit;
use crate::github::{ApiError, Kind};
use crate::manifest::ManifestError;
use crate::plan::PlanError;

/// The failure of an operation.
#[derive(Debug)]
pub struct Failure {
    /// The exit status.
    pub exit: Exit,
    /// The messages, in the order in which they are shown.
    pub diagnostics: Vec<Diagnostic>,
}

impl Failure {
    /// Creates a failure with one message.
    pub fn new(exit: Exit, title: &str, message: impl Into<String>) -> Self {
        Self { exit, diagnostics: vec![Diagnostic::error(title, message)] }
    }

    /// Creates a failure because of invalid inputs or an invalid manifest. Nothing has been written.
    pub const fn invalid(diagnostics: Vec<Diagnostic>) -> Self {
        Self { exit: Exit::Invalid, diagnostics }
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        // A stop is reported once, by `stopped` in `mod.rs`.
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
                let exit = if secrets.is_empty() { Exit::Failed } else { Exit::Invalid };
                Self { exit, diagnostics: [secrets.diagnostics(), on_github].concat() }
            }
            NotReady::Api(error) => (*error).into(),
        }
    }
}

impl From<ManifestError> for Failure {
    fn from(error: ManifestError) -> Self {
        Self { exit: Exit::Invalid, diagnostics: error.diagnostics }
    }
}
