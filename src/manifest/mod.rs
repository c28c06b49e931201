//! The manifest: YAML in, what is desired out, or every problem at its line and column.

mod checked;
mod document;
mod entry;
mod excerpt;
mod export;
mod keys;
mod organizations;
mod schema;
mod tree;
mod written;

pub(crate) use export::schema_lines;
pub use export::{Export, export};
pub use organizations::Limit;
pub use schema::json_schema;
pub use written::{Lines, Source, Written};

use std::sync::Arc;

use crate::desired::Desired;
use crate::diagnostics::{Diagnostic, Location, Severity};
use excerpt::Excerpts;
use tree::Span;

/// The largest file that is read. Two hundred organizations' worth of registries fit.
pub const LARGEST: usize = 1024 * 1024;

/// The most problems that are told. A file with more is no manifest, and each costs a look at its line.
const MOST_DIAGNOSTICS: usize = 500;

/// A manifest without problems.
#[derive(Debug, Default)]
pub struct Manifest {
    /// The entries, in the order of the file.
    pub registries: Vec<Desired>,
    /// How the file writes each of them.
    pub written: Vec<Written>,
    /// The text, to show lines of it.
    pub source: Arc<Source>,
    /// Notices, then warnings, each in the order of the file.
    pub remarks: Vec<Diagnostic>,
}

/// A manifest that can't be used: every problem in it.
#[derive(Debug)]
pub struct ManifestError {
    /// In the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

/// Something wrong, or worth a warning, at a place of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Problem {
    span: Span,
    message: String,
    shows_line: bool,
}

impl Problem {
    fn new(span: &Span, message: impl Into<String>) -> Self {
        Self { span: span.clone(), message: message.into(), shows_line: true }
    }

    /// When it is not known what in the line is a secret.
    fn without_excerpt(self) -> Self {
        Self { shows_line: false, ..self }
    }
}

/// Reads a manifest. `file` is what it is called in messages. What it says of one organization is
/// [`Manifest::of`] it.
///
/// # Errors
/// Every problem of the file at once, in its order, up to some hundreds; only a text that is no YAML ends at the first.
pub fn read(source: &str, file: &str) -> Result<Manifest, ManifestError> {
    let checked = document::check(source, file);
    let told = |mut problems: Vec<Problem>, severity: Severity| -> Vec<Diagnostic> {
        problems.sort_by_key(|problem| (problem.span.line, problem.span.column));
        problems.dedup();
        let left_out = problems.len().saturating_sub(MOST_DIAGNOSTICS);
        problems.truncate(MOST_DIAGNOSTICS);
        let excerpts = Excerpts::new(source, &checked.quiet);
        let mut told: Vec<Diagnostic> =
            problems.into_iter().map(|problem| diagnostic(problem, severity, file, &excerpts)).collect();
        if left_out > 0 {
            let message = format!("{left_out} more of the same file are not shown");
            told.push(Diagnostic { severity, ..Diagnostic::error("Manifest", message) });
        }
        told
    };
    if checked.problems.is_empty() {
        let mut remarks = told(checked.notices, Severity::Notice);
        remarks.extend(told(checked.warnings, Severity::Warning));
        let source = Arc::new(Source { text: source.to_owned(), file: file.to_owned(), quiet: checked.quiet });
        Ok(Manifest { registries: checked.registries, written: checked.written, source, remarks })
    } else {
        Err(ManifestError { diagnostics: told(checked.problems, Severity::Error) })
    }
}

fn diagnostic(problem: Problem, severity: Severity, file: &str, excerpts: &Excerpts<'_>) -> Diagnostic {
    let Problem { span, message, shows_line } = problem;
    let excerpt = if shows_line { excerpts.of(&span) } else { None };
    Diagnostic { severity, location: Some(location(&span, file)), excerpt, ..Diagnostic::error("Manifest", message) }
}

/// A span as a reader is told it; a problem of the whole file is in its first line.
fn location(span: &Span, file: &str) -> Location {
    let number = |number: usize| u64::try_from(number.max(1)).unwrap_or(u64::MAX);
    Location { file: file.to_owned(), line: number(span.line), column: number(span.column) }
}

impl std::fmt::Display for ManifestError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let messages: Vec<&str> = self.diagnostics.iter().map(|note| note.message.as_str()).collect();
        f.write_str(&messages.join("\n"))
    }
}

impl std::error::Error for ManifestError {}
