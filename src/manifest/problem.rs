//! Problems of a file: collected in any order, reported in the order of the file, and equal ones together.

use std::collections::BTreeMap;

use super::excerpt::Excerpts;
use super::tree::Span;
use super::{MOST_DIAGNOSTICS, location};
use crate::diagnostics::{Diagnostic, Severity};

/// The most places that are named for a repeated problem.
const MOST_PLACES: usize = 10;

/// An error, a warning or a notice at a position in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) span: Span,
    message: String,
    shows_line: bool,
    /// The label of its entry.
    label: Option<String>,
    /// Whether the message continues after the label, instead of being a sentence about one of the entry's keys.
    is_about_entry: bool,
}

impl Problem {
    pub(super) fn new(span: &Span, message: impl Into<String>) -> Self {
        Self { span: span.clone(), message: message.into(), shows_line: true, label: None, is_about_entry: false }
    }

    /// Creates a problem of an entry as a whole; the message continues after the label.
    pub(super) fn of_entry(span: &Span, label: &str, message: impl Into<String>) -> Self {
        Self { is_about_entry: true, ..Self::new(span, message).within(label) }
    }

    /// Returns the problem without an excerpt, for a line in which the secrets can't be located.
    pub(super) fn without_excerpt(self) -> Self {
        Self { shows_line: false, ..self }
    }

    /// Returns the problem as one of an entry, unless it has an entry already. The label must be fit to be shown.
    pub(super) fn within(self, label: &str) -> Self {
        Self { label: self.label.or_else(|| Some(label.to_owned())), ..self }
    }

    fn place(&self) -> (usize, usize) {
        (self.span.line, self.span.column)
    }
}

/// Turns problems into diagnostics, up to some hundreds.
pub(super) fn diagnostics(
    mut problems: Vec<Problem>,
    severity: Severity,
    file: &str,
    excerpts: &Excerpts<'_>,
) -> Vec<Diagnostic> {
    problems.sort_by_key(Problem::place);
    problems.dedup();
    let mut groups = grouped(problems);
    let left_out = groups.len().saturating_sub(MOST_DIAGNOSTICS);
    groups.truncate(MOST_DIAGNOSTICS);
    let mut told: Vec<Diagnostic> = groups.iter().map(|group| diagnostic(group, severity, file, excerpts)).collect();
    if left_out > 0 {
        let message = format!("{left_out} more messages about this file are not shown");
        told.push(Diagnostic { severity, ..Diagnostic::error("Manifest", message) });
    }
    told
}

/// Groups equal problems, in the order of their first positions.
fn grouped(problems: Vec<Problem>) -> Vec<Vec<Problem>> {
    let mut groups: Vec<Vec<Problem>> = Vec::new();
    let mut known: BTreeMap<(String, bool), usize> = BTreeMap::new();
    for problem in problems {
        let group = *known.entry((problem.message.clone(), problem.is_about_entry)).or_insert(groups.len());
        if group == groups.len() {
            groups.push(Vec::new());
        }
        groups[group].push(problem);
    }
    groups
}

fn diagnostic(group: &[Problem], severity: Severity, file: &str, excerpts: &Excerpts<'_>) -> Diagnostic {
    let Some(first) = group.first() else { return Diagnostic::error("Manifest", "") };
    let mut labels: Vec<(&str, usize)> = Vec::new();
    for problem in group {
        let label = problem.label.as_deref().filter(|label| labels.last().is_none_or(|(last, _)| last != label));
        labels.extend(label.map(|label| (label, problem.span.line)));
    }
    let message = match (labels.as_slice(), group.len()) {
        ([(label, _)], 1) if first.is_about_entry => format!("`{label}` {}", first.message),
        (_, 1) => first.message.clone(),
        ([_, _, ..], number) if labels.len() == number => {
            let each = if first.is_about_entry { "each " } else { "" };
            format!("{}: {each}{}", entries(&labels), first.message)
        }
        _ => format!("{} (also on {})", first.message, lines(&group[1..])),
    };
    let excerpt = if first.shows_line { excerpts.of(&first.span) } else { None };
    let location = Some(location(&first.span, file));
    Diagnostic { severity, location, excerpt, ..Diagnostic::error("Manifest", message) }
}

/// Lists entries: `a` (line 5), `b` (line 9) and 12 more.
fn entries(labels: &[(&str, usize)]) -> String {
    let shown = labels.iter().take(MOST_PLACES).map(|(label, line)| format!("`{label}` (line {line})"));
    let shown: Vec<String> = shown.collect();
    shown.join(", ") + &more(labels.len())
}

fn more(number: usize) -> String {
    let more = number.saturating_sub(MOST_PLACES);
    if more == 0 { String::new() } else { format!(" and {more} more") }
}

/// Lists lines: `line 5`, `lines 5, 7 and 12 more`.
fn lines(problems: &[Problem]) -> String {
    let shown: Vec<String> = problems.iter().take(MOST_PLACES).map(|problem| problem.span.line.to_string()).collect();
    format!("line{} {}{}", if problems.len() == 1 { "" } else { "s" }, shown.join(", "), more(problems.len()))
}
