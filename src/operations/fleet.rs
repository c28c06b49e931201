//! An operation on several organizations: what is known without GitHub is judged for all of them first, then all are
//! planned, then each is worked on, some of them side by side.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use futures_util::stream::{self, StreamExt as _};

use super::credentials::{self, Attempt};
use super::expiring::Ends;
use super::failure::Failure;
use super::journal::{Journal, tell_needs};
use super::judge::{self, Judged};
use super::manifest::{NO_PLAN_ID, Planned, refusal};
use super::write::prepare;
use super::{
    GitHub, Session, Surroundings, counted, files, needs, pace, read, registries, sign_out, stopped, validate,
};
use crate::actions::Files;
use crate::apply::{NotReady, Prepared, SecretProblems};
use crate::desired::{Desired, Repository};
use crate::diagnostics::{Diagnostic, Location, Severity};
use crate::exit::Exit;
use crate::github::app::Installation;
use crate::github::{Client, Organization};
use crate::http::Roots;
use crate::inputs::{Following, ManifestFile, Organizations, Task, Work, in_path};
use crate::manifest::Manifest;
use crate::plan::{Plan, identity_of};
use crate::probe::RegistryClient;
use crate::report::{self, Assessment, Fleet, Found, Report};
use crate::secrets::Vault;

/// How many tokens are given back at once when a run ends.
const SIGN_OUTS_AT_ONCE: usize = 32;

/// One organization of the run.
struct Member {
    name: String,
    /// `None` for one that has no file, and is not managed.
    manifest: Option<Manifest>,
    journal: Journal,
}

/// Runs an operation on several organizations.
pub(super) async fn run(around: Surroundings<'_>, files: &mut Files) -> Fleet {
    let inputs = around.inputs;
    let mut fleet = Fleet {
        operation: Some(inputs.operation),
        dry_run: inputs.dry_run && inputs.operation.writes(),
        ..Fleet::default()
    };
    let ended = match &inputs.work {
        Work::Here(file) => check_files(around, file, &mut fleet),
        Work::Check(file, roots) => check_credentials(around, file, roots, &mut fleet).await,
        Work::OnGitHub(connection, task) => match GitHub::new(connection, around.console, around.shutdown) {
            Ok(github) => {
                let registries = registries(connection, around);
                let ended = on_github(&github, task, registries.as_ref(), around, files, &mut fleet).await;
                note_all(around, &mut fleet, github.advice());
                ended
            }
            Err(error) => Err(error.into()),
        },
    };
    let outcomes = fleet.organizations.iter().flat_map(|report| &report.outcomes);
    if let Err(Failure { exit, diagnostics }) = stopped(ended, around.shutdown, outcomes) {
        fleet.own_exit = exit;
        fleet.errors = diagnostics;
    }
    for error in &fleet.errors {
        around.notes.borrow_mut().add(error.clone());
    }
    say(around);
    tell_needs(around.console, &fleet.needs());
    fleet
}

/// Keeps what is worth knowing, whatever the organization.
fn note_all(around: Surroundings<'_>, fleet: &mut Fleet, diagnostics: impl IntoIterator<Item = Diagnostic>) {
    for diagnostic in diagnostics {
        let is_warning = diagnostic.severity == Severity::Warning;
        if around.notes.borrow_mut().add(diagnostic.clone()) && is_warning {
            fleet.warnings.push(diagnostic);
        }
    }
}

/// Says it, before what there is to say of organizations, and at the end of the run.
fn say(around: Surroundings<'_>) {
    around.notes.borrow_mut().say(|diagnostic| around.console.tell(diagnostic));
}

/// `validate`, which needs neither token nor network.
fn check_files(around: Surroundings<'_>, file: &ManifestFile, fleet: &mut Fleet) -> Result<(), Failure> {
    let inputs = around.inputs;
    note_all(around, fleet, inputs.remarks.iter().cloned());
    let (mut members, remarks) = members(around, &names_in(file, &inputs.fleet.organizations)?, Some(file))?;
    note_all(around, fleet, remarks);
    judge_first(around, &mut members, fleet)?;
    say(around);
    for Member { name, manifest, journal } in &mut members {
        let Some(manifest) = manifest else { continue };
        validate::check(manifest, name, inputs, journal)?;
        let registries = counted(manifest.registries.len(), "registry", "registries");
        journal.fact(format!("{} is valid for {name}: {registries}", manifest.file()));
        journal.end(Ok(()));
        journal.console.release();
    }
    fleet.organizations = members.into_iter().map(|member| member.journal.report).collect();
    Ok(())
}

/// `check`, which asks registries and not GitHub.
async fn check_credentials(
    around: Surroundings<'_>,
    file: &ManifestFile,
    roots: &Roots,
    fleet: &mut Fleet,
) -> Result<(), Failure> {
    let Surroundings { inputs, environment, console, shutdown, notes: _ } = around;
    let read = names_in(file, &inputs.fleet.organizations).and_then(|names| members(around, &names, Some(file)));
    let mut vault = Vault::new(environment, console, &inputs.own_credentials, inputs.secret.as_ref());
    if let Ok((members, _)) = &read {
        // Before anything is printed.
        let entries = members.iter().flat_map(|member| &member.manifest).flat_map(|manifest| &manifest.registries);
        vault.read(entries.filter_map(Desired::secret));
    }
    note_all(around, fleet, inputs.remarks.iter().cloned());
    let (mut members, remarks) = read?;
    note_all(around, fleet, remarks);
    judge_first(around, &mut members, fleet)?;
    let (mut attempts, mut missing) = (Vec::new(), Vec::new());
    for Member { name, manifest, journal } in &mut members {
        let manifest = manifest.take().unwrap_or_default();
        journal.report.expiring = Ends::new(&manifest, inputs.horizon, Some(&vault)).expiring();
        let home = judge::home(inputs.api_host.as_deref(), None, name, inputs.horizon);
        journal.assess(Judged::entries(&manifest).with_secrets(&vault).assess(&home, &inputs.levels))?;
        match Attempt::of_manifest(&manifest, &vault) {
            Ok((of_member, remarks)) => {
                journal.note_all(remarks);
                attempts.push(of_member);
            }
            Err(problems) => missing.push(problems),
        }
    }
    let missing = SecretProblems::of_all(missing);
    if !missing.is_empty() {
        return Err(Failure::invalid(missing.diagnostics()));
    }
    say(around);
    let client = RegistryClient::new(roots.clone(), inputs.proxies.clone(), shutdown.clone());
    let all: Vec<&[Attempt]> = attempts.iter().map(Vec::as_slice).collect();
    let checks = credentials::try_all(&all, &client, console).await;
    for ((mut member, attempts), checks) in members.into_iter().zip(&attempts).zip(checks) {
        let ended = credentials::conclude(attempts, checks, &mut member.journal);
        member.journal.end(ended);
        member.journal.console.release();
        fleet.organizations.push(member.journal.report);
    }
    Ok(())
}

/// The organizations that `validate` looks at. With `*` it is every one that has a file; or, with one file, every one
/// that the file names, and the rest.
fn names_in(file: &ManifestFile, organizations: &Organizations) -> Result<Vec<String>, Failure> {
    Ok(match organizations {
        Organizations::One(name) => vec![name.clone()],
        Organizations::Several(names) => names.clone(),
        Organizations::All if file.is_per_organization() => {
            let names = files::spellings(file);
            if names.is_empty() {
                let message = format!("no file fits {}, where `{{org}}` stands for an organization's name", file.shown);
                return Err(Failure::invalid(vec![Diagnostic::error("Manifest", message)]));
            }
            names
        }
        Organizations::All => {
            let named = files::whole(file)?.organizations().into_iter().map(|(name, _)| name);
            named.chain(std::iter::once(Manifest::REST.to_owned())).collect()
        }
    })
}

/// The organizations of this run, each with what its manifest says, and what there is to say of the files.
///
/// # Errors
/// Everything that is wrong in any manifest.
fn members(
    around: Surroundings<'_>,
    all: &[String],
    file: Option<&ManifestFile>,
) -> Result<(Vec<Member>, Vec<Diagnostic>), Failure> {
    let shard = around.inputs.fleet.shard;
    let names: Vec<String> = all.iter().filter(|name| shard.is_none_or(|shard| shard.has(name))).cloned().collect();
    let mut remarks = Vec::new();
    let mut problems = Vec::new();
    let whole = match file {
        Some(file) if !file.is_per_organization() => Some(files::whole(file)?),
        _ => None,
    };
    if let Some(whole) = &whole {
        remarks.extend(whole.remarks.iter().cloned());
        if matches!(around.inputs.work, Work::OnGitHub(..)) || !all.iter().any(|name| name == Manifest::REST) {
            remarks.extend(files::not_in_the_run(whole, all));
        }
        problems.extend(whole.check_for(&names).err().into_iter().flat_map(|error| error.diagnostics));
    }
    let mut members = Vec::new();
    for name in names {
        let manifest = match (file, &whole) {
            (None, _) => Ok(Some(Manifest::default())),
            (Some(_), Some(whole)) => whole.of(&name).map(Some).map_err(Failure::from),
            (Some(file), None) => own(file, &name, all, &around.inputs.fleet.organizations, &mut remarks),
        };
        let journal = Journal::of_many(around.inputs, &name, around.console.holding_back());
        match manifest {
            Ok(manifest) => members.push(Member { name, manifest, journal }),
            Err(failure) => problems.extend(failure.diagnostics),
        }
    }
    once(&mut problems);
    if problems.is_empty() { Ok((members, remarks)) } else { Err(Failure::invalid(problems)) }
}

/// The file of one organization; with `*`, one that has none is not managed.
fn own(
    file: &ManifestFile,
    name: &str,
    all: &[String],
    organizations: &Organizations,
    remarks: &mut Vec<Diagnostic>,
) -> Result<Option<Manifest>, Failure> {
    let Some(own) = files::of(file, name)? else {
        if *organizations == Organizations::All {
            return Ok(None);
        }
        let shown = file.of(name).shown;
        let location = Some(Location { file: shown.clone(), line: 1, column: 1 });
        let message = format!(
            "the manifest {shown} of the organization {name} does not exist: write one (`operation: export` does), or \
             take {name} out of `org`"
        );
        return Err(Failure::invalid(vec![Diagnostic::error("Manifest", message).at(location)]));
    };
    let manifest = files::whole(&own)?;
    remarks.extend(manifest.remarks.iter().cloned().chain(files::not_in_the_run(&manifest, all)));
    Ok(Some(manifest.of(name)?))
}

/// Leaves out what was said before: one file may be wrong for many organizations in the same words.
fn once(diagnostics: &mut Vec<Diagnostic>) {
    let mut seen = BTreeSet::new();
    diagnostics.retain(|diagnostic| seen.insert(diagnostic.text_with_location()));
}

/// What of an assessment has not been found of the same entry before, if there is anything.
fn unknown(
    mut assessment: Assessment,
    known: &mut BTreeSet<(Option<String>, &'static str, String)>,
) -> Option<Assessment> {
    let label = &assessment.label;
    assessment
        .findings
        .retain(|Found { finding, .. }| known.insert((label.clone(), finding.rule, finding.message.clone())));
    Some(assessment).filter(|assessment| !assessment.findings.is_empty())
}

/// What the rules say of the entries of all organizations, before anybody is asked.
fn judge_first(around: Surroundings<'_>, members: &mut [Member], fleet: &mut Fleet) -> Result<(), Failure> {
    let inputs = around.inputs;
    let mut assessments = Vec::new();
    let mut known = BTreeSet::new();
    for Member { name, manifest, journal } in members.iter_mut() {
        let ends = manifest.as_ref().map(|manifest| Ends::new(manifest, inputs.horizon, None));
        journal.report.expiring = ends.map(|ends| ends.expiring()).unwrap_or_default();
        let own = journal.report.expiring.iter().map(|expiring| (name.clone(), expiring.clone()));
        fleet.expiring.extend(own);
        let home = judge::home(inputs.api_host.as_deref(), None, name, inputs.horizon);
        let entries = manifest.iter().flat_map(|manifest| Judged::entries(manifest).assess(&home, &inputs.levels));
        // One file says much the same for all, and is kept once.
        assessments.extend(entries.filter_map(|assessment| unknown(assessment, &mut known)));
    }
    let (errors, others) = judge::diagnostics(assessments.iter(), &judge::Told::default());
    note_all(around, fleet, others);
    let told = Rc::new(judge::told(assessments.iter()));
    for member in members {
        member.journal.has_told(&told);
    }
    if errors.is_empty() { Ok(()) } else { Err(Failure::invalid(errors)) }
}

/// Every operation but `validate`.
async fn on_github(
    github: &GitHub,
    task: &Task,
    registries: Option<&RegistryClient>,
    around: Surroundings<'_>,
    files: &mut Files,
    fleet: &mut Fleet,
) -> Result<(), Failure> {
    if let Task::Organizations = task {
        return tell_installations(around, github, fleet).await;
    }
    let Surroundings { inputs, environment, console, shutdown, notes: _ } = around;
    let installations = match &inputs.fleet.organizations {
        // The manifests of organizations that are named are judged before anybody is asked.
        Organizations::All => github.installations().await?,
        _ => None,
    };
    let all = match (&inputs.fleet.organizations, &installations) {
        (Organizations::Several(names), _) => names.clone(),
        (_, Some(installations)) => workable(installations),
        (_, None) => Vec::new(),
    };
    let all = &all;
    let read = members(around, all, task.manifest());
    let mut vault = Vault::new(environment, console, &inputs.own_credentials, inputs.secret.as_ref());
    if let Ok((members, _)) = &read {
        // Before anything is printed; see the same for one organization.
        let entries = members.iter().flat_map(|member| &member.manifest).flat_map(|manifest| &manifest.registries);
        vault.read(entries.filter_map(Desired::secret));
    }
    note_all(around, fleet, inputs.remarks.iter().cloned());
    let (mut members, remarks) = read?;
    note_all(around, fleet, remarks);
    judge_first(around, &mut members, fleet)?;
    check_selection(task, &members)?;
    if members.is_empty() {
        note_all(around, fleet, [Diagnostic::warning("Organizations", "this run has no organization")]);
    }
    if let Task::Export(Some(path)) = task {
        let paths = members.iter().map(|member| (member.name.clone(), in_path(path, &member.name)));
        let cant = |error| Diagnostic::error("Outputs", format!("{error:#}. Nothing was sent"));
        files.open_exports(paths).map_err(|error| Failure::invalid(vec![cant(error)]))?;
    }
    if !members.is_empty() && installations.is_none() {
        github.installations().await?;
    }
    say(around);
    let (total, alive) = (members.len(), RefCell::default());
    let many = Many { github, registries, around, vault: &vault, task, total, done: Cell::new(0), alive };
    let ended = many.run(members, fleet).await;
    many.sign_out(fleet).await;
    ended?;
    if let Task::Export(_) = task {
        read::write_exports(environment, files, shutdown, console, fleet).await?;
    }
    Ok(())
}

/// The organizations that an App can work on, as far as GitHub tells: not those that have suspended it.
fn workable(installations: &[Installation]) -> Vec<String> {
    let organizations = installations.iter().filter(|it| it.is_organization && !it.is_suspended);
    let mut names: Vec<String> = organizations.filter_map(|it| it.account.clone()).collect();
    names.sort_by_key(|name| name.to_lowercase());
    names
}

/// `organizations`: where the App is installed, and whether it can work there.
async fn tell_installations(around: Surroundings<'_>, github: &GitHub, fleet: &mut Fleet) -> Result<(), Failure> {
    let inputs = around.inputs;
    note_all(around, fleet, inputs.remarks.iter().cloned());
    let Some(installed) = github.installations().await? else {
        let message = "input `operation` is organizations, which asks where an App is installed: sign in with \
                       `app-client-id` and `app-private-key` instead of `token`";
        return Err(Failure::invalid(vec![Diagnostic::error("Input", message)]));
    };
    let state = |name: &str| {
        let is_it = |it: &&Installation| it.account.as_ref().is_some_and(|account| account.eq_ignore_ascii_case(name));
        installed.iter().find(is_it).map_or("not-installed", |it| it.state().as_str())
    };
    let mut names: Vec<String> = match &inputs.fleet.organizations {
        Organizations::All => {
            installed.iter().filter(|it| it.is_organization).filter_map(|it| it.account.clone()).collect()
        }
        Organizations::Several(names) => names.clone(),
        Organizations::One(name) => vec![name.clone()],
    };
    if inputs.fleet.organizations == Organizations::All {
        names.sort_by_key(|name| name.to_lowercase());
    }
    names.retain(|name| inputs.fleet.shard.is_none_or(|shard| shard.has(name)));
    let told = names.into_iter().map(|organization| report::Installation { state: state(&organization), organization });
    let told: Vec<report::Installation> = told.collect();
    for report::Installation { organization, state } in &told {
        around.console.text(&format!("{organization}: {state}"));
    }
    fleet.installations = Some(told);
    Ok(())
}

/// A selection in the inputs is every organization's own, as one in a manifest is.
fn check_selection(task: &Task, members: &[Member]) -> Result<(), Failure> {
    let Task::Upsert(desired) = task else { return Ok(()) };
    let problem = |message| Diagnostic::error("Input", format!("input `selected-repositories` {message}"));
    let mut problems: Vec<Diagnostic> = members
        .iter()
        .filter(|member| desired.of(&member.name).is_none())
        .map(|member| problem(format!("names no repository of the organization {}", member.name)))
        .collect();
    let ids = desired.settings.repositories.iter().flatten().filter(|it| matches!(it, Repository::Id(_)));
    if let (Some(id), true) = (ids.into_iter().next(), members.len() > 1) {
        let message = format!("has the id {id}, which is a repository of one organization: name the repositories");
        problems.push(problem(message));
    }
    if problems.is_empty() { Ok(()) } else { Err(Failure::invalid(problems)) }
}

/// Organizations that are worked on, some of them side by side.
struct Many<'a> {
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
struct ReadyMember {
    member: Member,
    organization: Rc<Organization>,
    ready: Result<(Plan, Result<Option<Prepared>, NotReady>), Failure>,
}

impl Many<'_> {
    async fn run(&self, members: Vec<Member>, fleet: &mut Fleet) -> Result<(), Failure> {
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
    async fn sign_out(&self, fleet: &mut Fleet) {
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
            None => self.try_credentials(&mut ready).await,
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

    /// Tries every secret that is about to be stored anywhere; a failure when the run was stopped meanwhile.
    async fn try_credentials(&self, ready: &mut [ReadyMember]) -> Option<Failure> {
        let client = self.registries?;
        let of_member = |it: &ReadyMember| match &it.ready {
            Ok((plan, Ok(Some(prepared)))) => Attempt::of_plan(plan, prepared),
            _ => Vec::new(),
        };
        let attempts: Vec<Vec<Attempt>> = ready.iter().map(of_member).collect();
        let all: Vec<&[Attempt]> = attempts.iter().map(Vec::as_slice).collect();
        let checks = credentials::try_all(&all, client, self.around.console).await;
        for ((it, attempts), checks) in ready.iter_mut().zip(&attempts).zip(checks) {
            if let (Ok((_, Ok(Some(prepared)))), false) = (&mut it.ready, attempts.is_empty()) {
                credentials::bar(attempts, checks, self.around.inputs.check_mode, prepared, &mut it.member.journal);
            }
        }
        credentials::stopped(client)
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
