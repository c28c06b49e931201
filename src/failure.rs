//! Why a run ends badly: with which exit status, and in which words.

use crate::actions::Note;
use crate::apply::NotReady;
use crate::github::{ApiError, Kind};
use crate::inputs::Problem;
use crate::manifest::ManifestError;
use crate::plan::{PlanError, PlanProblem};
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
    pub(crate) notes: Vec<Note>,
}

impl Failure {
    /// One message.
    pub(crate) fn new(exit: Exit, title: &str, message: impl Into<String>) -> Self {
        Self { exit, notes: vec![Note::new(title, message)] }
    }

    /// The same, and besides the files that the results can't be written to.
    pub(crate) fn with_unwritable(mut self, files: &[anyhow::Error]) -> Self {
        self.notes.extend(files.iter().map(|error| Note::new("Outputs", format!("{error:#}. Nothing was sent"))));
        self
    }
}

impl From<Vec<Problem>> for Failure {
    fn from(problems: Vec<Problem>) -> Self {
        let notes = problems.iter().map(|problem| Note::new("Input", problem.to_string()));
        Self { exit: Exit::Wrong, notes: notes.collect() }
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        let title = match &error.kind {
            Kind::Refused(refusal) if refusal.is_rate_limit => "Rate limit",
            Kind::Refused(_) => "Refused by GitHub",
            Kind::Unreachable { .. } | Kind::Unsettled { .. } | Kind::Twice { .. } => "No answer",
            Kind::Unreadable { .. } => "Unreadable answer",
            Kind::WaitTooLong { .. } => "Rate limit",
            Kind::Restless { .. } => "Incomplete list",
            Kind::NoAddress { .. } => "Not possible",
            // Whoever took the signal tells of it.
            Kind::Stopped { .. } => return Self { exit: Exit::Failed, notes: Vec::new() },
        };
        Self::new(Exit::Failed, title, error.to_string())
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::new(Exit::Failed, "Failed", format!("{error:#}"))
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        let note = |PlanProblem { place, message }| Note::new("Not possible", message).at(place);
        Self { exit: Exit::Failed, notes: error.problems.into_iter().map(note).collect() }
    }
}

impl From<NotReady> for Failure {
    fn from(error: NotReady) -> Self {
        match error {
            NotReady::Missing { secrets, on_github } => {
                let exit = if secrets.is_empty() { Exit::Failed } else { Exit::Wrong };
                Self { exit, notes: [secrets, on_github].concat() }
            }
            NotReady::Api(error) => (*error).into(),
        }
    }
}

impl From<ManifestError> for Failure {
    fn from(error: ManifestError) -> Self {
        Self { exit: Exit::Wrong, notes: error.notes }
    }
}
