//! Works on several organizations, `concurrency` of them at a time: plans all, and if nothing forbids it, applies all.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::stream::{self, StreamExt as _};

use super::members::Member;
use super::{credentials, note_all, outcome};
use crate::actions::Console;
use crate::apply::{NotReady, Prepared, SecretProblems};
use crate::diagnostics::Diagnostic;
use crate::exit::Exit;
use crate::github::{Client, Organization};
use crate::inputs::{Following, Task};
use crate::manifest::Manifest;
use crate::operations::failure::Failure;
use crate::operations::journal::Journal;
use crate::operations::manifest::{NO_PLAN_ID, Planned, refusal};
use crate::operations::write::prepare;
use crate::operations::{GitHub, RunContext, Session, needs, pace, read, sign_out};
use crate::plan::{Plan, identity_of};
use crate::probe::RegistryClient;
use crate::report::{Documents, Ended, Fleet};
use crate::secrets::Vault;
use crate::text::one_line;

/// The number of tokens that are revoked at a time when a run ends.
const SIGN_OUTS_AT_ONCE: usize = 32;

/// A run over several organizations.
pub(super) struct Many<'a> {
    github: &'a GitHub,
    /// Tries credentials before they are stored; `None` if they are not checked.
    registries: Option<&'a RegistryClient>,
    context: RunContext<'a>,
    vault: &'a Vault<'a>,
    task: &'a Task,
    /// The number of organizations.
    total: usize,
    /// The number of organizations that have ended.
    done: Cell<usize>,
    documents: Rc<Documents>,
    /// The organizations for which the App may have a valid token.
    alive: RefCell<Vec<Rc<Organization>>>,
}

/// An organization that has been planned.
pub(super) enum Stage {
    /// It has ended: its plan writes nothing, so it neither waits for the others nor is applied.
    Ended {
        console: Console,
        ended: Box<Ended>,
        identity: Option<Identity>,
    },
    Ready(Box<Ready>),
}

/// The name of an organization, as it is before redaction, and the id of its plan; that is empty if it is not managed.
type Identity = (String, String);

/// An organization that waits for the plans of the others, with what its own plan needs.
pub(super) struct Ready {
    pub(super) member: Member,
    organization: Rc<Organization>,
    pub(super) plan: Result<(Plan, Result<Option<Prepared>, NotReady>), Failure>,
    /// The findings at level `error`.
    findings: Vec<Diagnostic>,
}

impl<'a> Many<'a> {
    pub(super) fn new(
        github: &'a GitHub,
        registries: Option<&'a RegistryClient>,
        context: RunContext<'a>,
        vault: &'a Vault<'a>,
        task: &'a Task,
        total: usize,
        documents: &Rc<Documents>,
    ) -> Self {
        Self {
            github,
            registries,
            context,
            vault,
            task,
            total,
            done: Cell::default(),
            documents: Rc::clone(documents),
            alive: RefCell::default(),
        }
    }

    pub(super) async fn run(&self, members: Vec<Member>, fleet: &mut Fleet) -> Result<(), Failure> {
        if let Some(following) = self.task.following() {
            return self.follow(members, &following, fleet).await;
        }
        self.gather(stream::iter(members).map(|member| self.perform_on(member)), fleet).await;
        Ok(())
    }

    fn organization(&self, member: &Member) -> Rc<Organization> {
        let needs = needs(self.context.inputs, self.task, member.desired());
        let organization = Rc::new(self.github.organization(&member.name, needs, &member.journal.console));
        self.alive.borrow_mut().push(Rc::clone(&organization));
        organization
    }

    /// Revokes every token that the App still has.
    pub(super) async fn sign_out(&self, fleet: &mut Fleet) {
        let alive = self.alive.take();
        let ended = stream::iter(&alive).map(|organization| sign_out(organization)).buffered(SIGN_OUTS_AT_ONCE);
        let not_revoked: Vec<Diagnostic> = ended.flat_map(stream::iter).collect().await;
        note_all(self.context, fleet, not_revoked);
    }

    fn session<'b>(&'b self, organization: &'b Organization, journal: &'b mut Journal) -> Session<'b> {
        // The secrets of a manifest are tried for all organizations at once, before the first write.
        let registries = self.registries.filter(|_| self.task.following().is_none());
        Session { inputs: self.context.inputs, vault: self.vault, organization, registries, journal }
    }

    /// Performs an operation in which organizations do not depend on each other.
    async fn perform_on(&self, mut member: Member) -> (Console, Ended) {
        let organization = self.organization(&member);
        let ended = self.session(&organization, &mut member.journal).perform(self.task, &Manifest::default()).await;
        read::add_schema(self.context.environment, &mut member.journal);
        self.end(member, &organization, ended).await
    }

    /// Ends the work on one organization: revokes its token, and prints its line at once. The rest of its log is still
    /// held back.
    async fn end(
        &self,
        mut member: Member,
        organization: &Organization,
        ended: Result<(), Failure>,
    ) -> (Console, Ended) {
        // When the run is stopped, all tokens are revoked together at the end.
        if self.context.shutdown.signal().is_none() {
            member.journal.note_all(sign_out(organization).await);
        }
        member.journal.end(ended);
        let (console, ended) = outcome(member.journal, &self.documents);
        self.done.set(self.done.get() + 1);
        let line = format!("[{}/{}] {}: {}", self.done.get(), self.total, ended.org(), ended.line());
        self.context.console.text(&one_line(&line));
        (console, ended)
    }

    /// Runs `concurrency` organizations at a time. Prints the log of each as a whole, in the given order.
    async fn gather<F: Future<Output = (Console, Ended)>>(
        &self,
        work: impl stream::Stream<Item = F>,
        fleet: &mut Fleet,
    ) {
        let mut all = Box::pin(work.buffered(self.context.inputs.fleet.concurrency));
        while let Some((console, ended)) = all.next().await {
            console.release();
            fleet.push(ended);
        }
    }

    /// Plans all organizations, and applies the plans if nothing forbids any of them.
    async fn follow(&self, members: Vec<Member>, following: &Following<'_>, fleet: &mut Fleet) -> Result<(), Failure> {
        if following.applies() && following.plan_id.is_none() {
            self.context.console.text(NO_PLAN_ID);
        }
        let mut stages: Vec<Stage> = stream::iter(members)
            .map(|member| self.plan(member, following))
            .buffered(self.context.inputs.fleet.concurrency)
            .collect()
            .await;
        fleet.plan_id = plan_id(&stages);
        let refusal = whole_refusal(&stages, fleet.plan_id.as_deref(), following);
        let refusal = match refusal.or_else(|| missing_secrets(&stages)) {
            Some(refusal) => Some(refusal),
            None => credentials::try_all(self.registries, self.context, &mut stages).await,
        };
        if let Some(refusal) = refusal {
            for stage in stages {
                let (console, ended) = self.refuse(stage);
                console.release();
                fleet.push(ended);
            }
            return Err(refusal);
        }
        self.print_pace(&stages);
        self.gather(stream::iter(stages).map(|stage| self.carry_out(stage, following)), fleet).await;
        Ok(())
    }

    /// Prints how long the run takes because of the spacing of writes. A token spaces the writes of the whole run, an
    /// App those of each organization, which go on at the same time.
    fn print_pace(&self, stages: &[Stage]) {
        let plans = ready(stages).filter_map(|ready| {
            let (plan, prepared) = ready.plan.as_ref().ok()?;
            matches!(prepared, Ok(Some(_))).then(|| (plan.write_requests(), ready.organization.client()))
        });
        let plans: Vec<(usize, &Client)> = plans.collect();
        let Some((most, client)) = plans.iter().max_by_key(|(writes, _)| *writes) else { return };
        let writes = if self.github.is_app() { *most } else { plans.iter().map(|(writes, _)| writes).sum() };
        if let Some(notice) = pace::notice(writes, client.pacing(writes)) {
            self.context.console.text(&notice);
        }
    }

    /// Plans an organization. If there is nothing to write, its work ends here.
    async fn plan(&self, mut member: Member, following: &Following<'_>) -> Stage {
        let organization = self.organization(&member);
        let planned = match member.take_manifest() {
            Ok(Some(manifest)) => {
                self.session(&organization, &mut member.journal).make_plan(&manifest, following.policy).await
            }
            Ok(None) => {
                member.journal.fact("not managed: it has no manifest".to_owned());
                let identity = Some((member.name.clone(), String::new()));
                let (console, ended) = self.end(member, &organization, Ok(())).await;
                return Stage::Ended { console, ended: Box::new(ended), identity };
            }
            Err(failure) => Err(failure),
        };
        let (plan, findings) = match planned {
            Ok(Planned { plan, looked_up, findings }) => {
                let prepared = prepare(self.context.inputs, self.vault, &plan, looked_up);
                if !plan.writes() && prepared.is_ok() && findings.is_empty() {
                    let identity = identity(&member, &plan);
                    let mut session = self.session(&organization, &mut member.journal);
                    let result = session.finish(plan, prepared, following).await;
                    let (console, ended) = self.end(member, &organization, result).await;
                    return Stage::Ended { console, ended: Box::new(ended), identity };
                }
                (Ok((plan, prepared)), findings)
            }
            Err(failure) => (Err(failure), Vec::new()),
        };
        if self.context.inputs.only_reports() || plan.as_ref().is_ok_and(|(plan, _)| !plan.writes()) {
            member.journal.note_all(sign_out(&organization).await);
        }
        Stage::Ready(Box::new(Ready { member, organization, plan, findings }))
    }

    /// Prints the plan of an organization in a run that is refused.
    fn refuse(&self, stage: Stage) -> (Console, Ended) {
        let Ready { mut member, organization, plan, findings: _ } = match stage {
            Stage::Ended { console, ended, identity: _ } => return (console, *ended),
            Stage::Ready(ready) => *ready,
        };
        match plan {
            Ok((plan, _)) => {
                let mut session = self.session(&organization, &mut member.journal);
                session.show_plan(&plan);
                session.refuse(plan);
                member.journal.end(Ok(()));
            }
            Err(failure) => member.journal.end(Err(failure)),
        }
        outcome(member.journal, &self.documents)
    }

    /// Carries out the plan of an organization, and ends the work on it.
    async fn carry_out(&self, stage: Stage, following: &Following<'_>) -> (Console, Ended) {
        let Ready { mut member, organization, plan, findings: _ } = match stage {
            Stage::Ended { console, ended, identity: _ } => return (console, *ended),
            Stage::Ready(ready) => *ready,
        };
        let result = match plan {
            Ok((plan, prepared)) => {
                self.session(&organization, &mut member.journal).finish(plan, prepared, following).await
            }
            Err(failure) => Err(failure),
        };
        self.end(member, &organization, result).await
    }
}

/// Returns the organizations that have not ended.
fn ready(stages: &[Stage]) -> impl Iterator<Item = &Ready> {
    stages.iter().filter_map(|stage| match stage {
        Stage::Ready(ready) => Some(&**ready),
        Stage::Ended { .. } => None,
    })
}

/// Returns the reason why nothing may be written in any organization.
fn whole_refusal(stages: &[Stage], plan_id: Option<&str>, following: &Following<'_>) -> Option<Failure> {
    let plans =
        ready(stages).filter_map(|ready| Some((Some(ready.member.name.as_str()), &ready.plan.as_ref().ok()?.0)));
    let plans: Vec<(Option<&str>, &Plan)> = plans.collect();
    let findings = ready(stages).flat_map(|ready| ready.findings.iter().cloned()).collect();
    let failed: Vec<&str> =
        ready(stages).filter(|ready| ready.plan.is_err()).map(|ready| ready.member.name.as_str()).collect();
    let incomplete = (following.plan_id.is_some() && !failed.is_empty()).then(|| {
        let message = format!(
            "a `plan-id` covers all organizations, but {} could not be planned, so nothing is written",
            failed.join(", ")
        );
        Failure::new(Exit::Failed, "Another plan", message)
    });
    incomplete.or_else(|| refusal(&plans, findings, plan_id, following))
}

/// Returns what an organization adds to the id of all plans, if its plan has an id.
fn identity(member: &Member, plan: &Plan) -> Option<Identity> {
    (!plan.id.is_empty()).then(|| (member.name.clone(), plan.id.clone()))
}

/// Returns the id of all plans, if each managed organization has one.
fn plan_id(stages: &[Stage]) -> Option<String> {
    let id = |stage: &Stage| match stage {
        Stage::Ended { identity, .. } => identity.clone(),
        Stage::Ready(ready) => identity(&ready.member, &ready.plan.as_ref().ok()?.0),
    };
    let ids: Vec<Identity> = stages.iter().map(id).collect::<Option<_>>()?;
    Some(identity_of(ids.iter().map(|(name, id)| (name.as_str(), id.as_str()))))
}

/// Returns a failure that names all secrets that are missing or unusable, in any organization.
fn missing_secrets(stages: &[Stage]) -> Option<Failure> {
    let missing = ready(stages).filter_map(|ready| match &ready.plan {
        Ok((_, Err(NotReady::Missing { secrets, on_github: _ }))) => Some(secrets.clone()),
        _ => None,
    });
    let missing = SecretProblems::of_all(missing).diagnostics();
    if missing.is_empty() { None } else { Some(Failure::invalid(missing)) }
}
