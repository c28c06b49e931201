//! The job summary. What needs a decision comes first; the rest is collapsed and counted.

mod changes;
mod checks;
mod fleet;
mod page;

use super::markdown::{code, escape};
use super::{Report, totals};
use crate::diagnostics::Diagnostic;
use crate::inputs::Operation;
use crate::rules::{CodeScanning, Dependabot};
pub(super) use fleet::{has_something_to_say, of_fleet, outcome, urgency};
use page::Page;
pub use page::Place;

/// Returns the whole summary of one organization, cut to the size that fits the place.
pub fn summary(report: &Report, place: Place) -> String {
    let mut page = Page::new(place);
    let operation = report.operation.map_or("run", Operation::as_str);
    page.push(&format!("## Private registries: {operation}{}\n\n", of_org(report)));
    if report.dry_run {
        page.push(DRY_RUN);
    }
    section(&mut page, report);
    needs(&mut page, &report.needs);
    page.finish()
}

const DRY_RUN: &str = "Dry run: only GET requests were sent.\n\n";

/// Adds everything about one organization.
fn section(page: &mut Page, report: &Report) {
    if report.plan.is_some() {
        page.push(&format!("**{}**\n\n", escape(&sentence(report))));
    }
    alert(page, "CAUTION", &report.errors);
    alert(page, "WARNING", &report.warnings);
    page.push_notes(report.facts.iter().map(|fact| format!("{}\n\n", escape(fact))));
    checks::push(page, report);
    if let Some(plan) = &report.plan {
        changes::push(page, report);
        if !plan.id.is_empty() {
            page.push(&format!("plan-id: {}\n\n", code(&plan.id)));
        }
    } else if matches!(report.operation, Some(Operation::List | Operation::Get | Operation::Export)) {
        registries(page, report);
    }
}

fn of_org(report: &Report) -> String {
    if report.org.is_empty() { String::new() } else { format!(" of {}", code(&report.org)) }
}

/// Returns the most important sentence: what changes, and how many configurations nobody could use afterwards.
fn sentence(report: &Report) -> String {
    let is_useless = |consumers: &crate::rules::Consumers| {
        consumers.dependabot.verdict == Dependabot::No && consumers.code_scanning.verdict != CodeScanning::Yes
    };
    let useless = report.assessments.iter().filter(|assessment| is_useless(&assessment.consumers)).count();
    let useless = match useless {
        0 => String::new(),
        number => format!("; {number} that neither Dependabot nor code scanning can use"),
    };
    capitalized(&totals(report)) + &useless
}

/// Adds an alert of GitHub's Markdown, with a paragraph for each message.
fn alert(page: &mut Page, kind: &str, messages: &[Diagnostic]) {
    if !messages.is_empty() {
        page.push(&format!("> [!{kind}]\n"));
        page.push_notes(messages.iter().map(|message| format!("> {}\n>\n", escape(&message.text_with_location()))));
        page.push("\n");
    }
}

/// Adds the variables that an apply needs, as a block that can be copied into a workflow.
fn needs(page: &mut Page, variables: &[String]) {
    if variables.is_empty() {
        return;
    }
    let number = match variables.len() {
        1 => "1 environment variable".to_owned(),
        number => format!("{number} environment variables"),
    };
    // The name of a variable contains no markup.
    let lines = variables.iter().map(|variable| format!("  {variable}: ${{{{ secrets.{variable} }}}}\n"));
    page.push_block(&format!(
        "<details><summary>{number} that an apply needs</summary>\n\n```yaml\nenv:\n{}```\n\n</details>\n\n",
        lines.collect::<String>()
    ));
}

fn registries(page: &mut Page, report: &Report) {
    let registries = report.registries();
    if registries.is_empty() {
        if report.errors.is_empty() {
            page.push("No configurations.\n\n");
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
        page.push_notes(doubts.into_iter());
        page.push("\n");
    }
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Change, Plan, Step};

    #[test]
    fn what_is_cut_is_counted_and_leaves_nothing_open() {
        let change = Change { label: Some("|".repeat(200)), ..Change::default() };
        let plan = Plan { changes: vec![change; 1_000], ..Plan::default() };
        let warnings = vec![Diagnostic::warning("Warning", "it may hurt")];
        let operation = Some(Operation::Plan);
        let report = Report { operation, plan: Some(plan), warnings, ..Report::default() };
        for (place, limit) in [(Place::Step, 1024 * 1024), (Place::Comment, 65_536)] {
            let page = summary(&report, place);
            let shown = page.matches("\n- <code>").count();
            let (list, end) = page.split_once("</details>").unwrap();
            assert!(page.len() < limit && list.contains("1000 unchanged"), "{place:?}");
            assert!(page.len() > limit - 8192, "{place:?}: more would fit: {}", page.len());
            assert!(end.contains(&format!("**{} more are left out", 1_000 - shown)), "{end}");
        }
    }

    #[test]
    fn only_changes_are_counted_and_the_variables_are_all_there_or_not_at_all() {
        for (changes, variables, warnings) in [
            (0, 1, 0),
            (10, 10, 10),
            (300, 300, 80),
            (300, 3, 0),
            (1_000, 1, 900),
            (5, 2_000, 1),
            (0, 0, 6_000),
            (10, 2, 6_000),
        ] {
            let change = |n| Change {
                label: Some(format!("entry-{n}-{}", "x".repeat(200))),
                step: Step::Delete,
                ..Change::default()
            };
            let plan = Plan { changes: (0..changes).map(change).collect(), ..Plan::default() };
            let report = Report {
                operation: Some(Operation::Plan),
                plan: Some(plan),
                warnings: (0..warnings).map(|n| Diagnostic::warning("Warning", format!("warning {n}"))).collect(),
                needs: (0..variables).map(|n| format!("TOKEN_{n}")).collect(),
                ..Report::default()
            };
            let page = summary(&report, Place::Comment);
            let shown = |beginning: &str| page.matches(beginning).count();
            let case = format!("{changes} {variables} {warnings}: {page}");
            assert!(page.len() < 65_536, "{case}");
            let left_out = changes - shown("<code>entry-");
            assert_eq!(page.contains(&format!("**{left_out} more are left out")), left_out > 0, "{case}");
            assert_eq!(shown(" more are left out"), usize::from(left_out > 0), "{case}");
            assert_eq!(shown("env:"), usize::from(shown(": ${{ secrets.TOKEN_") > 0), "{case}");
            assert!([0, variables].contains(&shown(": ${{ secrets.TOKEN_")), "{case}");
            let is_cut = left_out > 0 || shown("secrets.TOKEN_") < variables || shown("> warning ") < warnings;
            assert_eq!(page.contains(" left out, because "), is_cut, "{case}");
        }
    }
}
