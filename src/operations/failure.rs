//! Why an operation ends badly: with which exit status, and in which words.

use crate::apply::NotReady;
use crate::diagnostics::Diagnostic;
use crate::exit::Exit;
use crate::github::{ApiError, Kind};
use crate::manifest::ManifestError;
use crate::plan::PlanError;

/// An operation that ends badly.
#[derive(Debug)]
pub struct Failure {
    /// Its exit status.
    pub exit: Exit,
    /// What to tell the person, in order.
    pub diagnostics: Vec<Diagnostic>,
}

impl Failure {
    /// One message.
    pub fn new(exit: Exit, title: &str, message: impl Into<String>) -> Self {
        Self { exit, diagnostics: vec![Diagnostic::error(title, message)] }
    }

    /// Something wrong with the inputs or the manifest, before anything was written.
    pub const fn invalid(diagnostics: Vec<Diagnostic>) -> Self {
        Self { exit: Exit::Invalid, diagnostics }
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
