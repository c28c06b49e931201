//! The operations: for each, what is fetched, which plan is made, and what is told.

mod files;
mod judge;
mod one_off;
mod read;
mod whole;

use std::collections::BTreeMap;

use crate::actions::{Console, Files};
use crate::apply::{self, Applied, LookedUp, Outcome, Status, Trouble};
use crate::diagnostics::{Diagnostic, Severity};
use crate::environment::Environment;
use crate::failure::{Exit, Failure};
use crate::github::{ApiError, Client};
use crate::inputs::{Inputs, Task, Work};
use crate::plan::{Change, Plan, Step};
use crate::registry::LiveRegistry;
use crate::report::{self, Report};
use crate::secrets::Vault;
use crate::stop::Stop;

/// Runs one operation.
///
/// # Errors
/// [`Failure`]; what was done until then is in the report.
pub(crate) async fn run(
    inputs: &Inputs,
    environment: &Environment,
    log: &Console,
    stop: &Stop,
    files: &mut Files,
    report: &mut Report,
) -> Result<(), Failure> {
    let (connection, task) = match &inputs.work {
        Work::Here(file) => {
            tell_remarks(inputs, log, report);
            return whole::validate(file, inputs, log, report);
        }
        Work::OnGitHub(connection, task) => (connection, task),
    };
    let client = Client::new(connection, log.clone(), stop.clone())?;
    let vault = Vault::new(environment, log, &inputs.own_credentials, inputs.secret.as_ref());
    let mut session = Session { inputs, environment, vault, client, log, stop, files, report };
    if !matches!(task.as_ref(), Task::Plan { .. } | Task::Apply { .. }) {
        session.tell_remarks();
    }
    let ended = match task.as_ref() {
        Task::List => session.list().await,
        Task::Get(address, expected) => session.get(address, expected).await,
        Task::PublicKey => session.public_key().await,
        Task::Export(path) => session.export(path.as_deref()).await,
        Task::Create(desired) => session.create(desired).await,
        Task::Update(edit) => session.update(edit).await,
        Task::Upsert(desired) => session.upsert(desired).await,
        Task::Delete(address, expected) => session.delete(address, expected).await,
        Task::Plan { file, policy, fail_on_drift } => session.plan(file, *policy, *fail_on_drift).await,
        Task::Apply { file, policy, plan_id } => session.follow_manifest(file, *policy, plan_id.as_deref()).await,
    };
    for message in session.client.advice() {
        remark(session.log, session.report, &Diagnostic::warning("GitHub", message));
    }
    ended
}

/// Says what is worth knowing; what is likely to hurt is kept for the summary.
pub(crate) fn remark(log: &Console, report: &mut Report, remark: &Diagnostic) {
    log.tell(remark);
    if remark.severity == Severity::Warning {
        report.warnings.push(remark.text_with_location());
    }
}

/// Says what there is to say about the inputs. Where there is a manifest, its secrets are masked first.
fn tell_remarks(inputs: &Inputs, log: &Console, report: &mut Report) {
    for of_input in &inputs.remarks {
        remark(log, report, of_input);
    }
}

/// One operation under way.
struct Session<'a> {
    inputs: &'a Inputs,
    environment: &'a Environment,
    vault: Vault<'a>,
    /// One for the whole run: the connection is kept, and so is the account of what was waited.
    client: Client,
    log: &'a Console,
    stop: &'a Stop,
    files: &'a mut Files,
    report: &'a mut Report,
}

impl Session<'_> {
    fn org(&self) -> &str {
        &self.inputs.org
    }

    fn tell_remarks(&mut self) {
        tell_remarks(self.inputs, self.log, self.report);
    }

    /// Whom a url signs in as is masked, and shown nowhere here; but whoever may list the configurations can read it.
    fn warn_of_credentials<'b>(&mut self, live: impl IntoIterator<Item = &'b LiveRegistry>) {
        for LiveRegistry { name, .. } in live.into_iter().filter(|live| live.shows_credentials()) {
            let message = format!(
                "{name} has user information (user:password@) in its url on GitHub, where everybody who may list the \
                 configurations can read it: revoke that password, `update` the url to one without it, and give a new \
                 one as the secret"
            );
            remark(self.log, self.report, &Diagnostic::warning("Credentials in a url", message));
        }
    }

    /// Says a fact, and keeps it for the summary.
    fn tell(&mut self, fact: String) {
        self.log.text(&fact);
        self.report.facts.push(fact);
    }

    fn show_plan(&mut self, plan: Plan) {
        self.report.plan = Some(plan);
        self.log.group(&format!("Plan for {}", self.org()));
        self.log.text(&report::plan_text(self.report));
        self.log.end_group();
    }

    /// Looks up what it takes to carry a plan out, unless that is known already.
    async fn look_up(&mut self, plan: &Plan, ahead: Option<Result<LookedUp, ApiError>>) -> Result<LookedUp, ApiError> {
        let looked_up = match ahead {
            Some(looked_up) => looked_up,
            None => apply::look_up(&self.client, self.org(), plan.sent(), self.report.only_reports()).await,
        };
        for warning in looked_up.iter().flat_map(|looked_up| &looked_up.repositories.warnings) {
            remark(self.log, self.report, warning);
        }
        looked_up
    }

    /// Shows the plan; then does it, unless the run only reports.
    async fn carry_out(&mut self, plan: Plan, looked_up: Result<LookedUp, ApiError>) -> Result<(), Failure> {
        self.show_plan(plan.clone());
        if self.report.only_reports() {
            if self.report.dry_run {
                self.log.text("Dry run: nothing is sent but GET requests.");
            }
            return Ok(looked_up?.check()?);
        }
        let prepared = match apply::prepare(&plan, &self.vault, looked_up) {
            Ok(prepared) => prepared,
            Err(error) => {
                self.report.outcomes = apply::not_begun(&plan);
                return Err(error.into());
            }
        };
        for of_secret in &prepared.remarks {
            remark(self.log, self.report, of_secret);
        }
        if !plan.writes() {
            self.report.outcomes = apply::apply(&self.client, self.org(), &plan, prepared).await.outcomes;
            return Ok(());
        }
        self.log.group("Apply");
        let Applied { mut outcomes, warnings } = apply::apply(&self.client, self.org(), &plan, prepared).await;
        self.log.end_group();
        for warning in &warnings {
            remark(self.log, self.report, warning);
        }
        let failed = failures(&plan, &outcomes);
        self.report.registries.extend(outcomes.iter_mut().filter_map(|outcome| outcome.registry.take()));
        for warning in new_names(&plan, &outcomes) {
            remark(self.log, self.report, &warning);
        }
        self.report.outcomes = outcomes;
        self.log.text(&report::totals(self.report));
        if failed.is_empty() { Ok(()) } else { Err(Failure { exit: Exit::Failed, diagnostics: failed }) }
    }
}

/// A pinned entry whose replacement got another name from GitHub must be changed, or its next plan is refused.
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

/// What failed; equal errors are told once, with all that they met.
fn failures(plan: &Plan, outcomes: &[Outcome]) -> Vec<Diagnostic> {
    let mut groups: Vec<(&Trouble, Vec<String>)> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for (change, outcome) in plan.changes.iter().zip(outcomes) {
        let (Status::Failed, Some(trouble)) = (outcome.status, &outcome.error) else { continue };
        let group = *known.entry(trouble.gist()).or_insert(groups.len());
        if group == groups.len() {
            groups.push((trouble, Vec::new()));
        }
        groups[group].1.push(format!("{} {}", change.action().as_str(), change.title()));
    }
    groups.iter().filter_map(|(trouble, changes)| failure(trouble, changes)).collect()
}

/// Changes that failed with equal errors.
fn failure(trouble: &Trouble, changes: &[String]) -> Option<Diagnostic> {
    let (what, others) = changes.split_first()?;
    let message = format!("{what}: {}", trouble.text());
    if others.is_empty() {
        return Some(Diagnostic::error(format!("Failed: {what}"), message));
    }
    let message = format!("{message}\nthe same for {} more: {}", others.len(), apply::listed(others));
    Some(Diagnostic::error(format!("Failed: {what} and {} more", others.len()), message))
}

/// GitHub counts more than came.
fn incomplete(message: impl Into<String>) -> Failure {
    Failure::new(Exit::Failed, "Incomplete list", message)
}

/// `1 configuration`, `2 configurations`.
fn counted(number: usize, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}
