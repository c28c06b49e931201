//! What a run keeps of an organization whose work has ended. The whole reports of three hundred organizations would
//! take too much memory.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

use super::result::json;
use super::summary::{has_something_to_say, outcome, urgency};
use super::{Documents, Expiring, Report, Shown};
use crate::exit::Exit;

/// The outcome of an organization whose work has ended. Secrets have been redacted.
#[derive(Debug)]
pub struct Ended {
    pub(super) org: String,
    pub(super) exit: Exit,
    pub(super) changed: bool,
    pub(super) drift: Option<bool>,
    pub(super) counts: BTreeMap<&'static str, usize>,
    pub(super) skipped: usize,
    pub(super) needs: Vec<String>,
    pub(super) expiring: Vec<Expiring>,
    /// The position in the summary: the highest comes first.
    pub(super) urgency: usize,
    /// The outcome in a few words.
    pub(super) outcome: String,
    /// The short `result` document, used if that of the whole run is too large for an output.
    pub(super) short: Box<RawValue>,
    /// The whole `result` document; `None` if that of the whole run has become too large.
    pub(super) document: Option<Box<RawValue>>,
    /// The report; `None` unless the summary or an output shows more than the outcome.
    pub(super) report: Option<Box<Report>>,
}

impl Ended {
    /// Redacts a report, and keeps what the run still needs of it; of its document, what `documents` keeps.
    pub fn new(mut report: Report, redact: impl Fn(&str) -> String, documents: &Documents) -> Self {
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
            needs: report.needs.clone(),
            expiring: report.expiring.clone(),
            urgency: urgency(&report),
            outcome: outcome(&report),
            short,
            document: documents.keep(document),
            report: (is_shown || !matches!(report.shown, Shown::Nothing)).then(|| Box::new(report)),
        }
    }

    /// Drops the whole document, and keeps the short one.
    pub(super) fn drop_document(&mut self) {
        self.document = None;
    }

    /// Returns the organization's name.
    pub fn org(&self) -> &str {
        &self.org
    }

    /// Returns the number of changes that were skipped.
    pub const fn skipped(&self) -> usize {
        self.skipped
    }

    /// Returns what the operation shows, such as an exported manifest.
    pub fn shown(&self) -> &Shown {
        self.report.as_ref().map_or(&Shown::Nothing, |report| &report.shown)
    }

    /// Adds a fact to the summary, if the report was kept.
    pub fn add_fact(&mut self, fact: String) {
        if let Some(report) = &mut self.report {
            report.facts.push(fact);
        }
    }

    /// Returns the outcome for the log, with the status unless the run succeeded.
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
