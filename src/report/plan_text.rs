//! The plan as text, for the log: one line of totals, and every change, field by field.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::assessment::{Assessed, Assessment};
use super::expiring::{Expiries, Expiring};
use super::{PLANNED, Report, shown, symbol};
use crate::apply::{self, Outcome, Status, Trouble};
use crate::colour::{Styled, Tone};
use crate::plan::{Action, Change, Plan, WriteOnly};
use crate::secrets::SecretSource;
use crate::text::one_line;

/// Returns the totals of a report on one line: `2 to create, 1 to update, 5 unchanged`.
pub fn totals(report: &Report) -> String {
    counted(report.changes(), report.has_outcomes())
}

fn counted<'a>(changes: impl Iterator<Item = (&'a Change, &'a Outcome)>, is_done: bool) -> String {
    let (mut counts, mut failed, mut skipped) = (BTreeMap::<Action, usize>::new(), 0, 0);
    for (change, outcome) in changes {
        match outcome.status {
            Status::Planned | Status::Applied => *counts.entry(change.action()).or_default() += 1,
            Status::Failed => failed += 1,
            Status::Skipped => skipped += 1,
        }
    }
    let counts = counts.into_iter().map(|(action, count)| (count, verb(action, is_done)));
    let parts: Vec<String> = counts
        .chain([(failed, "failed"), (skipped, "skipped")])
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") }
}

const fn verb(action: Action, is_done: bool) -> &'static str {
    match (action, is_done) {
        (Action::Create, false) => "to create",
        (Action::Update, false) => "to update",
        (Action::Replace, false) => "to replace",
        (Action::Resend, false) => "to resend",
        (Action::Delete, false) => "to delete",
        (Action::Create, true) => "created",
        (Action::Update, true) => "updated",
        (Action::Replace, true) => "replaced",
        (Action::Resend, true) => "resent",
        (Action::Delete, true) => "deleted",
        (Action::Unchanged, _) => "unchanged",
        (Action::Unmanaged, _) => "unmanaged",
    }
}

/// Returns the totals of a plan that has not been carried out.
pub fn plan_totals(plan: &Plan) -> String {
    counted(plan.changes.iter().zip(&apply::foreseen(plan)), false)
}

/// Returns the totals of the drift: `2 to create, 1 to update`.
pub fn differences(plan: &Plan) -> String {
    let differing = plan.changes.iter().filter(|change| change.action().is_drift());
    counted(differing.map(|change| (change, &PLANNED)), false)
}

/// Returns the plan, change by change: deletes and replaces first, then updates, then creates, then the rest. Unchanged
/// configurations are only counted, by `plan_totals`, unless there is a remark about them.
pub fn plan_text(plan: &Plan, assessments: &[Assessment], expiring: &[Expiring]) -> Styled {
    let foreseen = apply::foreseen(plan);
    let mut text = Styled::default();
    let dates = Expiries::new(expiring);
    let assessed = Assessed::new(assessments);
    let is_shown =
        |(change, _): &(&Change, &Outcome)| change.action() != Action::Unchanged || !change.remarks.is_empty();
    let mut shown: Vec<(&Change, &Outcome)> = plan.changes.iter().zip(&foreseen).filter(is_shown).collect();
    shown.sort_by_key(|(change, _)| danger(change.action()));
    let rows: Vec<[String; 5]> = shown.iter().map(|(change, _)| row(change)).collect();
    let widths = widths(&rows);
    for ((change, outcome), row) in shown.iter().zip(&rows) {
        let tone = tone(change.action());
        let [action, rest @ ..] = row;
        text.push(Tone::Plain, if text.is_empty() { "  " } else { "\n  " });
        let padding = if rest.iter().all(String::is_empty) { 0 } else { widths[0] };
        text.push(tone, format!("{} {action:padding$}", symbol(change.action(), outcome.status)));
        text.push(Tone::Plain, columns(rest, &widths[1..]));
        // For a resend, the row itself has the values.
        let lines: Vec<String> =
            if change.action() == Action::Resend { remarks(change).collect() } else { details(change) };
        let expires = dates.of(change.label.as_deref()).map(|expiring| format!("expires: {}", expiring.text()));
        let withheld = outcome.error.as_ref().map(Trouble::text);
        for line in withheld.into_iter().chain(lines).chain(expires) {
            text.push(Tone::Plain, format!("\n      {}", one_line(&line)));
        }
        for doubt in assessed.doubts(change) {
            text.push(Tone::Plain, "\n      ");
            text.push(Tone::Careful, one_line(&doubt));
        }
    }
    if shown.iter().any(|(change, _)| change.action() == Action::Resend) {
        let why = "values that are only resent can't be compared, because GitHub never shows them";
        text.push(Tone::Plain, "\n  ");
        text.push(Tone::Faint, format!("({why})"));
    }
    text
}

/// Returns the position of an action in the plan: what a reader must not miss comes first.
const fn danger(action: Action) -> u8 {
    match action {
        Action::Delete => 0,
        Action::Replace => 1,
        Action::Update => 2,
        Action::Create => 3,
        Action::Resend => 4,
        Action::Unmanaged => 5,
        Action::Unchanged => 6,
    }
}

const fn tone(action: Action) -> Tone {
    match action {
        Action::Delete | Action::Replace => Tone::Removed,
        Action::Update => Tone::Changed,
        Action::Create => Tone::Added,
        Action::Unmanaged => Tone::Careful,
        Action::Resend | Action::Unchanged => Tone::Faint,
    }
}

/// Returns the cells for a change: action, title, type, url, and the values that are only resent.
fn row(change: &Change) -> [String; 5] {
    let title = match (&change.label, &change.name) {
        (Some(label), Some(name)) => format!("{label} ({name})"),
        (Some(title), None) | (None, Some(title)) => title.clone(),
        (None, None) => String::new(), // only its type and url are known
    };
    let sent_again: Vec<String> = match change.action() {
        Action::Resend => change.write_only.iter().map(|v| format!("{}: {}", v.as_str(), source(change, *v))).collect(),
        _ => Vec::new(),
    };
    let url = change.url.as_deref().unwrap_or_default();
    [change.action().as_str(), &title, &change.registry_type, url, &sent_again.join(", ")].map(one_line)
}

/// Returns the widths of the columns. Each is as wide as its widest cell, except for cells so wide that they would push
/// the other columns out of sight.
fn widths(rows: &[[String; 5]]) -> [usize; 5] {
    const WIDEST: usize = 48;
    let width = |text: &String| Some(text.chars().count()).filter(|width| *width <= WIDEST);
    std::array::from_fn(|column| rows.iter().filter_map(|row| width(&row[column])).max().unwrap_or(0))
}

/// Aligns the cells of a row, without trailing spaces. A column that is empty in every row is left out.
fn columns(cells: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (index, (cell, width)) in cells.iter().zip(widths).enumerate() {
        if *width == 0 && cell.is_empty() {
            continue;
        }
        let gap = if line.is_empty() { " " } else { "  " };
        let width = if cells[index + 1..].iter().all(String::is_empty) { 0 } else { *width };
        let _ = write!(line, "{gap}{cell:width$}");
    }
    line.trim_end().to_owned()
}

/// Returns the lines below a change: each field with its old and new value, each value that can't be compared, each
/// remark.
pub(super) fn details(change: &Change) -> Vec<String> {
    let mut lines: Vec<String> = change
        .fields
        .iter()
        .filter(|field| !is_in_headline(change, field.field))
        .map(|field| match change.action() {
            Action::Create => format!("{}: {}", spelled(field.field), shown(&field.to)),
            _ => format!("{}: {} → {}", spelled(field.field), shown(&field.from), shown(&field.to)),
        })
        .collect();
    lines.extend(change.write_only.iter().map(|value| format!("{}: {}", value.key(), sent(change, *value))));
    lines.extend(remarks(change));
    lines
}

/// Returns the values that are neither compared nor sent, and the remarks.
fn remarks(change: &Change) -> impl Iterator<Item = String> {
    let left_alone = change.not_sent.iter().map(|value| format!("{}: left alone (GitHub never shows it)", value.key()));
    left_alone.chain(change.remarks.iter().cloned())
}

/// Returns a field as it is spelled in the manifest and the inputs.
fn spelled(field: &str) -> String {
    field.replace('_', "-")
}

/// Reports whether the headline has the field already: that of a new configuration has its type and url.
fn is_in_headline(change: &Change, field: &str) -> bool {
    change.action() == Action::Create && ["registry_type", "url"].contains(&field)
}

/// Describes a write-only value that is sent; for an existing configuration, with the reason why it can't be compared.
fn sent(change: &Change, value: WriteOnly) -> String {
    let what = source(change, value);
    match change.action() {
        Action::Create | Action::Replace => what,
        _ if change.label.is_some() => format!("{what}, resent (GitHub never shows it, so it can't be compared)"),
        // For a one-off operation, it is not known whether the value was sent before.
        _ => format!("{what} (GitHub never shows it, so it can't be compared)"),
    }
}

/// Returns the source of a write-only value.
pub(super) fn source(change: &Change, value: WriteOnly) -> String {
    let settings = change.settings();
    let secret = settings.and_then(|settings| settings.secret.as_ref());
    let repositories = settings.and_then(|settings| settings.repositories.as_ref());
    match (value, secret, repositories) {
        (WriteOnly::Secret, Some(SecretSource::Reference(reference)), _) => format!("from {}", reference.template),
        (WriteOnly::Secret, Some(SecretSource::Sealed(sealed)), _) => format!("sealed with key {}", sealed.key_id),
        (WriteOnly::Secret, ..) => "from input secret".to_owned(),
        (WriteOnly::Repositories, _, Some(repositories)) if !repositories.is_empty() => {
            repositories.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        }
        (WriteOnly::Repositories, ..) => "none".to_owned(),
    }
}
