//! Errors, warnings and notices, kept as values until they are rendered.

mod listed;
mod location;
mod render;
mod suggest;

pub use listed::listed;
pub use location::Location;
pub use render::{annotation, terminal};
pub use suggest::{did_you_mean, near, nearest};

/// The severity of a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The run, or part of it, has failed.
    Error,
    /// Valid, but risky.
    Warning,
    /// Worth knowing.
    Notice,
}

impl Severity {
    /// The name of the runner's command for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// An error, a warning or a notice for the user. It contains no secret, unless it quotes somebody else's text; see
/// [`Diagnostic::redact`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How severe it is.
    pub severity: Severity,
    /// A few words, used as the title of an annotation.
    pub title: String,
    /// What is wrong. It may span several lines.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The position in a file that it is about.
    pub location: Option<Location>,
    /// The source line with a marker below it, shown on a terminal.
    pub excerpt: Option<String>,
}

impl Diagnostic {
    /// Creates an error without a location.
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

    /// Creates a warning without a location.
    pub fn warning(title: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(title, message) }
    }

    /// Creates a notice without a location.
    pub fn notice(title: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Notice, ..Self::error(title, message) }
    }

    /// Returns the diagnostic with this location.
    #[must_use]
    pub fn at(self, location: Option<Location>) -> Self {
        Self { location, ..self }
    }

    /// Returns the diagnostic with this help.
    #[must_use]
    pub fn with_help(self, help: Option<String>) -> Self {
        Self { help, ..self }
    }

    /// Returns the message, followed by the help on a line of its own.
    pub fn text(&self) -> String {
        match &self.help {
            Some(help) => format!("{}\nhint: {help}", self.message),
            None => self.message.clone(),
        }
    }

    /// Returns message, help and location as one text, for output that shows nothing else.
    pub fn text_with_location(&self) -> String {
        let text = self.text();
        let gap = if text.contains('\n') { '\n' } else { ' ' };
        match &self.location {
            Some(location) => format!("{text}{gap}({location})"),
            None => text,
        }
    }

    /// Returns the diagnostic with every text passed through `redact`, because a message may quote somebody else's
    /// text.
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
