//! Why a run ends badly: with which exit status, and in which words.

use crate::actions::{Note, Place};
use crate::apply::NotReady;
use crate::github::{ApiError, Kind};
use crate::inputs::Problem;
use crate::plan::PlanError;
use crate::position::Position;
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
pub struct Failure {
    /// Its exit status.
    pub exit: Exit,
    /// What to tell the person, in order.
    pub notes: Vec<Note>,
}

impl Failure {
    /// One message.
    pub fn new(exit: Exit, title: &str, message: impl Into<String>) -> Self {
        Self { exit, notes: vec![Note::new(title, message)] }
    }

    /// Puts messages about the manifest at their place in it.
    pub fn in_manifest<E: InManifest>(file: &str) -> impl Fn(E) -> Self {
        move |error| error.at(file)
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
            Kind::Unreachable { .. } | Kind::Unsettled { .. } => "No answer",
            Kind::Unreadable { .. } => "Unreadable answer",
            Kind::WaitTooLong { .. } => "Rate limit",
            Kind::NotSealed => "Secret",
            Kind::Stopped { .. } => "Stopped",
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
        error.at("")
    }
}

impl From<NotReady> for Failure {
    fn from(error: NotReady) -> Self {
        error.at("")
    }
}

/// An error that may be about places in the manifest.
pub trait InManifest {
    /// The failure, with its places in this file.
    fn at(self, file: &str) -> Failure;
}

impl InManifest for PlanError {
    fn at(self, file: &str) -> Failure {
        let notes =
            self.problems.into_iter().map(|problem| note("Not possible", problem.message, problem.position, file));
        Failure { exit: Exit::Failed, notes: notes.collect() }
    }
}

impl InManifest for NotReady {
    fn at(self, file: &str) -> Failure {
        let notes = |title, messages: Vec<(Option<Position>, String)>| {
            messages.into_iter().map(|(position, message)| note(title, message, position, file)).collect()
        };
        match self {
            Self::Secrets(messages) => Failure { exit: Exit::Wrong, notes: notes("Secret", messages) },
            Self::Repositories(messages) => Failure { exit: Exit::Failed, notes: notes("Repository", messages) },
            Self::OtherKey(message) => Failure::new(Exit::Failed, "Public key", message),
            Self::Api(error) => (*error).into(),
        }
    }
}

fn note(title: &str, message: String, position: Option<Position>, file: &str) -> Note {
    let place = position.filter(|_| !file.is_empty()).map(|Position { line, column }| Place {
        file: file.to_owned(),
        line,
        column,
    });
    Note { place, ..Note::new(title, message) }
}
