//! The summary of several organizations: a table of all, failures first, then a section for each that has more to show.

use std::cmp::Reverse;

use super::page::{Page, Place};
use super::{DRY_RUN, alert, needs, section};
use crate::exit::Exit;
use crate::inputs::Operation;
use crate::plan::Action;
use crate::report::markdown::{code, escape};
use crate::report::{Ended, Fleet, Report, totals};

/// Returns the least room that a section gets, in bytes, however many sections there are.
const fn least(place: Place) -> usize {
    match place {
        Place::Step => 8 * 1024,
        Place::Comment => 2 * 1024,
    }
}

/// Returns the whole summary, cut to the size that fits the place.
pub(in crate::report) fn of_fleet(fleet: &Fleet, place: Place) -> String {
    let mut page = Page::new(place);
    let operation = fleet.operation.map_or("run", Operation::as_str);
    let number = match &fleet.installations {
        Some(installations) => installations.len(),
        None => fleet.organizations().len(),
    };
    let organizations = if number == 1 { "organization" } else { "organizations" };
    page.push(&format!("## Private registries: {operation} of {number} {organizations}\n\n"));
    if fleet.dry_run {
        page.push(DRY_RUN);
    }
    alert(&mut page, "CAUTION", &fleet.errors);
    alert(&mut page, "WARNING", &fleet.warnings);
    page.push_notes(fleet.facts.iter().map(|fact| format!("{}\n\n", escape(fact))));
    if let Some(installations) = &fleet.installations {
        page.push("| Organization | State |\n|---|---|\n");
        page.push_all(
            installations
                .iter()
                .map(|installation| format!("| {} | {} |\n", code(&installation.organization), installation.state)),
        );
        return page.finish();
    }
    let mut organizations: Vec<&Ended> = fleet.organizations().iter().collect();
    organizations.sort_by_key(|ended| Reverse(ended.urgency));
    table(&mut page, &organizations);
    if let Some(id) = &fleet.plan_id {
        page.push(&format!("plan-id of all organizations: {}\n\n", code(id)));
    }
    let reports = organizations.iter().filter_map(|ended| ended.report.as_deref());
    let shown: Vec<&Report> = reports.filter(|report| has_something_to_say(report)).collect();
    for (index, report) in shown.iter().enumerate() {
        let left = place.room().saturating_sub(page.len());
        let budget = (left / (shown.len() - index)).max(least(place));
        let mut part = Page::within(place, budget);
        part.push(&format!("## {}\n\n", code(&report.org)));
        section(&mut part, report);
        page.push_piece(&part.finish(), report.changes().count());
    }
    needs(&mut page, &fleet.needs());
    page.finish()
}

/// Returns the position in the summary, the highest first: failures, then deletes and replaces, warnings and other
/// changes.
pub(in crate::report) fn urgency(report: &Report) -> usize {
    let changes = |actions: &[Action]| actions.iter().any(|action| report.count(*action) > 0);
    match report.exit {
        Exit::Stopped(_) | Exit::Invalid | Exit::Failed => 4,
        Exit::Done | Exit::Drift if changes(&[Action::Delete, Action::Replace]) => 3,
        Exit::Done | Exit::Drift if !report.warnings.is_empty() => 2,
        Exit::Done | Exit::Drift if report.changed() => 1,
        Exit::Done | Exit::Drift => 0,
    }
}

fn table(page: &mut Page, organizations: &[&Ended]) {
    if organizations.is_empty() {
        return;
    }
    page.push("| | Organization | Result |\n|:-:|---|---|\n");
    page.push_all(organizations.iter().map(|ended| {
        let symbol = match ended.exit {
            Exit::Done => "",
            Exit::Drift => "~",
            Exit::Stopped(_) | Exit::Invalid | Exit::Failed => "**!**",
        };
        format!("| {symbol} | {} | {} |\n", code(&ended.org), escape(&ended.outcome))
    }));
    page.push("\n");
}

/// Returns the outcome of one organization in a few words.
pub(in crate::report) fn outcome(report: &Report) -> String {
    let first = report.errors.first().map(|error| error.message.lines().next().unwrap_or_default().to_owned());
    match (&report.plan, first) {
        (Some(_), Some(error)) => format!("{}: {error}", totals(report)),
        (Some(_), None) => totals(report),
        (None, Some(error)) => error,
        (None, None) => report.facts.first().cloned().unwrap_or_else(|| registries(report)),
    }
}

fn registries(report: &Report) -> String {
    match report.registries().len() {
        1 => "1 configuration".to_owned(),
        number => format!("{number} configurations"),
    }
}

/// Reports whether an organization needs a section. If there is nothing to decide, its row in the table is enough.
pub(in crate::report) fn has_something_to_say(report: &Report) -> bool {
    let is_quiet = |action| matches!(action, Action::Unchanged | Action::Unmanaged | Action::Resend);
    let has_changes = report.changes().any(|(change, _)| !is_quiet(change.action()));
    let shows =
        matches!(report.operation, Some(Operation::List | Operation::Upsert)) && !report.registries().is_empty();
    has_changes || shows || !report.errors.is_empty() || !report.warnings.is_empty()
}
