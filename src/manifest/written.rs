//! How the file writes an entry: where its fields are, to point at, and which rules it allows to be broken.

use std::collections::BTreeMap;
use std::ops::Range;

use super::excerpt::Excerpts;
use super::keys::SECRETS;
use super::location;
use super::organizations::Limit;
use super::tree::Span;
use crate::diagnostics::Location;
use crate::rules::Allowed;

/// How the file writes one entry.
#[derive(Clone, Debug)]
pub struct Written {
    /// The rules that it, or the defaults, allow to be broken.
    pub allowed: Allowed,
    /// The organizations that it is for; `None` for all.
    pub organizations: Option<Limit>,
    pub(super) label: Span,
    /// The keys that stand there, in kebab-case.
    pub(super) fields: BTreeMap<String, Span>,
}

impl Written {
    /// Where a field of the API stands, in whichever spelling; where it is left out, the label.
    pub(super) fn span(&self, field: &str) -> &Span {
        let name = field.replace('_', "-");
        let candidates: Vec<&str> = match name.as_str() {
            "secret" => [SECRETS.as_slice(), &["encrypted-value"]].concat(),
            "registry-type" => vec!["type"],
            other => vec![other],
        };
        candidates.iter().find_map(|name| self.fields.get(*name)).unwrap_or(&self.label)
    }
}

/// The text of a manifest, to show the lines that something is about.
#[derive(Clone, Debug, Default)]
pub struct Source {
    pub(super) text: String,
    pub(super) file: String,
    /// What of the text must not be shown.
    pub(super) quiet: Vec<Range<usize>>,
}

impl Source {
    /// Reads the lines once, to show any of them.
    pub fn lines(&self) -> Lines<'_> {
        Lines { excerpts: Excerpts::new(&self.text, &self.quiet), file: &self.file }
    }
}

/// The lines of a manifest.
pub struct Lines<'a> {
    excerpts: Excerpts<'a>,
    file: &'a str,
}

impl Lines<'_> {
    /// Where a field of an entry stands, and its line with a marker below it.
    pub fn find(&self, entry: &Written, field: &str) -> (Location, Option<String>) {
        let span = entry.span(field);
        (location(span, self.file), self.excerpts.of(span))
    }
}
