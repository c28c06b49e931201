//! What a run has to say that stands out: an error, a warning or a notice, kept as a value until it is rendered.

mod listed;
mod location;
mod render;
mod suggest;

pub use listed::listed;
pub use location::Location;
pub use render::{annotation, terminal};
pub use suggest::{did_you_mean, near, nearest};

/// How much a diagnostic matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The run has failed, or part of it.
    Error,
    /// Valid, but risky.
    Warning,
    /// Worth knowing.
    Notice,
}

impl Severity {
    /// As the runner's commands spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// One thing to tell a person. Holds no secret, except where it quotes others; see [`Diagnostic::redact`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// A few words: the title of an annotation.
    pub title: String,
    /// What is wrong; may have several lines.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The place in a file that it is about.
    pub location: Option<Location>,
    /// The source line with a marker below it, for a terminal.
    pub excerpt: Option<String>,
}

impl Diagnostic {
    /// An error about no file.
    pub fn error(title: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            title: title.into(),
            message: message.into(),
            help: None,
            location: None,
            excerpt: None,
        }
    }

    /// A warning about no file.
    pub fn warning(title: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(title, message) }
    }

    /// A notice about no file.
    pub fn notice(title: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Notice, ..Self::error(title, message) }
    }

    /// The same about a place, if there is one.
    #[must_use]
    pub fn at(self, location: Option<Location>) -> Self {
        Self { location, ..self }
    }

    /// The same with advice, if there is some.
    #[must_use]
    pub fn with_help(self, help: Option<String>) -> Self {
        Self { help, ..self }
    }

    /// The message and the help, as they are read together.
    pub fn text(&self) -> String {
        match &self.help {
            Some(help) => format!("{}\nhint: {help}", self.message),
            None => self.message.clone(),
        }
    }

    /// Everything in one text, for a reader who has only that.
    pub fn text_with_location(&self) -> String {
        let text = self.text();
        let gap = if text.contains('\n') { '\n' } else { ' ' };
        match &self.location {
            Some(location) => format!("{text}{gap}({location})"),
            None => text,
        }
    }

    /// The same with every text passed through `redact`: a message may quote what others said.
    #[must_use]
    pub fn redact(&self, redact: impl Fn(&str) -> String) -> Self {
        let Self { severity, title, message, help, location, excerpt } = self;
        Self {
            severity: *severity,
            title: redact(title),
            message: redact(message),
            help: help.as_deref().map(&redact),
            location: location.as_ref().map(|location| Location { file: redact(&location.file), ..location.clone() }),
            excerpt: excerpt.as_deref().map(&redact),
        }
    }
}
