//! Says what a run is going to do or has done: as a log, as outputs, as a job summary. Pure: plan and outcomes in, text
//! out.

mod assessment;
mod markdown;
mod plan_text;
mod redact;
mod result;
mod shown;
mod summary;

use std::collections::BTreeMap;

use serde_json::Value;

use assessment::Assessed;
pub use assessment::{Assessment, Found};
pub use plan_text::{plan_text, totals};
pub(crate) use redact::live as redact_live;
pub use shown::Shown;
pub use summary::summary;

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
    /// What became of it, in the plan's order; empty when nothing was carried out.
    pub outcomes: Vec<Outcome>,
    /// What the rules say about the entries, and about live configurations.
    pub assessments: Vec<Assessment>,
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
        !self.outcomes.is_empty()
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
        let counts = |outcome: &Outcome| !self.has_outcomes() || outcome.status == Status::Applied;
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

    /// Every output, in the order of the documentation.
    pub fn outputs(&self) -> Vec<(&'static str, String)> {
        let mut outputs = vec![("changed", self.changed().to_string())];
        outputs.extend(self.shown.outputs());
        if matches!(self.operation, Some(Operation::Plan | Operation::Apply)) {
            if let Some(plan) = &self.plan {
                outputs.extend(Some(("plan-id", plan.id.clone())).filter(|(_, id)| !id.is_empty()));
                outputs.push(("drift", plan.has_drift().to_string()));
            }
            let names = COUNTS.iter().map(|(action, name)| (*name, self.count(*action).to_string()));
            outputs.extend(names);
            outputs.push(("failure-count", self.failures().to_string()));
        }
        if self.operation == Some(Operation::Check) || !self.checks.is_empty() {
            outputs.push(("checks", self.checked()));
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
