//! Says what a run is going to do or has done: as a log, as outputs, as a job summary. Pure: plan and outcomes in, text
//! out.

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
pub use fleet::{Fleet, Installation, keeps_documents};
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

/// Everything that is known about a run, whether it has succeeded or not.
#[derive(Debug, Default)]
pub struct Report {
    /// `None` when the input is no operation.
    pub operation: Option<Operation>,
    /// The organization, as far as it was said.
    pub org: String,
    /// Whether an operation that writes was told not to.
    pub dry_run: bool,
    /// Whether nothing may be written: a plan, or a dry run.
    pub only_reports: bool,
    /// How it ended.
    pub exit: Exit,
    /// What was decided, if it came so far.
    pub plan: Option<Plan>,
    /// What became of it, or will not be tried, in the plan's order; empty when nobody came so far.
    pub outcomes: Vec<Outcome>,
    /// What the rules say about the entries, and about live configurations.
    pub assessments: Vec<Assessment>,
    /// The entries whose credentials end on a known day, the first one first.
    pub expiring: Vec<Expiring>,
    /// The environment variables that an apply needs, where the run only reports.
    pub needs: Vec<String>,
    /// What trying the credentials showed, by the place of the change in the plan; without a plan, of the entry.
    pub checks: BTreeMap<usize, Check>,
    /// What the operation was asked to show.
    pub shown: Shown,
    /// What there is to say about an operation without a plan.
    pub facts: Vec<String>,
    /// What went wrong.
    pub errors: Vec<Diagnostic>,
    /// What is likely to hurt.
    pub warnings: Vec<Diagnostic>,
}

/// The outcome of a change that nobody has tried.
static PLANNED: Outcome = Outcome { status: Status::Planned, name: None, error: None, changed: false, registry: None };

impl Report {
    /// The changes with what became of them.
    pub fn changes(&self) -> impl Iterator<Item = (&Change, &Outcome)> {
        let plan = self.plan.iter().flat_map(|plan| &plan.changes);
        plan.enumerate().map(|(index, change)| (change, self.outcomes.get(index).unwrap_or(&PLANNED)))
    }

    /// What the rules say, to be found by what a change is about.
    fn assessed(&self) -> Assessed<'_> {
        Assessed::new(&self.assessments)
    }

    /// Whether it is known what became of the plan, as opposed to only what it is.
    pub fn has_outcomes(&self) -> bool {
        !self.only_reports && !self.outcomes.is_empty()
    }

    /// Whether GitHub was changed, or would be by what was only planned.
    pub fn changed(&self) -> bool {
        if self.has_outcomes() {
            return self.outcomes.iter().any(|outcome| outcome.changed);
        }
        // A plan that could not be carried out has changed nothing.
        self.only_reports && self.plan.as_ref().is_some_and(Plan::writes)
    }

    /// Whether this is about the plan of a manifest.
    fn follows_manifest(&self) -> bool {
        self.operation.is_some_and(Operation::follows_manifest)
    }

    /// Whether GitHub differs from the manifest, once that is known.
    pub fn drift(&self) -> Option<bool> {
        self.plan.as_ref().filter(|_| self.follows_manifest()).map(Plan::has_drift)
    }

    /// The plan's id, once there is one.
    pub fn plan_id(&self) -> Option<&str> {
        let id = self.plan.as_ref().map(|plan| plan.id.as_str());
        id.filter(|id| !id.is_empty())
    }

    /// How many changes of an action were done, or are to be done when nothing was carried out.
    pub fn count(&self, action: Action) -> usize {
        let expected = if self.has_outcomes() { Status::Applied } else { Status::Planned };
        // What nobody manages is left alone, whatever becomes of the rest.
        let counts = |outcome: &Outcome| outcome.status == expected || action == Action::Unmanaged;
        self.changes().filter(|(change, outcome)| change.action() == action && counts(outcome)).count()
    }

    /// How many changes failed.
    pub fn failures(&self) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.status == Status::Failed).count()
    }

    /// How many changes were skipped.
    pub fn skipped(&self) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.status == Status::Skipped).count()
    }

    /// The configurations that it shows: what was asked for, else what was created.
    fn registries(&self) -> Vec<&LiveRegistry> {
        let created = || self.outcomes.iter().filter_map(|outcome| outcome.registry.as_deref());
        let shown = self.shown.registries();
        if shown.is_empty() { created().collect() } else { shown }
    }

    /// Every output, in the order of the documentation.
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

/// The outputs that count.
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

/// The symbol before a change.
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

/// A value for a reader: text as it is, nothing as a dash.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "—".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What is known about a run, for one organization or for several.
#[derive(Debug)]
pub enum RunReport {
    /// One organization.
    One(Box<Report>),
    /// Several, though it may come to one.
    Several(Box<Fleet>),
}

impl RunReport {
    /// How the run ended.
    pub fn exit(&self) -> Exit {
        match self {
            Self::One(report) => report.exit,
            Self::Several(fleet) => fleet.exit(),
        }
    }

    /// Passes everything that comes from outside through `redact`.
    pub fn redact(&mut self, redact: impl Fn(&str) -> String) {
        match self {
            Self::One(report) => report.redact(redact),
            Self::Several(fleet) => fleet.redact(redact),
        }
    }

    /// Every output, in the order of the documentation, and the names of those that were too large to be whole.
    pub fn outputs(&self) -> (Vec<(&'static str, String)>, Vec<&'static str>) {
        match self {
            Self::One(report) => (report.outputs(), Vec::new()),
            Self::Several(fleet) => fleet.outputs_that_fit(),
        }
    }

    /// The whole `result` document, as JSON.
    pub fn result(&self) -> String {
        match self {
            Self::One(report) => report.result(),
            Self::Several(fleet) => fleet.result(),
        }
    }

    /// The job summary.
    pub fn summary(&self, place: Place) -> String {
        match self {
            Self::One(report) => summary(report, place),
            Self::Several(fleet) => summary::of_fleet(fleet, place),
        }
    }
}
