//! The manifest: YAML in, what is desired out, or every problem at its line and column.

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

/// The largest file that is read. Two hundred organizations' worth of registries fit.
pub const LARGEST: usize = 1024 * 1024;

/// The most problems that are told. A file with more is no manifest, and each costs a look at its line.
const MOST_DIAGNOSTICS: usize = 500;

/// What a manifest is read for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// What the file is called in messages.
    pub file: &'a str,
    /// The visibility of the entries of a dependabot.yml, which has none.
    pub default_visibility: Option<Visibility>,
    /// Whether what the manifest does not name is to be deleted.
    pub prune: bool,
}

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

/// Reads a manifest. What it says of one organization is [`Manifest::of`] it.
///
/// # Errors
/// Every problem of the file at once, in its order, up to some hundreds; only a text that is no YAML ends at the first.
pub fn read(source: &str, context: &Context<'_>) -> Result<Manifest, ManifestError> {
    let file = context.file;
    let checked = document::check(source, context);
    let excerpts = Excerpts::new(source, &checked.quiet);
    let told = |problems, severity| problem::told(problems, severity, file, &excerpts);
    if checked.problems.is_empty() {
        let mut remarks = told(checked.notices, Severity::Notice);
        remarks.extend(told(checked.warnings, Severity::Warning));
        let source = Arc::new(Source { text: source.to_owned(), file: file.to_owned(), quiet: checked.quiet });
        Ok(Manifest { registries: checked.registries, written: checked.written, source, remarks })
    } else {
        Err(ManifestError { diagnostics: told(checked.problems, Severity::Error) })
    }
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
