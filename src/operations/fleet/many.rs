//! Works on several organizations, `concurrency` of them at a time: plans all, and if nothing forbids it, applies all.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::stream::{self, StreamExt as _};

use super::members::Member;
use super::{credentials, note_all};
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
use crate::operations::{GitHub, Session, Surroundings, needs, pace, sign_out};
use crate::plan::{Plan, identity_of};
use crate::probe::RegistryClient;
use crate::report::{self, Fleet, Report};
use crate::secrets::Vault;

/// How many tokens are revoked at a time when a run ends.
const SIGN_OUTS_AT_ONCE: usize = 32;

/// Organizations that are worked on, some of them side by side.
pub(super) struct Many<'a> {
    github: &'a GitHub,
    /// What tries credentials before they are stored, if that is wanted.
    registries: Option<&'a RegistryClient>,
    around: Surroundings<'a>,
    vault: &'a Vault<'a>,
    task: &'a Task,
    total: usize,
    /// How many are done.
    done: Cell<usize>,
    /// Those that have been asked, and may have given an App a token that is still alive.
    alive: RefCell<Vec<Rc<Organization>>>,
}

/// An organization that has been planned.
struct PlannedMember {
    member: Member,
    organization: Rc<Organization>,
    planned: Result<Planned, Failure>,
}

/// The same, with what it takes to carry the plan out.
pub(super) struct ReadyMember {
    pub(super) member: Member,
    organization: Rc<Organization>,
    pub(super) ready: Result<(Plan, Result<Option<Prepared>, NotReady>), Failure>,
}

impl<'a> Many<'a> {
    pub(super) fn new(
        github: &'a GitHub,
        registries: Option<&'a RegistryClient>,
        around: Surroundings<'a>,
        vault: &'a Vault<'a>,
        task: &'a Task,
        total: usize,
    ) -> Self {
        Self { github, registries, around, vault, task, total, done: Cell::new(0), alive: RefCell::default() }
    }

    pub(super) async fn run(&self, members: Vec<Member>, fleet: &mut Fleet) -> Result<(), Failure> {
        if let Some(following) = self.task.following() {
            return self.follow(members, &following, fleet).await;
        }
        self.perform(members, fleet).await;
        Ok(())
    }

    fn organization(&self, member: &Member) -> Rc<Organization> {
        let none = Manifest::default();
        let needs = needs(self.around.inputs, self.task, member.manifest.as_ref().unwrap_or(&none));
        let organization = Rc::new(self.github.organization(&member.name, needs, &member.journal.console));
        self.alive.borrow_mut().push(Rc::clone(&organization));
        organization
    }

    /// Gives back every token that an App was given and still has.
    pub(super) async fn sign_out(&self, fleet: &mut Fleet) {
        let alive = self.alive.take();
        let ended = stream::iter(&alive).map(|organization| sign_out(organization)).buffered(SIGN_OUTS_AT_ONCE);
        let not_revoked: Vec<Diagnostic> = ended.flat_map(stream::iter).collect().await;
        note_all(self.around, fleet, not_revoked);
    }

    fn session<'b>(&'b self, organization: &'b Organization, journal: &'b mut Journal) -> Session<'b> {
        // What a manifest stores is tried for all organizations at once, before the first write.
        let registries = self.registries.filter(|_| self.task.following().is_none());
        Session { inputs: self.around.inputs, vault: self.vault, organization, registries, journal }
    }

    /// A line for an organization that is done, at once, whatever is held back.
    fn tell_done(&self, report: &Report) {
        self.done.set(self.done.get() + 1);
        let line = format!("[{}/{}] {}: {}", self.done.get(), self.total, report.org, report::line(report));
        self.around.console.text(&crate::text::one_line(&line));
    }

    /// An operation that each organization is asked for by itself.
    async fn perform(&self, members: Vec<Member>, fleet: &mut Fleet) {
        let reports = stream::iter(members).map(|member| self.perform_on(member));
        self.gather(reports, fleet).await;
    }

    async fn perform_on(&self, mut member: Member) -> Journal {
        let organization = self.organization(&member);
        let ended = self.session(&organization, &mut member.journal).perform(self.task, &Manifest::default()).await;
        self.ended(member, &organization, ended).await
    }

    /// What came of one organization.
    async fn ended(&self, mut member: Member, organization: &Organization, ended: Result<(), Failure>) -> Journal {
        // Once the run is told to stop, all are given back at once.
        if self.around.shutdown.signal().is_none() {
            member.journal.note_all(sign_out(organization).await);
        }
        member.journal.end(ended);
        self.tell_done(&member.journal.report);
        member.journal
    }

    /// Runs some at once, and prints the log of each as a whole, in the order in which they were named.
    async fn gather<F: Future<Output = Journal>>(&self, work: impl stream::Stream<Item = F>, fleet: &mut Fleet) {
        let mut ended = Box::pin(work.buffered(self.around.inputs.fleet.concurrency));
        while let Some(Journal { console, report, .. }) = ended.next().await {
            console.release();
            fleet.organizations.push(report);
        }
    }

    /// Plans all, and carries the plans out if nothing stands against any of them.
    async fn follow(&self, members: Vec<Member>, following: &Following<'_>, fleet: &mut Fleet) -> Result<(), Failure> {
        if following.applies() && following.plan_id.is_none() {
            self.around.console.text(NO_PLAN_ID);
        }
        let planned: Vec<PlannedMember> = stream::iter(members)
            .map(|member| self.plan(member, following))
            .buffered(self.around.inputs.fleet.concurrency)
            .collect()
            .await;
        fleet.plan_id = plan_id(&planned);
        let refusal = whole_refusal(&planned, fleet.plan_id.as_deref(), following);
        let mut ready: Vec<ReadyMember> = planned.into_iter().map(|planned| self.prepare(planned)).collect();
        let refusal = match refusal.or_else(|| missing_secrets(&ready)) {
            Some(refusal) => Some(refusal),
            None => credentials::try_all(self.registries, self.around, &mut ready).await,
        };
        if let Some(refusal) = refusal {
            fleet.organizations.extend(ready.into_iter().map(|member| self.refuse(member)));
            return Err(refusal);
        }
        self.tell_pace(&ready);
        let work = stream::iter(ready).map(|member| self.carry_out(member, following));
        self.gather(work, fleet).await;
        Ok(())
    }

    /// Says how long the spacing of writes makes the run take: with one token all of them are spaced, with an App those of
    /// each organization.
    fn tell_pace(&self, ready: &[ReadyMember]) {
        let plans = ready.iter().filter_map(|it| {
            let (plan, prepared) = it.ready.as_ref().ok()?;
            matches!(prepared, Ok(Some(_))).then(|| (plan.write_requests(), it.organization.client()))
        });
        let plans: Vec<(usize, &Client)> = plans.collect();
        let Some((most, client)) = plans.iter().max_by_key(|(writes, _)| *writes) else { return };
        let writes = if self.github.is_app() { *most } else { plans.iter().map(|(writes, _)| writes).sum() };
        let slowed = pace::slowed(writes, client.pacing(writes));
        if let Some(told) = &slowed {
            self.around.console.text(told);
        }
    }

    async fn plan(&self, mut member: Member, following: &Following<'_>) -> PlannedMember {
        let organization = self.organization(&member);
        let planned = match &member.manifest {
            Some(manifest) => {
                self.session(&organization, &mut member.journal).make_plan(manifest, following.policy).await
            }
            // It has nothing that could be compared.
            None => Ok(Planned::nothing()),
        };
        // From here on the plan says it all, and three hundred manifests take room.
        member.manifest = member.manifest.map(|_| Manifest::default());
        let writes = planned.as_ref().is_ok_and(|planned| planned.plan.writes());
        if self.around.inputs.only_reports() || !writes {
            member.journal.note_all(sign_out(&organization).await);
        }
        PlannedMember { member, organization, planned }
    }

    fn prepare(&self, planned: PlannedMember) -> ReadyMember {
        let PlannedMember { member, organization, planned } = planned;
        let ready = planned.map(|Planned { plan, looked_up, findings: _ }| {
            let prepared = prepare(self.around.inputs, self.vault, &plan, looked_up);
            (plan, prepared)
        });
        ReadyMember { member, organization, ready }
    }

    /// Shows what would have been done.
    fn refuse(&self, ready: ReadyMember) -> Report {
        let ReadyMember { mut member, organization, ready } = ready;
        match ready {
            Ok((plan, _)) => {
                let mut session = self.session(&organization, &mut member.journal);
                session.show_plan(&plan);
                session.refuse(plan);
                member.journal.end(Ok(()));
            }
            Err(failure) => member.journal.end(Err(failure)),
        }
        member.journal.console.release();
        member.journal.report
    }

    async fn carry_out(&self, ready: ReadyMember, following: &Following<'_>) -> Journal {
        let ReadyMember { mut member, organization, ready } = ready;
        let ended = match ready {
            Ok(_) if member.manifest.is_none() => {
                member.journal.fact("not managed: it has no manifest".to_owned());
                Ok(())
            }
            Ok((plan, prepared)) => {
                self.session(&organization, &mut member.journal).finish(plan, prepared, following).await
            }
            Err(failure) => Err(failure),
        };
        self.ended(member, &organization, ended).await
    }
}

/// Why nothing may be written anywhere.
fn whole_refusal(planned: &[PlannedMember], plan_id: Option<&str>, following: &Following<'_>) -> Option<Failure> {
    let plans: Vec<(Option<&str>, &Planned)> =
        planned.iter().filter_map(|it| Some((Some(it.member.name.as_str()), it.planned.as_ref().ok()?))).collect();
    let failed: Vec<&str> = planned.iter().filter(|it| it.planned.is_err()).map(|it| it.member.name.as_str()).collect();
    let incomplete = (following.plan_id.is_some() && !failed.is_empty()).then(|| {
        let message = format!(
            "a `plan-id` is that of all organizations, and {} could not be planned: nothing is written",
            failed.join(", ")
        );
        Failure::new(Exit::Failed, "Another plan", message)
    });
    incomplete.or_else(|| refusal(&plans, plan_id, following))
}

/// The id of all plans, if each has one.
fn plan_id(planned: &[PlannedMember]) -> Option<String> {
    let id = |it: &PlannedMember| {
        let id = it.planned.as_ref().ok().map(|planned| planned.plan.id.clone())?;
        (!id.is_empty() || it.member.manifest.is_none()).then(|| (it.member.name.clone(), id))
    };
    let ids: Vec<(String, String)> = planned.iter().map(id).collect::<Option<_>>()?;
    Some(identity_of(ids.iter().map(|(name, id)| (name.as_str(), id.as_str()))))
}

/// Secrets that the step lacks, for whichever organization, each told once.
fn missing_secrets(ready: &[ReadyMember]) -> Option<Failure> {
    let missing = ready.iter().filter_map(|it| match &it.ready {
        Ok((_, Err(NotReady::Missing { secrets, on_github: _ }))) => Some(secrets.clone()),
        _ => None,
    });
    let missing = SecretProblems::of_all(missing).diagnostics();
    if missing.is_empty() { None } else { Some(Failure::invalid(missing)) }
}
