//! The changes of a plan: failures first, then deletes and replaces, then the rest. What needs no decision is
//! collapsed.

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

/// What is known about the entries besides their changes.
#[derive(Clone, Copy)]
struct Context<'a> {
    assessed: &'a Assessed<'a>,
    expiries: &'a Expiries<'a>,
}

impl Context<'_> {
    fn doubts(&self, change: &Change) -> Vec<String> {
        self.assessed.doubts(change)
    }

    /// Returns the last day of its credential, if it is known.
    fn expires(&self, change: &Change) -> Option<String> {
        self.expiries.of(change.label.as_deref()).map(|expiring| escape(&expiring.text()))
    }
}

/// Adds all changes.
pub(super) fn push(page: &mut Page, report: &Report) {
    let (assessed, expiries) = (report.assessed(), Expiries::new(&report.expiring));
    let context = Context { assessed: &assessed, expiries: &expiries };
    let rows: Vec<Row<'_>> = report.changes().collect();
    let with = |wanted: &dyn Fn(Action, Status) -> bool| -> Vec<Row<'_>> {
        rows.iter().copied().filter(|(change, outcome)| wanted(change.action(), outcome.status)).collect()
    };
    let succeeds = |status| matches!(status, Status::Applied | Status::Planned);
    table(page, "Failed", &with(&|_, status| status == Status::Failed), &context);
    table(page, "Skipped", &with(&|_, status| status == Status::Skipped), &context);
    let removes = |action, status| succeeds(status) && matches!(action, Action::Delete | Action::Replace);
    table(page, "Deletes and replaces", &with(&removes), &context);
    let changes = |action, status| succeeds(status) && matches!(action, Action::Update | Action::Create);
    table(page, "Updates and creates", &with(&changes), &context);
    resends(page, &with(&|action, status| succeeds(status) && action == Action::Resend), &context);
    let unmanaged = with(&|action, status| succeeds(status) && action == Action::Unmanaged);
    fold(
        page,
        &format!("{} unmanaged: not in the manifest, left alone", unmanaged.len()),
        &unmanaged,
        |change| format!("{} {}", code(&change.registry_type), change.url.as_deref().map(code).unwrap_or_default()),
        &context,
    );
    let unchanged = with(&|action, status| succeeds(status) && action == Action::Unchanged);
    fold(
        page,
        &format!("{} unchanged", unchanged.len()),
        &unchanged,
        |change| details(change).iter().map(|line| escape(line)).collect::<Vec<_>>().join("; "),
        &context,
    );
}

fn table(page: &mut Page, heading: &str, rows: &[Row<'_>], context: &Context<'_>) {
    if rows.is_empty() {
        return;
    }
    let has_dates = rows.iter().any(|(change, _)| context.expires(change).is_some());
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
            if has_dates { format!(" {} |", context.expires(change).unwrap_or_default()) } else { String::new() };
        row(change, outcome, first.as_deref(), &context.doubts(change), &expires)
    }));
    page.push("\n");
}

/// Formats a row of a table. Only the first row with an error has its headline; `first` is the title of that row, for
/// the others.
fn row(change: &Change, outcome: &Outcome, first: Option<&str>, doubts: &[String], expires: &str) -> String {
    // A change with neither label nor name is identified by its type and url, in the next cell.
    let names = [change.label.as_ref(), outcome.name.as_ref().or(change.name.as_ref())];
    let what = names.into_iter().flatten().fold(String::new(), |what, name| format!("{what}<br>{}", code(name)));
    // The headline is enough, because the whole error is shown above the table.
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

/// Adds the resends. The reason is the same for all of them, so it is in the heading.
fn resends(page: &mut Page, rows: &[Row<'_>], context: &Context<'_>) {
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
        context,
    );
}

/// Adds a list that is collapsed.
fn fold(page: &mut Page, title: &str, rows: &[Row<'_>], line: impl Fn(&Change) -> String, context: &Context<'_>) {
    if rows.is_empty() {
        return;
    }
    page.push(&format!("<details><summary>{title}</summary>\n\n"));
    page.push_all(rows.iter().map(|(change, _)| {
        let doubts = context.doubts(change).into_iter().map(|doubt| format!("**{}**", escape(&doubt)));
        let expires = context.expires(change).map(|expires| format!("expires {expires}"));
        let lines = std::iter::once(line(change)).filter(|line| !line.is_empty());
        let notes: Vec<String> = lines.chain(expires).chain(doubts).collect();
        let notes = if notes.is_empty() { String::new() } else { format!(": {}", notes.join("; ")) };
        format!("- {}{notes}\n", code(&change.title()))
    }));
    page.push("\n</details>\n\n");
}
