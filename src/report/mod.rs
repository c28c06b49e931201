//! Says what a run is going to do or has done: as a log, as outputs, as a job summary. Pure: plan and outcomes in, text
//! out.

mod assessment;
mod expiring;
mod harmless;
mod markdown;
mod plan_text;
mod redact;
mod result;
mod shown;
mod summary;

use serde_json::Value;

use assessment::Assessed;
pub use assessment::{Assessment, Found};
pub use expiring::Expiring;
pub use plan_text::{differences, plan_text, plan_totals, totals};
pub(crate) use redact::live as redact_live;
pub use shown::Shown;
pub use summary::summary;

use crate::apply::{Outcome, Status};
use crate::diagnostics::Diagnostic;
use crate::exit::Exit;
use crate::inputs::Operation;
use crate::plan::{Action, Change, Plan};
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

    /// The configurations that it shows: what was asked for, else what was created.
    fn registries(&self) -> Vec<&LiveRegistry> {
        let created = || self.outcomes.iter().filter_map(|outcome| outcome.registry.as_deref());
        let shown = self.shown.registries();
        if shown.is_empty() { created().collect() } else { shown }
    }

    fn follows_manifest(&self) -> bool {
        self.operation.is_some_and(Operation::follows_manifest)
    }

    /// What the plan of a manifest is identified by, where everything that makes the id is known.
    fn plan_id(&self) -> Option<&str> {
        let plan = self.plan.as_ref().filter(|_| self.follows_manifest())?;
        Some(plan.id.as_str()).filter(|id| !id.is_empty())
    }

    /// Whether GitHub differs from the manifest.
    fn drift(&self) -> Option<bool> {
        self.plan.as_ref().filter(|_| self.follows_manifest()).map(Plan::has_drift)
    }

    /// Every output, in the order of the documentation.
    pub fn outputs(&self) -> Vec<(&'static str, String)> {
        let mut outputs = vec![("changed", self.changed().to_string()), ("status", self.exit.as_str().to_owned())];
        outputs.extend(self.shown.outputs());
        if self.operation.is_some_and(Operation::reads_manifest) {
            outputs.push(("expiring", expiring::output(&self.expiring)));
        }
        if self.follows_manifest() {
            outputs.extend(self.plan_id().map(|id| ("plan-id", id.to_owned())));
            outputs.extend(self.drift().map(|drift| ("drift", drift.to_string())));
            let names = COUNTS.iter().map(|(action, name)| (*name, self.count(*action).to_string()));
            outputs.extend(names);
            outputs.push(("failure-count", self.failures().to_string()));
        }
        outputs.push(("result", self.result()));
        outputs
    }
}

/// The outputs that count.
const COUNTS: [(Action, &str); 7] = [
    (Action::Create, "create-count"),
    (Action::Update, "update-count"),
    (Action::Replace, "replace-count"),
    (Action::Delete, "delete-count"),
    (Action::Resend, "resend-count"),
    (Action::Unchanged, "unchanged-count"),
    (Action::Unmanaged, "unmanaged-count"),
];

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
