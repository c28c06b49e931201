//! Reports what a run is going to do or has done, as text for the log, outputs, the `result` document and the job
//! summary. Pure: it turns plans and outcomes into text, and writes nothing itself.

mod assessment;
mod checks;
mod ended;
mod expiring;
mod fleet;
mod harmless;
mod markdown;
pub mod outputs;
mod plan_text;
mod redact;
mod result;
mod shown;
mod summary;

use std::collections::BTreeMap;

use serde_json::Value;

use assessment::Assessed;
pub use assessment::{Assessment, Found};
pub use ended::Ended;
pub use expiring::Expiring;
pub use fleet::{Documents, Fleet, Installation};
pub use plan_text::{differences, plan_text, plan_totals, totals};
pub use redact::live as redact_live;
pub use shown::Shown;
pub use summary::{Place, summary};

use crate::apply::{Outcome, Status};
use crate::diagnostics::Diagnostic;
use crate::exit::Exit;
use crate::inputs::Operation;
use crate::plan::{Action, Change, Plan};
use crate::probe::Check;
use crate::registry::LiveRegistry;

/// The report of a run on one organization, whether it has succeeded or not.
#[derive(Debug, Default)]
pub struct Report {
    /// The operation; `None` if the input names none.
    pub operation: Option<Operation>,
    /// The organization; empty if it is not known.
    pub org: String,
    /// Whether this is a dry run of an operation that writes.
    pub dry_run: bool,
    /// Whether nothing may be written: a plan, or a dry run.
    pub only_reports: bool,
    /// How the run ended.
    pub exit: Exit,
    /// The plan; `None` if none was made.
    pub plan: Option<Plan>,
    /// The outcomes of the plan's changes, in the plan's order; empty if the run ended before it had any.
    pub outcomes: Vec<Outcome>,
    /// The results of the rules for the entries and for live configurations.
    pub assessments: Vec<Assessment>,
    /// The entries whose credentials expire on a known day, the earliest first.
    pub expiring: Vec<Expiring>,
    /// The environment variables that an apply needs; empty unless the run only reports.
    pub needs: Vec<String>,
    /// The results of checking credentials, by the index of the change in the plan; without a plan, of the entry.
    pub checks: BTreeMap<usize, Check>,
    /// What the operation shows, such as a list.
    pub shown: Shown,
    /// Facts about the run, shown in the summary.
    pub facts: Vec<String>,
    /// The errors that make the run fail.
    pub errors: Vec<Diagnostic>,
    /// The warnings; notices are only printed.
    pub warnings: Vec<Diagnostic>,
}

/// The outcome of a change that has not been attempted.
static PLANNED: Outcome = Outcome { status: Status::Planned, name: None, error: None, changed: false, registry: None };

impl Report {
    /// Returns the changes of the plan with their outcomes.
    pub fn changes(&self) -> impl Iterator<Item = (&Change, &Outcome)> {
        let plan = self.plan.iter().flat_map(|plan| &plan.changes);
        plan.enumerate().map(|(index, change)| (change, self.outcomes.get(index).unwrap_or(&PLANNED)))
    }

    /// Returns the results of the rules, to be looked up by change.
    fn assessed(&self) -> Assessed<'_> {
        Assessed::new(&self.assessments)
    }

    /// Reports whether the outcomes are those of a run that may write, and no forecast.
    pub fn has_outcomes(&self) -> bool {
        !self.only_reports && !self.outcomes.is_empty()
    }

    /// Reports whether GitHub was changed or, in a plan or dry run, would be.
    pub fn changed(&self) -> bool {
        if self.has_outcomes() {
            return self.outcomes.iter().any(|outcome| outcome.changed);
        }
        // If the run was to write and has no outcomes, nothing was changed.
        self.only_reports && self.plan.as_ref().is_some_and(Plan::writes)
    }

    /// Reports whether the operation works with the plan of a manifest.
    fn follows_manifest(&self) -> bool {
        self.operation.is_some_and(Operation::follows_manifest)
    }

    /// Reports whether GitHub differs from the manifest; `None` if that is not known.
    pub fn drift(&self) -> Option<bool> {
        self.plan.as_ref().filter(|_| self.follows_manifest()).map(Plan::has_drift)
    }

    /// Returns the plan's id, if it has one.
    pub fn plan_id(&self) -> Option<&str> {
        let id = self.plan.as_ref().map(|plan| plan.id.as_str());
        id.filter(|id| !id.is_empty())
    }

    /// Returns the number of changes with an action that were applied or, if the plan was not carried out, are planned.
    pub fn count(&self, action: Action) -> usize {
        let expected = if self.has_outcomes() { Status::Applied } else { Status::Planned };
        // Unmanaged configurations are left alone, whatever the outcome of the rest.
        let counts = |outcome: &Outcome| outcome.status == expected || action == Action::Unmanaged;
        self.changes().filter(|(change, outcome)| change.action() == action && counts(outcome)).count()
    }

    /// Returns the number of changes that failed.
    pub fn failures(&self) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.status == Status::Failed).count()
    }

    /// Returns the number of changes that were skipped.
    pub fn skipped(&self) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.status == Status::Skipped).count()
    }

    /// Returns the configurations that the report shows: those that were requested, else those that were created.
    fn registries(&self) -> Vec<&LiveRegistry> {
        let created = || self.outcomes.iter().filter_map(|outcome| outcome.registry.as_deref());
        let shown = self.shown.registries();
        if shown.is_empty() { created().collect() } else { shown }
    }

    /// Returns every output, in the order of the documentation.
    pub fn outputs(&self) -> Vec<(&'static str, String)> {
        let mut outputs = vec![("status", self.exit.as_str().to_owned()), ("changed", self.changed().to_string())];
        outputs.extend(self.shown.outputs());
        if self.operation.is_some_and(Operation::reads_manifest) {
            outputs.push(("expiring", expiring::output(&self.expiring)));
        }
        if self.follows_manifest() {
            outputs.extend(self.plan_id().map(|id| ("plan-id", id.to_owned())));
            outputs.extend(self.drift().map(|drift| ("drift", drift.to_string())));
            outputs.extend(count_outputs(&self.counts()));
        }
        if self.operation == Some(Operation::Check) || !self.checks.is_empty() {
            outputs.push(("checks", self.checked()));
        }
        outputs.push(("result", self.result()));
        outputs
    }
}

/// Returns the outputs that are counts.
fn count_outputs(counts: &BTreeMap<&'static str, usize>) -> Vec<(&'static str, String)> {
    const NAMES: [(&str, &str); 8] = [
        ("create", "create-count"),
        ("update", "update-count"),
        ("replace", "replace-count"),
        ("delete", "delete-count"),
        ("resend", "resend-count"),
        ("unchanged", "unchanged-count"),
        ("unmanaged", "unmanaged-count"),
        ("failure", "failure-count"),
    ];
    NAMES.iter().filter_map(|(count, name)| Some((*name, counts.get(count)?.to_string()))).collect()
}

/// Returns the symbol that is shown before a change.
const fn symbol(action: Action, status: Status) -> &'static str {
    match (status, action) {
        (Status::Failed | Status::Skipped, _) | (_, Action::Unmanaged) => "!",
        (_, Action::Create) => "+",
        (_, Action::Update | Action::Resend) => "~",
        (_, Action::Replace) => "±",
        (_, Action::Delete) => "-",
        (_, Action::Unchanged) => "=",
    }
}

/// Formats a value for a reader: text without quotes, null as a dash.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "—".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The report of a run, on one organization or on several.
#[derive(Debug)]
pub enum RunReport {
    /// The report of a run on one organization.
    One(Box<Report>),
    /// The report of a run whose input `org` stands for several, even if that turns out to be one.
    Several(Box<Fleet>),
}

impl RunReport {
    /// Returns how the run ended.
    pub fn exit(&self) -> Exit {
        match self {
            Self::One(report) => report.exit,
            Self::Several(fleet) => fleet.exit(),
        }
    }

    /// Passes all outside data through `redact`.
    pub fn redact(&mut self, redact: impl Fn(&str) -> String) {
        match self {
            Self::One(report) => report.redact(redact),
            Self::Several(fleet) => fleet.redact(redact),
        }
    }

    /// Returns every output in the order of the documentation, and the names of those that were too large and were
    /// shortened or emptied.
    pub fn outputs(&self) -> (Vec<(&'static str, String)>, Vec<&'static str>) {
        match self {
            Self::One(report) => (report.outputs(), Vec::new()),
            Self::Several(fleet) => fleet.outputs_that_fit(),
        }
    }

    /// Returns the `result` document as JSON.
    pub fn result(&self) -> String {
        match self {
            Self::One(report) => report.result(),
            Self::Several(fleet) => fleet.result(),
        }
    }

    /// Returns the summary in Markdown.
    pub fn summary(&self, place: Place) -> String {
        match self {
            Self::One(report) => summary(report, place),
            Self::Several(fleet) => summary::of_fleet(fleet, place),
        }
    }
}
