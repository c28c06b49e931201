//! The results of checking credentials, as they are shown in the `result` document and the output `checks`.

use serde::Serialize;

use super::result::json;
use super::{Fleet, Report};
use crate::probe::Check;

/// `check` in the `result` document: `{"verdict", "why"}`.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct CheckDocument<'a> {
    verdict: &'static str,
    why: &'a str,
}

impl<'a> CheckDocument<'a> {
    pub(super) fn of(Check { verdict, why }: &'a Check) -> Self {
        Self { verdict: verdict.as_str(), why }
    }
}

/// One item of the output `checks`.
#[derive(Serialize)]
struct CheckedDocument<'a> {
    label: Option<&'a str>,
    #[serde(flatten)]
    check: CheckDocument<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organizations: Option<Vec<&'a str>>,
}

impl Report {
    /// Returns the output `checks`: every credential that was tried, in the order of the entries or changes.
    pub(super) fn checked(&self) -> String {
        json(&self.checked_documents().collect::<Vec<_>>())
    }

    fn checked_documents(&self) -> impl Iterator<Item = CheckedDocument<'_>> {
        self.checks.iter().map(|(index, check)| {
            let label = match &self.plan {
                Some(plan) => plan.changes.get(*index).and_then(|change| change.label.as_deref()),
                None => self.assessments.get(*index).and_then(|entry| entry.label.as_deref()),
            };
            CheckedDocument { label, check: CheckDocument::of(check), organizations: None }
        })
    }
}

impl Fleet {
    /// Returns the output `checks` for several organizations. Equal items are listed once, with all their
    /// organizations.
    pub(super) fn checked(&self) -> String {
        let mut items: Vec<CheckedDocument<'_>> = Vec::new();
        for report in self.reports() {
            for CheckedDocument { label, check, organizations: _ } in report.checked_documents() {
                let same = items.iter_mut().find(|item| item.label == label && item.check == check);
                match same.and_then(|item| item.organizations.as_mut()) {
                    Some(organizations) => organizations.push(&report.org),
                    None => items.push(CheckedDocument { label, check, organizations: Some(vec![&report.org]) }),
                }
            }
        }
        json(&items)
    }

    /// Reports whether any credential was tried.
    pub(super) fn has_checks(&self) -> bool {
        self.reports().any(|report| !report.checks.is_empty())
    }
}
