//! The operations: for each, what is fetched, which plan is made, and what is told.

mod files;
mod one_off;
mod read;
mod whole;

use crate::actions::{Level, Log, Note};
use crate::apply::{self, Ahead, Outcome, Status};
use crate::environment::Environment;
use crate::failure::{Exit, Failure};
use crate::github::Client;
use crate::inputs::{Inputs, Remark, Task, Work};
use crate::plan::{Change, Plan};
use crate::registry::LiveRegistry;
use crate::report::{self, Report};
use crate::stop::Stop;

/// Runs one operation.
///
/// # Errors
/// [`Failure`]; what was done until then is in the report.
pub(crate) async fn run(
    inputs: &Inputs,
    environment: &Environment,
    log: &Log,
    stop: &Stop,
    report: &mut Report,
) -> Result<(), Failure> {
    let (connection, task) = match &inputs.work {
        Work::Here(file) => {
            tell_remarks(inputs, log, report);
            return whole::validate(file, log, report);
        }
        Work::OnGitHub(connection, task) => (connection, task),
    };
    let client = Client::new(connection, log.clone(), stop.clone())?;
    let mut session = Session { inputs, environment, client, log, report };
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
        remark(session.log, session.report, Level::Warning, &Note::new("GitHub", message));
    }
    ended
}

/// Says what is worth knowing; what is likely to hurt is kept for the summary.
pub(crate) fn remark(log: &Log, report: &mut Report, level: Level, note: &Note) {
    log.note(level, note);
    if level == Level::Warning {
        report.warnings.push(note.placed());
    }
}

/// Says what there is to say about the inputs. Where there is a manifest, its secrets are masked first.
fn tell_remarks(inputs: &Inputs, log: &Log, report: &mut Report) {
    for Remark { level, message } in &inputs.remarks {
        remark(log, report, *level, &Note::new("Input", message.as_str()));
    }
}

/// One operation under way.
struct Session<'a> {
    inputs: &'a Inputs,
    environment: &'a Environment,
    /// One for the whole run: the connection is kept, and so is the account of what was waited.
    client: Client,
    log: &'a Log,
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
            remark(self.log, self.report, Level::Warning, &Note::new("Credentials in a url", message));
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

    /// Shows the plan; then does it, unless the run only reports.
    async fn carry_out(&mut self, plan: Plan, ahead: Ahead) -> Result<(), Failure> {
        self.show_plan(plan.clone());
        if self.report.only_reports() {
            if self.report.dry_run {
                self.log.text("Dry run: nothing is sent but GET requests.");
            }
            apply::check_repositories(&self.client, self.org(), plan.settings()).await?;
            return Ok(());
        }
        let prepared = match apply::prepare(&self.client, self.org(), &plan, self.environment, ahead).await {
            Ok(prepared) => prepared,
            Err(error) => {
                self.report.outcomes = apply::not_begun(&plan);
                return Err(error.into());
            }
        };
        for (level, note) in &prepared.remarks {
            remark(self.log, self.report, *level, note);
        }
        if !plan.writes() {
            self.report.outcomes = apply::apply(&self.client, self.org(), &plan, prepared).await;
            return Ok(());
        }
        self.log.group("Apply");
        let mut outcomes = apply::apply(&self.client, self.org(), &plan, prepared).await;
        self.log.end_group();
        let failed = failures(&plan, &outcomes);
        self.report.registries.extend(outcomes.iter_mut().filter_map(|outcome| outcome.registry.take()));
        self.report.outcomes = outcomes;
        self.log.text(&report::totals(self.report));
        if failed.is_empty() { Ok(()) } else { Err(Failure { exit: Exit::Failed, notes: failed }) }
    }
}

/// A note for each change that failed.
fn failures(plan: &Plan, outcomes: &[Outcome]) -> Vec<Note> {
    let note = |(change, outcome): (&Change, &Outcome)| {
        let what = format!("{} {}", change.action().as_str(), change.title());
        let error = outcome.error.as_deref().unwrap_or_default();
        Note::new(format!("Failed: {what}"), format!("{what}: {error}"))
    };
    let changes = plan.changes.iter().zip(outcomes);
    changes.filter(|(_, outcome)| outcome.status == Status::Failed).map(note).collect()
}

/// GitHub counts more than came.
fn incomplete(message: impl Into<String>) -> Failure {
    Failure::new(Exit::Failed, "Incomplete list", message)
}

/// `1 configuration`, `2 configurations`.
fn counted(number: usize, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}
