//! The changes of a plan: failures, then what takes something away, then the rest; what needs no decision is folded.

use std::collections::BTreeMap;

use super::page::Page;
use crate::apply::{Outcome, Status, Trouble};
use crate::plan::{Action, Change};
use crate::report::assessment::Assessed;
use crate::report::expiring::Expiries;
use crate::report::markdown::{code, escape};
use crate::report::plan_text::{details, source};
use crate::report::{Report, symbol};

type Row<'a> = (&'a Change, &'a Outcome);

/// What there is to say of an entry besides its change.
#[derive(Clone, Copy)]
struct Told<'a> {
    assessed: &'a Assessed<'a>,
    expiries: &'a Expiries<'a>,
}

impl Told<'_> {
    fn doubts(&self, change: &Change) -> Vec<String> {
        self.assessed.doubts(change)
    }

    /// The last day of its credential, where one is known.
    fn expires(&self, change: &Change) -> Option<String> {
        self.expiries.of(change.label.as_deref()).map(|expiring| escape(&expiring.text()))
    }
}

/// Adds all changes.
pub(super) fn push(page: &mut Page, report: &Report) {
    let (assessed, expiries) = (report.assessed(), Expiries::new(&report.expiring));
    let told = Told { assessed: &assessed, expiries: &expiries };
    let rows: Vec<Row<'_>> = report.changes().collect();
    let with = |wanted: &dyn Fn(Action, Status) -> bool| -> Vec<Row<'_>> {
        rows.iter().copied().filter(|(change, outcome)| wanted(change.action(), outcome.status)).collect()
    };
    let is_over = |status| matches!(status, Status::Applied | Status::Planned);
    table(page, "Failed", &with(&|_, status| status == Status::Failed), &told);
    table(page, "Skipped", &with(&|_, status| status == Status::Skipped), &told);
    let removes = |action, status| is_over(status) && matches!(action, Action::Delete | Action::Replace);
    table(page, "Deletes and replaces", &with(&removes), &told);
    let changes = |action, status| is_over(status) && matches!(action, Action::Update | Action::Create);
    table(page, "Updates and creates", &with(&changes), &told);
    resends(page, &with(&|action, status| is_over(status) && action == Action::Resend), &told);
    let unmanaged = with(&|action, status| is_over(status) && action == Action::Unmanaged);
    fold(
        page,
        &format!("{} unmanaged: not in the manifest, left alone", unmanaged.len()),
        &unmanaged,
        |change| format!("{} {}", code(&change.registry_type), change.url.as_deref().map(code).unwrap_or_default()),
        &told,
    );
    let unchanged = with(&|action, status| is_over(status) && action == Action::Unchanged);
    fold(
        page,
        &format!("{} unchanged", unchanged.len()),
        &unchanged,
        |change| details(change).iter().map(|line| escape(line)).collect::<Vec<_>>().join("; "),
        &told,
    );
}

fn table(page: &mut Page, heading: &str, rows: &[Row<'_>], told: &Told<'_>) {
    if rows.is_empty() {
        return;
    }
    let has_dates = rows.iter().any(|(change, _)| told.expires(change).is_some());
    let (head, line) = if has_dates { (" Expires |", "---|") } else { ("", "") };
    page.push(&format!("### {heading}\n\n| | Change | Registry | Details |{head}\n|:-:|---|---|---|{line}\n"));
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    page.push_all(rows.iter().map(|(change, outcome)| {
        let gist = outcome.error.as_ref().map(Trouble::gist);
        let first = gist.as_ref().and_then(|gist| known.get(gist).cloned());
        if let (Some(gist), None) = (gist, &first) {
            known.insert(gist, change.title());
        }
        let expires =
            if has_dates { format!(" {} |", told.expires(change).unwrap_or_default()) } else { String::new() };
        row(change, outcome, first.as_deref(), &told.doubts(change), &expires)
    }));
    page.push("\n");
}

/// An error is told in the first row that it is in; `first` is whose that was.
fn row(change: &Change, outcome: &Outcome, first: Option<&str>, doubts: &[String], expires: &str) -> String {
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
        "| {} | {}{what} | {}<br>{} | {} |{expires}\n",
        escape(symbol(change.action(), outcome.status)),
        change.action().as_str(),
        code(&change.registry_type),
        change.url.as_deref().map(code).unwrap_or_default(),
        notes.join("<br>")
    )
}

/// What GitHub can't show is sent again. That is true of all of them, and said once.
fn resends(page: &mut Page, rows: &[Row<'_>], told: &Told<'_>) {
    let is_done = rows.iter().any(|(_, outcome)| outcome.status == Status::Applied);
    let verb = if is_done { "resent" } else { "to resend" };
    let title = format!("{} {verb}: secrets and repository selections, which GitHub never shows", rows.len());
    fold(
        page,
        &title,
        rows,
        |change| {
            let values = change.write_only.iter().map(|value| format!("{}: {}", value.key(), source(change, *value)));
            values.chain(change.remarks.iter().cloned()).map(|line| escape(&line)).collect::<Vec<_>>().join("; ")
        },
        told,
    );
}

/// A list that a reader opens when they want to.
fn fold(page: &mut Page, title: &str, rows: &[Row<'_>], line: impl Fn(&Change) -> String, told: &Told<'_>) {
    if rows.is_empty() {
        return;
    }
    page.push(&format!("<details><summary>{title}</summary>\n\n"));
    page.push_all(rows.iter().map(|(change, _)| {
        let doubts = told.doubts(change).into_iter().map(|doubt| format!("**{}**", escape(&doubt)));
        let expires = told.expires(change).map(|expires| format!("expires {expires}"));
        let lines = std::iter::once(line(change)).filter(|line| !line.is_empty());
        let notes: Vec<String> = lines.chain(expires).chain(doubts).collect();
        let notes = if notes.is_empty() { String::new() } else { format!(": {}", notes.join("; ")) };
        format!("- {}{notes}\n", code(&change.title()))
    }));
    page.push("\n</details>\n\n");
}
