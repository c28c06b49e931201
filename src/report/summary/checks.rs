//! The results of checking credentials: those that were not accepted, then the others, which are collapsed and counted.

use super::page::Page;
use crate::probe::{Check, Verdict};
use crate::report::Report;
use crate::report::markdown::{code, escape};

/// A credential that was tried, with its entry or change.
struct Row<'a> {
    title: String,
    registry_type: &'a str,
    url: Option<&'a str>,
    check: &'a Check,
}

/// Adds the credentials that were tried.
pub(super) fn push(page: &mut Page, report: &Report) {
    let rows = rows(report);
    // If there is a plan, a cut summary counts its changes, and not its checks.
    let number = usize::from(report.plan.is_none());
    let with = |wanted: Verdict| rows.iter().filter(move |row| row.check.verdict == wanted);
    let doubtful: Vec<&Row<'_>> =
        [Verdict::Refused, Verdict::Unreachable, Verdict::NotProven].into_iter().flat_map(with).collect();
    if !doubtful.is_empty() {
        page.push("### Credentials\n\n| Verdict | Entry | Registry | Why |\n|---|---|---|---|\n");
        for Row { title, registry_type, url, check: Check { verdict, why } } in doubtful {
            let row = format!(
                "| {} | {} | {}<br>{} | {} |\n",
                verdict.as_str(),
                code(title),
                code(registry_type),
                url.map(code).unwrap_or_default(),
                escape(why)
            );
            page.push_piece(&row, number);
        }
        page.push("\n");
    }
    let accepted = with(Verdict::Accepted).count();
    if accepted > 0 {
        page.push(&format!("<details><summary>{accepted} accepted by their registries</summary>\n\n"));
        for Row { title, check, .. } in with(Verdict::Accepted) {
            page.push_piece(&format!("- {}: {}\n", code(title), escape(&check.why)), number);
        }
        page.push("\n</details>\n\n");
    }
}

fn rows(report: &Report) -> Vec<Row<'_>> {
    let row = |(index, check)| {
        let index: usize = index;
        if let Some(plan) = &report.plan {
            let change = plan.changes.get(index)?;
            let url = change.url.as_deref();
            return Some(Row { title: change.title(), registry_type: &change.registry_type, url, check });
        }
        let entry = report.assessments.get(index)?;
        let registry_type = entry.registry_type.as_deref().unwrap_or_default();
        let title = entry.label.clone().unwrap_or_else(|| registry_type.to_owned());
        Some(Row { title, registry_type, url: entry.url.as_deref(), check })
    };
    report.checks.iter().map(|(index, check)| (*index, check)).filter_map(row).collect()
}
