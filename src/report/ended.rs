//! What a run keeps of an organization once it has ended: with three hundred of them, the whole reports would take too much
//! memory.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

use super::result::json;
use super::summary::{has_something_to_say, outcome, urgency};
use super::{Expiring, Report, Shown};
use crate::exit::Exit;

/// An organization that has ended. Nothing in it is a secret.
#[derive(Debug)]
pub struct Ended {
    pub(super) org: String,
    pub(super) exit: Exit,
    pub(super) changed: bool,
    pub(super) drift: Option<bool>,
    pub(super) counts: BTreeMap<&'static str, usize>,
    pub(super) skipped: usize,
    pub(super) plan_id: Option<String>,
    pub(super) needs: Vec<String>,
    pub(super) expiring: Vec<Expiring>,
    /// The order in the summary: the highest first.
    pub(super) urgency: usize,
    /// The outcome in a few words.
    pub(super) outcome: String,
    /// What is left of the document where that of the run is too large for an output.
    pub(super) short: Box<RawValue>,
    /// The whole document, unless that of the run has become too large.
    pub(super) document: Option<Box<RawValue>>,
    /// How many bytes it has, or had.
    pub(super) size: usize,
    /// Only where the summary or an output shows more than the outcome.
    pub(super) report: Option<Box<Report>>,
}

impl Ended {
    /// Takes the secrets out of a report, and keeps what the run still needs of it.
    pub fn new(mut report: Report, redact: impl Fn(&str) -> String) -> Self {
        report.redact(redact);
        let document = report.document();
        let (short, document) = (raw(&document.short()), raw(&document));
        let is_shown = has_something_to_say(&report) || !report.checks.is_empty();
        Self {
            org: report.org.clone(),
            exit: report.exit,
            changed: report.changed(),
            drift: report.drift(),
            counts: report.counts(),
            skipped: report.skipped(),
            plan_id: report.plan_id().map(str::to_owned),
            needs: report.needs.clone(),
            expiring: report.expiring.clone(),
            urgency: urgency(&report),
            outcome: outcome(&report),
            short,
            size: document.get().len(),
            document: Some(document),
            report: (is_shown || !matches!(report.shown, Shown::Nothing)).then(|| Box::new(report)),
        }
    }

    /// How many bytes its document has, even if it has been dropped.
    pub const fn size(&self) -> usize {
        self.size
    }

    /// Keeps its document in short only.
    pub fn drop_document(&mut self) {
        self.document = None;
    }

    /// The organization's name.
    pub fn org(&self) -> &str {
        &self.org
    }

    /// The id of its plan, if it has one.
    pub fn plan_id(&self) -> Option<&str> {
        self.plan_id.as_deref()
    }

    /// How many of its changes were skipped.
    pub const fn skipped(&self) -> usize {
        self.skipped
    }

    /// What it was asked to show, such as an exported manifest.
    pub fn shown(&self) -> &Shown {
        self.report.as_ref().map_or(&Shown::Nothing, |report| &report.shown)
    }

    /// Adds a fact for the summary.
    pub fn add_fact(&mut self, fact: String) {
        if let Some(report) = &mut self.report {
            report.facts.push(fact);
        }
    }

    /// The line of the log for an organization that is done.
    pub fn line(&self) -> String {
        match self.exit {
            Exit::Done | Exit::Drift => self.outcome.clone(),
            exit => format!("{}: {}", exit.as_str(), self.outcome),
        }
    }
}

fn raw(document: &impl Serialize) -> Box<RawValue> {
    RawValue::from_string(json(document)).unwrap_or_else(|_| RawValue::NULL.to_owned())
}
