//! Carries out a plan, whichever operation made it.

use std::collections::BTreeMap;

use super::failure::Failure;
use super::{Session, pace};
use crate::apply::{self, Applied, LookedUp, NotReady, Outcome, Prepared, Status, Trouble};
use crate::diagnostics::{Diagnostic, Location};
use crate::exit::Exit;
use crate::github::ApiError;
use crate::inputs::Inputs;
use crate::plan::{Change, Plan, Step};
use crate::registry::LiveRegistry;
use crate::report;
use crate::secrets::Vault;

/// The outcome of carrying out a plan.
pub(super) struct Execution {
    pub(super) result: Result<(), Failure>,
    /// Whether GitHub was changed.
    pub(super) changed: bool,
    /// The first configuration that was created.
    pub(super) created: Option<LiveRegistry>,
}

impl Execution {
    /// Creates the outcome of a plan for which nothing was written.
    fn without_writing(result: Result<(), Failure>) -> Self {
        Self { result, changed: false, created: None }
    }
}

impl Session<'_> {
    /// Prints the plan: its changes in a group that can be collapsed, its totals and id after it.
    pub(super) fn show_plan(&self, plan: &Plan) {
        let console = &self.journal.console;
        let name = self.organization.name();
        let changes = report::plan_text(plan, &self.journal.report.assessments, &self.journal.report.expiring);
        if !changes.is_empty() {
            console.group(&format!("Changes for {name}"));
            console.styled(&changes);
            console.end_group();
        }
        console.text(&format!("Plan for {name}: {}", report::plan_totals(plan)));
        if !plan.id.is_empty() {
            console.text(&format!("plan-id: {}", plan.id));
        }
    }

    /// Adds a plan that is not carried out to the report.
    pub(super) fn refuse(&mut self, plan: Plan) {
        let only_reports = self.inputs.only_reports();
        self.journal.report.outcomes = if only_reports { apply::foreseen(&plan) } else { apply::not_begun(&plan) };
        self.journal.report.plan = Some(plan);
    }

    /// Looks up what a plan needs from GitHub. Answers are cached, so nothing is looked up twice.
    pub(super) async fn look_up(&mut self, plan: &Plan) -> Result<LookedUp, ApiError> {
        let looked_up = apply::look_up(self.organization, plan.sent(), self.inputs.only_reports()).await;
        let warnings = looked_up.iter().flat_map(|looked_up| &looked_up.repositories.warnings).cloned();
        self.journal.note_all(warnings);
        looked_up
    }

    /// Prints the plan, and carries it out if everything that it needs is available.
    pub(super) async fn carry_out(&mut self, plan: Plan, prepared: Result<Option<Prepared>, NotReady>) -> Execution {
        self.show_plan(&plan);
        let mut prepared = match prepared {
            Ok(Some(prepared)) => prepared,
            Ok(None) => {
                self.journal.need(plan.sent().filter_map(|sent| sent.settings.secret.as_ref()));
                if self.journal.report.dry_run {
                    self.journal.console.text("Dry run: only GET requests are sent.");
                }
                self.refuse(plan);
                return Execution::without_writing(Ok(()));
            }
            Err(error) => {
                self.refuse(plan);
                return Execution::without_writing(Err(error.into()));
            }
        };
        self.journal.note_all(prepared.remarks.iter().cloned());
        if let Err(stopped) = self.try_credentials(&plan, &mut prepared).await {
            self.refuse(plan);
            return Execution::without_writing(Err(stopped));
        }
        if plan.writes() {
            self.journal.print_notes();
            if !self.journal.is_one_of_many() {
                let writes = plan.write_requests();
                if let Some(notice) = pace::notice(writes, self.organization.client().pacing(writes)) {
                    self.journal.console.text(&notice);
                }
            }
            self.journal.console.group("Apply");
        }
        let Applied { outcomes, warnings } = apply::apply(self.organization, &plan, prepared).await;
        if plan.writes() {
            self.journal.console.end_group();
        }
        self.journal.note_all(warnings.into_iter().chain(new_names(&plan, &outcomes)));
        let failed = failures(&plan, &outcomes);
        let execution = Execution {
            result: if failed.is_empty() { Ok(()) } else { Err(Failure { exit: Exit::Failed, diagnostics: failed }) },
            changed: outcomes.iter().any(|outcome| outcome.changed),
            created: outcomes.iter().find_map(|outcome| outcome.registry.as_deref().cloned()),
        };
        let writes = plan.writes();
        self.journal.report.plan = Some(plan);
        self.journal.report.outcomes = outcomes;
        if writes {
            self.journal.console.text(&report::totals(&self.journal.report));
        }
        execution
    }
}

/// Gathers what a plan needs. A run that only reports needs only the repositories, and gets `None`.
pub(super) fn prepare(
    inputs: &Inputs,
    vault: &Vault<'_>,
    plan: &Plan,
    looked_up: Result<LookedUp, ApiError>,
) -> Result<Option<Prepared>, NotReady> {
    if inputs.only_reports() {
        return looked_up?.check().map(|()| None);
    }
    apply::prepare(plan, vault, looked_up).map(Some)
}

/// Returns a warning for each pinned entry whose replacement got another name from GitHub: unless the entry is changed,
/// its next plan is refused.
fn new_names(plan: &Plan, outcomes: &[Outcome]) -> Vec<Diagnostic> {
    let new_name = |(change, outcome): (&Change, &Outcome)| {
        let Step::Replace(replacement) = &change.step else { return None };
        let old = replacement.desired.name.as_ref()?;
        let new = outcome.name.as_ref().filter(|new| outcome.status == Status::Applied && *new != old)?;
        let title = change.title();
        let message = format!("`{title}` is now named {new}: write `name: {new}`, or the next plan is refused");
        Some(Diagnostic::warning("Renamed", message).at(change.location.clone()))
    };
    plan.changes.iter().zip(outcomes).filter_map(new_name).collect()
}

/// Returns an error for each failure. Equal errors are reported once, with all the changes that they affect.
fn failures(plan: &Plan, outcomes: &[Outcome]) -> Vec<Diagnostic> {
    let mut groups: Vec<(&Trouble, Option<&Location>, Vec<String>)> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for (change, outcome) in plan.changes.iter().zip(outcomes) {
        let (Status::Failed, Some(trouble)) = (outcome.status, &outcome.error) else { continue };
        let group = *known.entry(trouble.gist()).or_insert(groups.len());
        if group == groups.len() {
            groups.push((trouble, change.location.as_ref(), Vec::new()));
        }
        groups[group].2.push(format!("{} {}", change.action().as_str(), change.title()));
    }
    let diagnostic = |(trouble, location, changes): &(&Trouble, Option<&Location>, Vec<String>)| {
        failure(trouble, changes).map(|failure| failure.at(location.cloned()))
    };
    groups.iter().filter_map(diagnostic).collect()
}

/// Returns the error for changes that failed for the same reason.
fn failure(trouble: &Trouble, changes: &[String]) -> Option<Diagnostic> {
    let (what, others) = changes.split_first()?;
    let message = format!("{what}: {}", trouble.text());
    if others.is_empty() {
        return Some(Diagnostic::error(format!("Failed: {what}"), message));
    }
    let message = format!("{message}\nthe same for {} more: {}", others.len(), apply::listed(others));
    Some(Diagnostic::error(format!("Failed: {what} and {} more", others.len()), message))
}
