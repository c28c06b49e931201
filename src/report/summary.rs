//! The job summary: what a reviewer decides from, failures first.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::log::details;
use super::markdown::{code, escape};
use super::{Report, symbol, totals};
use crate::apply::{Outcome, Status, Trouble};
use crate::inputs::Operation;
use crate::plan::{Action, Change};
use crate::registry::LiveRegistry;

/// The runner drops a summary of more than 1 MiB whole; this leaves room for what follows the cut.
const LIMIT: usize = 1024 * 1024 - 4096;

/// The whole summary.
pub fn summary(report: &Report) -> String {
    let mut page = Page::default();
    let operation = report.operation.map_or("run", Operation::as_str);
    page.push(&format!("## Private registries: {operation}{}\n\n", of_org(report)));
    if report.dry_run {
        page.push("Dry run: nothing was sent but GET requests.\n\n");
    }
    alert(&mut page, "CAUTION", &report.errors);
    page.push_all(report.facts.iter().map(|fact| format!("{}\n\n", escape(fact))));
    if let Some(plan) = &report.plan {
        page.push(&format!("**{}**\n\n", escape(&capitalized(&totals(report)))));
        changes(&mut page, report);
        unchanged(&mut page, report);
        if !plan.id.is_empty() {
            page.push(&format!("plan-id: {}\n\n", code(&plan.id)));
        }
    } else if matches!(report.operation, Some(Operation::List | Operation::Get | Operation::Export)) {
        registries(&mut page, report);
    }
    alert(&mut page, "WARNING", &report.warnings);
    page.finish()
}

fn of_org(report: &Report) -> String {
    if report.org.is_empty() { String::new() } else { format!(" of {}", code(&report.org)) }
}

/// A quoted block in GitHub's alert form, one paragraph a message.
fn alert(page: &mut Page, kind: &str, messages: &[String]) {
    if !messages.is_empty() {
        page.push(&format!("> [!{kind}]\n"));
        page.push_all(messages.iter().map(|message| format!("> {}\n>\n", escape(message))));
        page.push("\n");
    }
}

fn changes(page: &mut Page, report: &Report) {
    let mut rows: Vec<(&Change, &Outcome)> =
        report.changes().filter(|(change, _)| change.action() != Action::Unchanged).collect();
    rows.sort_by_key(|(_, outcome)| match outcome.status {
        Status::Failed => 0,
        Status::Skipped => 1,
        Status::Applied | Status::Planned => 2,
    });
    if !rows.is_empty() {
        page.push("| | Change | Registry | Details |\n|:-:|---|---|---|\n");
        let assessed = report.assessed();
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
}

/// An error is told in the first row that it is in; `first` is whose that was.
fn row(change: &Change, outcome: &Outcome, first: Option<&str>, doubts: &[String]) -> String {
    let status = match outcome.status {
        Status::Failed => " **failed**",
        Status::Skipped => " **not tried**",
        Status::Applied | Status::Planned => "",
    };
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
        "| {} | {}{status}{what} | {}<br>{} | {} |\n",
        escape(symbol(change.action(), outcome.status)),
        change.action().as_str(),
        code(&change.registry_type),
        change.url.as_deref().map(code).unwrap_or_default(),
        notes.join("<br>")
    )
}

fn unchanged(page: &mut Page, report: &Report) {
    let unchanged: Vec<_> = report.changes().filter(|(change, _)| change.action() == Action::Unchanged).collect();
    if !unchanged.is_empty() {
        page.push(&format!("<details><summary>{} unchanged</summary>\n\n", unchanged.len()));
        let assessed = report.assessed();
        page.push_all(unchanged.iter().map(|(change, _)| {
            let lines = details(change).into_iter().chain(assessed.doubts(change));
            let notes: Vec<String> = lines.map(|line| escape(&line)).collect();
            let notes = if notes.is_empty() { String::new() } else { format!(": {}", notes.join("; ")) };
            format!("- {}{notes}\n", code(&change.title()))
        }));
        page.push("\n</details>\n\n");
    }
}

fn registries(page: &mut Page, report: &Report) {
    let registries: Vec<LiveRegistry> =
        report.registries.iter().filter_map(|raw| LiveRegistry::from_json(raw.clone()).ok()).collect();
    if registries.is_empty() {
        if report.errors.is_empty() {
            page.push("No configuration.\n\n");
        }
        return;
    }
    page.push("| Name | Type | Url | Authentication | Visibility | Updated |\n|---|---|---|---|---|---|\n");
    page.push_all(registries.iter().map(|live| {
        let text = |key: &str| live.raw.get(key).and_then(serde_json::Value::as_str).map(code).unwrap_or_default();
        let user = live.username.as_deref().map(|user| format!(" as {}", code(user))).unwrap_or_default();
        format!(
            "| {} | {} | {} | {}{user} | {} | {} |\n",
            code(&live.name),
            code(&live.registry_type),
            text("url"),
            text("auth_type"),
            code(&live.visibility),
            text("updated_at")
        )
    }));
    page.push("\nSecrets and selected repositories are never shown by GitHub.\n\n");
    let doubts = report.assessments.iter().flat_map(|assessment| {
        let name = assessment.name.as_deref().map(code).unwrap_or_default();
        assessment.doubts().into_iter().map(move |doubt| format!("- {name}: {}\n", escape(&doubt)))
    });
    let doubts: Vec<String> = doubts.collect();
    if !doubts.is_empty() {
        page.push("Who can't use them, or may not be able to:\n\n");
        page.push_all(doubts.into_iter());
        page.push("\n");
    }
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// A summary that stays below the runner's limit: the pieces of a list are left out where they would pass it, and
/// counted; what frames them has a reserve.
#[derive(Default)]
struct Page {
    text: String,
    left_out: usize,
}

impl Page {
    /// Adds what frames a list.
    fn push(&mut self, piece: &str) {
        self.text.push_str(piece);
    }

    /// Adds the pieces of a list, each whole or, after the first that does not fit, not at all.
    fn push_all(&mut self, pieces: impl Iterator<Item = String>) {
        for piece in pieces {
            if self.left_out == 0 && self.text.len() + piece.len() <= LIMIT {
                self.text.push_str(&piece);
            } else {
                self.left_out += 1;
            }
        }
    }

    fn finish(mut self) -> String {
        if self.left_out > 0 {
            let _ = write!(
                self.text,
                "\n**{} more are left out, because a summary may have 1 MiB: see the log or `result`.**\n",
                self.left_out
            );
        }
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;

    #[test]
    fn what_is_cut_is_counted_and_leaves_nothing_open() {
        let change = Change { label: Some("|".repeat(200)), ..Change::default() };
        let plan = Plan { changes: vec![change; 1_000], ..Plan::default() };
        let warnings = vec!["it may hurt".to_owned()];
        let operation = Some(Operation::Plan);
        let page = summary(&Report { operation, plan: Some(plan), warnings, ..Report::default() });
        let shown = page.matches("\n- <code>").count();
        let (list, end) = page.split_once("</details>").unwrap();
        assert!(page.len() < 1024 * 1024 && list.contains("1000 unchanged"));
        assert!(end.contains(&format!("**{} more are left out", 1_000 - shown + 1)), "{end}");
    }
}
