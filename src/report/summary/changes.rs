//! The changes of a plan: failures, then what takes something away, then the rest; what needs no decision is folded.

use std::collections::BTreeMap;

use super::page::Page;
use crate::apply::{Outcome, Status, Trouble};
use crate::plan::{Action, Change};
use crate::report::assessment::Assessed;
use crate::report::markdown::{code, escape};
use crate::report::plan_text::{details, source};
use crate::report::{Report, symbol};

type Row<'a> = (&'a Change, &'a Outcome);

/// Adds all changes.
pub(super) fn push(page: &mut Page, report: &Report) {
    let assessed = report.assessed();
    let rows: Vec<Row<'_>> = report.changes().collect();
    let with = |wanted: &dyn Fn(Action, Status) -> bool| -> Vec<Row<'_>> {
        rows.iter().copied().filter(|(change, outcome)| wanted(change.action(), outcome.status)).collect()
    };
    let is_over = |status| matches!(status, Status::Applied | Status::Planned);
    table(page, "Failed", &with(&|_, status| status == Status::Failed), &assessed);
    table(page, "Not tried", &with(&|_, status| status == Status::Skipped), &assessed);
    let removes = |action, status| is_over(status) && matches!(action, Action::Delete | Action::Replace);
    table(page, "Deletes and replaces", &with(&removes), &assessed);
    let changes = |action, status| is_over(status) && matches!(action, Action::Update | Action::Create);
    table(page, "Updates and creates", &with(&changes), &assessed);
    resends(page, &with(&|action, status| is_over(status) && action == Action::Resend), &assessed);
    let unmanaged = with(&|action, status| is_over(status) && action == Action::Unmanaged);
    fold(
        page,
        &format!("{} unmanaged: not in the manifest, left alone", unmanaged.len()),
        &unmanaged,
        |change| format!("{} {}", code(&change.registry_type), change.url.as_deref().map(code).unwrap_or_default()),
        &assessed,
    );
    let unchanged = with(&|action, status| is_over(status) && action == Action::Unchanged);
    fold(
        page,
        &format!("{} unchanged", unchanged.len()),
        &unchanged,
        |change| details(change).iter().map(|line| escape(line)).collect::<Vec<_>>().join("; "),
        &assessed,
    );
}

fn table(page: &mut Page, heading: &str, rows: &[Row<'_>], assessed: &Assessed<'_>) {
    if rows.is_empty() {
        return;
    }
    page.push(&format!("### {heading}\n\n| | Change | Registry | Details |\n|:-:|---|---|---|\n"));
    let mut told: BTreeMap<String, String> = BTreeMap::new();
    page.push_all(rows.iter().map(|(change, outcome)| {
        let gist = outcome.error.as_ref().map(Trouble::gist);
        let first = gist.as_ref().and_then(|gist| told.get(gist).cloned());
        if let (Some(gist), None) = (gist, &first) {
            told.insert(gist, change.title());
        }
        row(change, outcome, first.as_deref(), &assessed.doubts(change))
    }));
    page.push("\n");
}

/// An error is told in the first row that it is in; `first` is whose that was.
fn row(change: &Change, outcome: &Outcome, first: Option<&str>, doubts: &[String]) -> String {
    // What has neither label nor name yet is told by its type and url, in the next cell.
    let names = [change.label.as_ref(), outcome.name.as_ref().or(change.name.as_ref())];
    let what = names.into_iter().flatten().fold(String::new(), |what, name| format!("{what}<br>{}", code(name)));
    // The whole error stands above the table.
    let error = outcome.error.iter().map(|error| error.headline.as_str());
    let mut notes: Vec<String> = error
        .map(|error| first.map_or_else(|| format!("**{}**", escape(error)), |first| format!("as for {}", code(first))))
        .collect();
    notes.extend(details(change).iter().map(|line| escape(line)));
    notes.extend(doubts.iter().map(|doubt| format!("**{}**", escape(doubt))));
    format!(
        "| {} | {}{what} | {}<br>{} | {} |\n",
        escape(symbol(change.action(), outcome.status)),
        change.action().as_str(),
        code(&change.registry_type),
        change.url.as_deref().map(code).unwrap_or_default(),
        notes.join("<br>")
    )
}

/// What GitHub can't show is sent again. That is true of all of them, and said once.
fn resends(page: &mut Page, rows: &[Row<'_>], assessed: &Assessed<'_>) {
    let title = format!("{} sent again: secrets and repository selections, which GitHub never shows", rows.len());
    fold(
        page,
        &title,
        rows,
        |change| {
            let values =
                change.write_only.iter().map(|value| format!("{}: {}", value.as_str(), source(change, *value)));
            values.chain(change.remarks.iter().cloned()).map(|line| escape(&line)).collect::<Vec<_>>().join("; ")
        },
        assessed,
    );
}

/// A list that a reader opens when they want to.
fn fold(page: &mut Page, title: &str, rows: &[Row<'_>], line: impl Fn(&Change) -> String, assessed: &Assessed<'_>) {
    if rows.is_empty() {
        return;
    }
    page.push(&format!("<details><summary>{title}</summary>\n\n"));
    page.push_all(rows.iter().map(|(change, _)| {
        let doubts = assessed.doubts(change).into_iter().map(|doubt| format!("**{}**", escape(&doubt)));
        let notes: Vec<String> = std::iter::once(line(change)).filter(|line| !line.is_empty()).chain(doubts).collect();
        let notes = if notes.is_empty() { String::new() } else { format!(": {}", notes.join("; ")) };
        format!("- {}{notes}\n", code(&change.title()))
    }));
    page.push("\n</details>\n\n");
}
