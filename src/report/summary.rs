//! The job summary: what a reviewer decides from, failures first.

use std::fmt::Write as _;

use super::log::details;
use super::markdown::{code, escape};
use super::{Report, symbol, totals};
use crate::apply::{Outcome, Status};
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
    for fact in &report.facts {
        page.push(&format!("{}\n\n", escape(fact)));
    }
    if report.plan.is_some() {
        page.push(&format!("**{}**\n\n", escape(&capitalized(&totals(report)))));
        if report.operation.is_some_and(Operation::writes) && !report.dry_run && !report.has_outcomes() {
            page.push("Nothing was written: this is what was planned.\n\n");
        }
        changes(&mut page, report);
        let id = report.plan.iter().map(|plan| &plan.id).find(|id| !id.is_empty());
        if let Some(id) = id {
            page.push(&format!("plan-id: {}\n\n", code(id)));
        }
    }
    if matches!(report.operation, Some(Operation::List | Operation::Get | Operation::Export)) && report.plan.is_none() {
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
    if messages.is_empty() {
        return;
    }
    page.push(&format!("> [!{kind}]\n"));
    for (index, message) in messages.iter().enumerate() {
        if !page.push(&format!("> {}\n>\n", escape(message))) {
            page.cut(messages.len() - index);
            return;
        }
    }
    page.push("\n");
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
        let total = rows.len();
        for (index, (change, outcome)) in rows.iter().enumerate() {
            if !page.push(&row(change, outcome)) {
                page.cut(total - index);
                return;
            }
        }
        page.push("\n");
    }
    unchanged(page, report);
}

fn row(change: &Change, outcome: &Outcome) -> String {
    let status = match outcome.status {
        Status::Failed => " **failed**",
        Status::Skipped => " **not tried**",
        Status::Applied | Status::Planned => "",
    };
    // What has neither label nor name yet is told by its type and url, in the next cell.
    let names = [change.label.as_ref(), outcome.name.as_ref().or(change.name.as_ref())];
    let what = names.into_iter().flatten().fold(String::new(), |what, name| format!("{what}<br>{}", code(name)));
    // The whole error stands above the table.
    let error = outcome.error.iter().filter_map(|error| error.lines().next());
    let mut notes: Vec<String> = error.map(|error| format!("**{}**", escape(error))).collect();
    notes.extend(details(change).iter().map(|line| escape(line)));
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
    if unchanged.is_empty() {
        return;
    }
    page.push(&format!("<details><summary>{} unchanged</summary>\n\n", unchanged.len()));
    let total = unchanged.len();
    for (index, (change, _)) in unchanged.iter().enumerate() {
        let notes: Vec<String> = details(change).iter().map(|line| escape(line)).collect();
        let notes = if notes.is_empty() { String::new() } else { format!(": {}", notes.join("; ")) };
        if !page.push(&format!("- {}{notes}\n", code(&change.title()))) {
            page.cut(total - index);
            break;
        }
    }
    page.push("\n</details>\n\n");
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
    for (index, live) in registries.iter().enumerate() {
        let text = |key: &str| live.raw.get(key).and_then(serde_json::Value::as_str).map(code).unwrap_or_default();
        let user = live.username.as_deref().map(|user| format!(" as {}", code(user))).unwrap_or_default();
        let row = format!(
            "| {} | {} | {} | {}{user} | {} | {} |\n",
            code(&live.name),
            code(&live.registry_type),
            text("url"),
            text("auth_type"),
            code(&live.visibility),
            text("updated_at")
        );
        if !page.push(&row) {
            page.cut(registries.len() - index);
            return;
        }
    }
    page.push("\nSecrets and selected repositories are never shown by GitHub.\n\n");
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// A summary that stays below the runner's limit.
#[derive(Default)]
struct Page {
    text: String,
    is_cut: bool,
}

impl Page {
    /// Adds a piece whole, or not at all.
    fn push(&mut self, piece: &str) -> bool {
        let fits = !self.is_cut && self.text.len() + piece.len() <= LIMIT;
        if fits {
            self.text.push_str(piece);
        }
        fits
    }

    /// Says that something is left out, once.
    fn cut(&mut self, left_out: usize) {
        if !self.is_cut {
            let _ = write!(
                self.text,
                "\n**{left_out} more are left out, because a summary may have 1 MiB: see the log or `result`.**\n"
            );
            self.is_cut = true;
        }
    }

    fn finish(self) -> String {
        self.text
    }
}
