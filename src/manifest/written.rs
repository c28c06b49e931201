//! Information about an entry beyond its settings: positions of its fields, allowed rules, and organizations.

use std::collections::BTreeMap;
use std::ops::Range;

use super::excerpt::Excerpts;
use super::keys::SECRETS;
use super::location;
use super::organizations::Limit;
use super::tree::Span;
use crate::diagnostics::Location;
use crate::rules::Allowed;

/// Information about one entry beyond its settings.
#[derive(Clone, Debug)]
pub struct Written {
    /// The rules that the entry or the defaults allow to be broken.
    pub allowed: Allowed,
    /// The organizations that it applies to; `None` for all.
    pub organizations: Option<Limit>,
    pub(super) label: Span,
    /// The position of each of its keys, in kebab-case.
    pub(super) fields: BTreeMap<String, Span>,
}

impl Written {
    /// Returns the position of an API field, in whichever spelling the file has it; that of the label if it is left
    /// out.
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

/// The text of a manifest, for excerpts in messages.
#[derive(Clone, Debug, Default)]
pub struct Source {
    pub(super) text: String,
    pub(super) file: String,
    /// The parts of the text that must not be shown.
    pub(super) hidden: Vec<Range<usize>>,
}

impl Source {
    /// Splits the text into lines, from which excerpts can be made.
    pub fn lines(&self) -> Lines<'_> {
        Lines { excerpts: Excerpts::new(&self.text, &self.hidden), file: &self.file }
    }
}

/// The lines of a manifest.
pub struct Lines<'a> {
    excerpts: Excerpts<'a>,
    file: &'a str,
}

impl Lines<'_> {
    /// Returns the position of an entry's field, and its line with a marker below it.
    pub fn find(&self, entry: &Written, field: &str) -> (Location, Option<String>) {
        let span = entry.span(field);
        (location(span, self.file), self.excerpts.of(span))
    }
}
