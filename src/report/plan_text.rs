//! The plan as text, for the log: one line of totals, then every change, field by field.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::assessment::{Assessed, Assessment};
use super::{PLANNED, Report, shown, symbol};
use crate::apply::{Outcome, Status};
use crate::plan::{Action, Change, Plan, WriteOnly};
use crate::secrets::SecretSource;
use crate::text::one_line;

/// One line that says how much of what: `2 to create, 1 to update, 5 unchanged`.
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
        .chain([(failed, "failed"), (skipped, "not tried")])
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
        (Action::Resend, false) => "to send again",
        (Action::Delete, false) => "to delete",
        (Action::Create, true) => "created",
        (Action::Update, true) => "updated",
        (Action::Replace, true) => "replaced",
        (Action::Resend, true) => "sent again",
        (Action::Delete, true) => "deleted",
        (Action::Unchanged, _) => "unchanged",
        (Action::Unmanaged, _) => "unmanaged",
    }
}

/// The plan, change by change. What is unchanged is only counted.
pub fn plan_text(plan: &Plan, assessments: &[Assessment]) -> String {
    let mut text = counted(plan.changes.iter().map(|change| (change, &PLANNED)), false);
    let assessed = Assessed::new(assessments);
    for change in &plan.changes {
        if change.action() == Action::Unchanged && change.remarks.is_empty() {
            continue;
        }
        let _ = write!(text, "\n  {} {}", symbol(change.action(), Status::Planned), headline(change));
        for line in details(change).into_iter().chain(assessed.doubts(change)) {
            let _ = write!(text, "\n      {}", one_line(&line));
        }
    }
    if !plan.id.is_empty() {
        let _ = write!(text, "\nplan-id: {}", plan.id);
    }
    text
}

fn headline(change: &Change) -> String {
    let mut words = vec![change.action().as_str().to_owned(), change.title()];
    if let (Some(_), Some(name)) = (&change.label, &change.name) {
        words.push(format!("({name})"));
    }
    if change.label.is_some() || change.name.is_some() {
        words.push(change.registry_type.clone());
        words.extend(change.url.clone());
    }
    words.retain(|word| !word.is_empty());
    one_line(&words.join(" "))
}

/// What a reader decides from: each field old → new, each value that can't be compared, each remark.
pub(super) fn details(change: &Change) -> Vec<String> {
    let mut lines: Vec<String> = change
        .fields
        .iter()
        .filter(|field| !is_in_headline(change, field.field))
        .map(|field| match change.action() {
            Action::Create => format!("{}: {}", field.field, shown(&field.to)),
            _ => format!("{}: {} → {}", field.field, shown(&field.from), shown(&field.to)),
        })
        .collect();
    lines.extend(change.write_only.iter().map(|value| format!("{}: {}", value.as_str(), sent(change, *value))));
    lines.extend(change.not_sent.iter().map(|value| format!("{}: left alone (GitHub never shows it)", value.as_str())));
    lines.extend(change.remarks.iter().cloned());
    lines
}

/// A new configuration's type and url stand in its headline.
fn is_in_headline(change: &Change, field: &str) -> bool {
    change.action() == Action::Create && ["registry_type", "url"].contains(&field)
}

/// What is sent of a value that GitHub never shows, and that it can't be compared.
fn sent(change: &Change, value: WriteOnly) -> String {
    let what = source(change, value);
    match change.action() {
        Action::Create | Action::Replace => what,
        _ if change.label.is_some() => format!("{what}, sent again (GitHub never shows it, so it can't be compared)"),
        // The inputs of one step are no statement about what was sent before.
        _ => format!("{what} (GitHub never shows it, so it can't be compared)"),
    }
}

/// Where a value that GitHub never shows comes from.
pub(super) fn source(change: &Change, value: WriteOnly) -> String {
    let settings = change.settings();
    let secret = settings.and_then(|settings| settings.secret.as_ref());
    let repositories = settings.and_then(|settings| settings.repositories.as_ref());
    match (value, secret, repositories) {
        (WriteOnly::Secret, Some(SecretSource::Reference(reference)), _) => format!("from {}", reference.variable),
        (WriteOnly::Secret, Some(SecretSource::Sealed(sealed)), _) => format!("sealed with key {}", sealed.key_id),
        (WriteOnly::Secret, ..) => "from input secret".to_owned(),
        (WriteOnly::Repositories, _, Some(repositories)) if !repositories.is_empty() => {
            repositories.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        }
        (WriteOnly::Repositories, ..) => "none".to_owned(),
    }
}
