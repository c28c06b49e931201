//! The `result` document: everything that is known about a run, for programs. Its form is part of the contract.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::Report;
use crate::apply::{Outcome, Trouble};
use crate::inputs::Operation;
use crate::plan::{Action, Change, FieldChange, WriteOnly};
use crate::text::printable_json;

/// A run.
#[derive(Serialize)]
struct Document<'a> {
    operation: Option<&'static str>,
    errors: &'a [String],
    warnings: &'a [String],
    org: &'a str,
    dry_run: bool,
    changed: bool,
    counts: BTreeMap<&'static str, usize>,
    changes: Vec<ChangeDocument<'a>>,
    registries: &'a [Value],
}

/// One change of it.
#[derive(Serialize)]
struct ChangeDocument<'a> {
    action: &'static str,
    label: Option<&'a str>,
    name: Option<&'a str>,
    registry_type: Option<&'a str>,
    url: Option<&'a str>,
    fields: &'a [FieldChange],
    write_only: Vec<&'static str>,
    status: &'static str,
    error: Option<String>,
}

impl Report {
    /// The `result` document, as JSON.
    pub fn result(&self) -> String {
        let Self { operation, org, dry_run, plan: _, outcomes: _, registries, outputs: _, facts: _, errors, warnings } =
            self;
        let mut counts: BTreeMap<_, _> =
            Action::ALL.iter().map(|action| (action.as_str(), self.count(*action))).collect();
        counts.insert("failure", self.failures());
        let document = Document {
            operation: operation.map(Operation::as_str),
            errors,
            warnings,
            org,
            dry_run: *dry_run,
            changed: self.changed(),
            counts,
            changes: self.changes().map(|(change, outcome)| ChangeDocument::new(change, outcome)).collect(),
            registries,
        };
        // Texts, numbers and values can always be written.
        printable_json(&serde_json::to_string(&document).unwrap_or_default())
    }
}

impl<'a> ChangeDocument<'a> {
    fn new(change: &'a Change, outcome: &'a Outcome) -> Self {
        let Change {
            label,
            location: _,
            name,
            registry_type,
            url,
            username: _,
            fields,
            write_only,
            not_sent: _,
            remarks: _,
            step: _,
        } = change;
        let Outcome { status, name: new_name, error, changed: _, registry: _ } = outcome;
        Self {
            action: change.action().as_str(),
            label: label.as_deref(),
            name: new_name.as_deref().or(name.as_deref()),
            registry_type: Some(registry_type.as_str()).filter(|registry_type| !registry_type.is_empty()),
            url: url.as_deref(),
            fields,
            write_only: write_only.iter().copied().map(WriteOnly::as_str).collect(),
            status: status.as_str(),
            error: error.as_ref().map(Trouble::text),
        }
    }
}
