//! The `result` document: the whole outcome of a run, for programs. Its form is part of the public interface.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::assessment::{ConsumersDocument, FindingDocument};
use super::checks::CheckDocument;
use super::expiring::{Expiries, Expiring};
use super::{Assessment, Report};
use crate::apply::{Outcome, Trouble};
use crate::diagnostics::Diagnostic;
use crate::inputs::Operation;
use crate::plan::{Action, Change, FieldChange, WriteOnly};
use crate::probe::Check;
use crate::text::printable_json;

/// The `result` document of one organization.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    operation: Option<&'static str>,
    status: &'static str,
    errors: Vec<String>,
    warnings: Vec<String>,
    org: &'a str,
    dry_run: bool,
    changed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    drift: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan_id: Option<&'a str>,
    counts: BTreeMap<&'static str, usize>,
    changes: Vec<ChangeDocument<'a>>,
    registries: Vec<&'a Value>,
    /// The results of the rules for each configuration of `list`.
    #[serde(skip_serializing_if = "Option::is_none")]
    configurations: Option<Vec<ConfigurationDocument<'a>>>,
}

/// The document without changes and configurations, used if the documents of all organizations don't fit in an output.
#[derive(Serialize)]
pub(super) struct ShortDocument<'a> {
    operation: Option<&'static str>,
    status: &'static str,
    errors: &'a [String],
    org: &'a str,
    changed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    drift: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan_id: Option<&'a str>,
    counts: &'a BTreeMap<&'static str, usize>,
}

impl Document<'_> {
    pub(super) fn short(&self) -> ShortDocument<'_> {
        ShortDocument {
            operation: self.operation,
            status: self.status,
            errors: &self.errors,
            org: self.org,
            changed: self.changed,
            drift: self.drift,
            plan_id: self.plan_id,
            counts: &self.counts,
        }
    }
}

/// One item of `configurations`.
#[derive(Serialize)]
struct ConfigurationDocument<'a> {
    name: Option<&'a str>,
    consumers: ConsumersDocument<'a>,
    findings: Vec<FindingDocument<'a>>,
}

/// One item of `changes`.
#[derive(Serialize)]
struct ChangeDocument<'a> {
    action: Option<&'static str>,
    label: Option<&'a str>,
    name: Option<&'a str>,
    registry_type: Option<&'a str>,
    url: Option<&'a str>,
    fields: &'a [FieldChange],
    write_only: Vec<&'static str>,
    status: Option<&'static str>,
    error: Option<String>,
    consumers: Option<ConsumersDocument<'a>>,
    findings: Vec<FindingDocument<'a>>,
    expires: Option<String>,
    check: Option<CheckDocument<'a>>,
}

/// Returns the whole messages, with their positions.
pub(super) fn texts(diagnostics: &[Diagnostic]) -> Vec<String> {
    diagnostics.iter().map(Diagnostic::text_with_location).collect()
}

/// Formats a document as JSON on one line. Documents consist of texts, numbers and values, so this can't fail.
pub(super) fn json(document: &impl Serialize) -> String {
    printable_json(serde_json::to_string(document).unwrap_or_default())
}

impl Report {
    /// Returns the `result` document as JSON.
    pub fn result(&self) -> String {
        json(&self.document())
    }

    /// Returns `counts` of the document.
    pub(super) fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts: BTreeMap<_, _> =
            Action::ALL.iter().map(|action| (action.as_str(), self.count(*action))).collect();
        counts.insert("failure", self.failures());
        counts
    }

    /// Returns the `result` document.
    pub(super) fn document(&self) -> Document<'_> {
        let Self {
            operation,
            org,
            dry_run,
            only_reports: _,
            exit,
            plan: _,
            outcomes: _,
            assessments: _,
            expiring: _,
            needs: _,
            checks: _,
            shown: _,
            facts: _,
            errors,
            warnings,
        } = self;
        Document {
            operation: operation.map(Operation::as_str),
            status: exit.as_str(),
            errors: texts(errors),
            warnings: texts(warnings),
            org,
            dry_run: *dry_run,
            changed: self.changed(),
            drift: self.drift(),
            plan_id: self.plan_id(),
            counts: self.counts(),
            changes: self.change_documents(),
            registries: self.registries().into_iter().map(|live| &live.raw).collect(),
            configurations: (*operation == Some(Operation::List)).then(|| self.configuration_documents()),
        }
    }

    /// Returns the changes of the plan; for `validate` and `check`, which have no plan, the entries.
    fn change_documents<'a>(&'a self) -> Vec<ChangeDocument<'a>> {
        let expiries = Expiries::new(&self.expiring);
        if matches!(self.operation, Some(Operation::Validate | Operation::Check)) {
            let of_entry = |(index, entry): (usize, &'a Assessment)| {
                ChangeDocument::of_entry(entry, expiries.of(entry.label.as_deref()), self.checks.get(&index))
            };
            return self.assessments.iter().enumerate().map(of_entry).collect();
        }
        let assessed = self.assessed();
        let document = |(index, (change, outcome)): (usize, (&'a Change, &'a Outcome))| {
            let expiring = expiries.of(change.label.as_deref());
            ChangeDocument::new(change, outcome, assessed.of(change), expiring, self.checks.get(&index))
        };
        self.changes().enumerate().map(document).collect()
    }

    fn configuration_documents(&self) -> Vec<ConfigurationDocument<'_>> {
        let documents = self.assessments.iter().map(|assessment| ConfigurationDocument {
            name: assessment.name.as_deref(),
            consumers: assessment.consumers_document(),
            findings: assessment.findings_document(),
        });
        documents.collect()
    }
}

impl<'a> ChangeDocument<'a> {
    fn new(
        change: &'a Change,
        outcome: &'a Outcome,
        assessment: Option<&'a Assessment>,
        expiring: Option<&Expiring>,
        check: Option<&'a Check>,
    ) -> Self {
        let Change {
            label,
            location: _,
            name,
            registry_type,
            auth_type: _,
            url,
            username: _,
            fields,
            write_only,
            not_sent: _,
            remarks: _,
            withheld: _, // the outcome's error has the reason
            step: _,
        } = change;
        let Outcome { status, name: new_name, error, changed: _, registry: _ } = outcome;
        Self {
            action: Some(change.action().as_str()),
            label: label.as_deref(),
            name: new_name.as_deref().or(name.as_deref()),
            registry_type: Some(registry_type.as_str()).filter(|registry_type| !registry_type.is_empty()),
            url: url.as_deref(),
            fields,
            write_only: write_only.iter().copied().map(WriteOnly::as_str).collect(),
            status: Some(status.as_str()),
            error: error.as_ref().map(Trouble::text),
            consumers: assessment.map(Assessment::consumers_document),
            findings: assessment.map(Assessment::findings_document).unwrap_or_default(),
            expires: expiring.map(|expiring| expiring.last.to_string()),
            check: check.map(CheckDocument::of),
        }
    }

    /// Describes an entry that is not compared with GitHub.
    fn of_entry(assessment: &'a Assessment, expiring: Option<&Expiring>, check: Option<&'a Check>) -> Self {
        Self {
            action: None,
            label: assessment.label.as_deref(),
            name: assessment.name.as_deref(),
            registry_type: assessment.registry_type.as_deref(),
            url: assessment.url.as_deref(),
            fields: &[],
            write_only: Vec::new(),
            status: None,
            error: None,
            consumers: Some(assessment.consumers_document()),
            findings: assessment.findings_document(),
            expires: expiring.map(|expiring| expiring.last.to_string()),
            check: check.map(CheckDocument::of),
        }
    }
}
