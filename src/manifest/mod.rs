//! The manifest: YAML in, what is desired out, or every problem at its line and column.

mod checked;
mod document;
mod entry;
mod excerpt;
mod keys;
mod schema;
mod tree;

use std::ops::Range;

pub use schema::json_schema;

use crate::actions::Note;
use crate::desired::Desired;
use crate::place::Place;
use excerpt::Excerpts;
use tree::Span;

/// The largest file that is read. Two hundred organizations' worth of registries fit.
pub const LARGEST: usize = 1024 * 1024;

/// The most problems that are told. A file with more is no manifest, and each costs a look at its line.
const MOST_NOTES: usize = 500;

/// A manifest without problems.
#[derive(Debug)]
pub struct Manifest {
    /// The entries, in the order of the file.
    pub registries: Vec<Desired>,
    /// What is legal and likely to hurt.
    pub warnings: Vec<Note>,
    /// What is read otherwise than it is written.
    pub notices: Vec<Note>,
}

/// A manifest that can't be used: every problem in it.
#[derive(Debug)]
pub struct ManifestError {
    /// In the order of the file.
    pub notes: Vec<Note>,
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

/// Reads a manifest. `file` is what it is called in messages, `org` the organization that it is for, if that is known.
///
/// # Errors
/// Every problem of the file at once, in its order, up to some hundreds; only a text that is no YAML ends at the first.
pub fn read(source: &str, file: &str, org: Option<&str>) -> Result<Manifest, ManifestError> {
    let checked = document::check(source, file, org);
    let notes = |mut problems: Vec<Problem>, quiet: &[Range<usize>]| -> Vec<Note> {
        problems.sort_by_key(|problem| (problem.span.line, problem.span.column));
        problems.dedup();
        let left_out = problems.len().saturating_sub(MOST_NOTES);
        problems.truncate(MOST_NOTES);
        let excerpts = Excerpts::new(source, quiet);
        let mut notes: Vec<Note> = problems.into_iter().map(|problem| note(problem, file, &excerpts)).collect();
        if left_out > 0 {
            notes.push(Note::new("Manifest", format!("{left_out} more of the same file are not shown")));
        }
        notes
    };
    if checked.problems.is_empty() {
        let warnings = notes(checked.warnings, &checked.quiet);
        let notices = notes(checked.notices, &checked.quiet);
        Ok(Manifest { registries: checked.registries, warnings, notices })
    } else {
        Err(ManifestError { notes: notes(checked.problems, &checked.quiet) })
    }
}

fn note(problem: Problem, file: &str, excerpts: &Excerpts<'_>) -> Note {
    let Problem { span, message, shows_line } = problem;
    let excerpt = if shows_line { excerpts.of(&span) } else { None };
    Note { place: Some(place(&span, file)), excerpt, ..Note::new("Manifest", message) }
}

/// A span as a reader is told it; a problem of the whole file is in its first line.
fn place(span: &Span, file: &str) -> Place {
    let number = |number: usize| u64::try_from(number.max(1)).unwrap_or(u64::MAX);
    Place { file: file.to_owned(), line: number(span.line), column: number(span.column) }
}

impl std::fmt::Display for ManifestError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let messages: Vec<&str> = self.notes.iter().map(|note| note.message.as_str()).collect();
        f.write_str(&messages.join("\n"))
    }
}

impl std::error::Error for ManifestError {}
