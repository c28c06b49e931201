//! What is wrong in a file, or worth knowing: gathered in any order, told in that of the file, and equal ones once.

use std::collections::BTreeMap;

use super::excerpt::Excerpts;
use super::tree::Span;
use super::{MOST_DIAGNOSTICS, location};
use crate::diagnostics::{Diagnostic, Severity};

/// So many places are named of a problem that there is more than once.
const MOST_PLACES: usize = 10;

/// Something wrong, or worth a warning, at a place of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) span: Span,
    message: String,
    shows_line: bool,
    /// The entry that it is in.
    label: Option<String>,
    /// Whether the message is the rest of a sentence about that entry, and not one about a key of it.
    is_about_entry: bool,
}

impl Problem {
    pub(super) fn new(span: &Span, message: impl Into<String>) -> Self {
        Self { span: span.clone(), message: message.into(), shows_line: true, label: None, is_about_entry: false }
    }

    /// A problem of an entry as a whole; the message is read after its label.
    pub(super) fn of_entry(span: &Span, label: &str, message: impl Into<String>) -> Self {
        Self { is_about_entry: true, ..Self::new(span, message).within(label) }
    }

    /// When it is not known what in the line is a secret.
    pub(super) fn without_excerpt(self) -> Self {
        Self { shows_line: false, ..self }
    }

    /// The same in an entry, by its label as it may be shown.
    pub(super) fn within(self, label: &str) -> Self {
        Self { label: self.label.or_else(|| Some(label.to_owned())), ..self }
    }

    fn place(&self) -> (usize, usize) {
        (self.span.line, self.span.column)
    }
}

/// The problems as they are told, up to some hundreds.
pub(super) fn told(
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
        let message = format!("{left_out} more of the same file are not shown");
        told.push(Diagnostic { severity, ..Diagnostic::error("Manifest", message) });
    }
    told
}

/// Equal problems together, in the order of their first places.
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
        _ => format!("{} (the same in {})", first.message, lines(&group[1..])),
    };
    let excerpt = if first.shows_line { excerpts.of(&first.span) } else { None };
    let location = Some(location(&first.span, file));
    Diagnostic { severity, location, excerpt, ..Diagnostic::error("Manifest", message) }
}

/// `a` (line 5), `b` (line 9) and 12 more.
fn entries(labels: &[(&str, usize)]) -> String {
    let shown = labels.iter().take(MOST_PLACES).map(|(label, line)| format!("`{label}` (line {line})"));
    let shown: Vec<String> = shown.collect();
    shown.join(", ") + &more(labels.len())
}

fn more(number: usize) -> String {
    let more = number.saturating_sub(MOST_PLACES);
    if more == 0 { String::new() } else { format!(" and {more} more") }
}

/// `line 5`, `lines 5, 7 and 12 more`.
fn lines(problems: &[Problem]) -> String {
    let shown: Vec<String> = problems.iter().take(MOST_PLACES).map(|problem| problem.span.line.to_string()).collect();
    format!("line{} {}{}", if problems.len() == 1 { "" } else { "s" }, shown.join(", "), more(problems.len()))
}
