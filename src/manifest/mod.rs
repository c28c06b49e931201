//! Parses the manifest: YAML in, desired configurations out, or every problem with its line and column.

mod checked;
mod dependabot;
mod document;
mod entry;
mod excerpt;
mod expires;
mod export;
mod keys;
mod near_miss;
mod organizations;
mod problem;
mod schema;
mod syntax;
mod tree;
mod written;

pub use export::schema_lines;
pub use export::{Export, export};
pub use schema::json_schema;
pub use written::{Lines, Source, Written};

use std::sync::Arc;

use crate::desired::Desired;
use crate::diagnostics::{Diagnostic, Location, Severity};
use crate::registry::Visibility;
use excerpt::Excerpts;
use problem::Problem;
use tree::Span;

/// The largest manifest that is read, in bytes: enough for the registries of two hundred organizations.
pub const LARGEST: usize = 1024 * 1024;

/// The most problems that are reported. A file with more is not a manifest, and each costs time to find its line.
const MOST_DIAGNOSTICS: usize = 500;

/// The settings with which a manifest is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// The file's name in messages.
    pub file: &'a str,
    /// The visibility of the entries of a dependabot.yml, which does not define one.
    pub default_visibility: Option<Visibility>,
    /// Whether configurations that are not in the manifest will be deleted.
    pub prune: bool,
}

/// A manifest without problems.
#[derive(Debug, Default)]
pub struct Manifest {
    /// The entries, in the order of the file.
    pub registries: Vec<Desired>,
    /// Further information about each entry: positions, allowed rules and organizations.
    pub written: Vec<Written>,
    /// The text, for excerpts in messages.
    pub source: Arc<Source>,
    /// Notices, then warnings, each in the order of the file.
    pub remarks: Vec<Diagnostic>,
}

/// All problems of a manifest that can't be used.
#[derive(Debug)]
pub struct ManifestError {
    /// The problems, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses a manifest. [`Manifest::of`] returns the part for one organization.
///
/// # Errors
/// Every problem of the file, in its order, up to some hundreds. A text that is not YAML gives only the first.
pub fn read(source: &str, context: &Context<'_>) -> Result<Manifest, ManifestError> {
    let file = context.file;
    let checked = document::check(source, context);
    let excerpts = Excerpts::new(source, &checked.hidden);
    let diagnostics = |problems, severity| problem::diagnostics(problems, severity, file, &excerpts);
    if checked.problems.is_empty() {
        let mut remarks = diagnostics(checked.notices, Severity::Notice);
        remarks.extend(diagnostics(checked.warnings, Severity::Warning));
        let source = Arc::new(Source { text: source.to_owned(), file: file.to_owned(), hidden: checked.hidden });
        Ok(Manifest { registries: checked.registries, written: checked.written, source, remarks })
    } else {
        Err(ManifestError { diagnostics: diagnostics(checked.problems, Severity::Error) })
    }
}

/// Converts a span to a location for messages. A problem of the whole file is located at its first line.
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
