//! An operation on several organizations: all manifests are read and checked first, then all organizations are planned,
//! and only then does the first write happen.

mod credentials;
mod installations;
mod many;
mod members;

use self::many::Many;
use self::members::{Member, judge_first, names_in, read_members};
use super::credentials::wanted;
use super::expiring::Expirations;
use super::failure::Failure;
use super::journal::{Journal, print_needs};
use super::{GitHub, RunContext, counted, read, registries, stopped, validate};
use crate::actions::{Console, Files};
use crate::apply::{SecretProblems, take_secrets};
use crate::desired::{Desired, Repository};
use crate::diagnostics::{Diagnostic, Severity};
use crate::inputs::{Following, ManifestFile, Organizations, Task, Work, in_path};
use crate::plan::Resend;
use crate::probe::RegistryClient;
use crate::report::{Documents, Ended, Fleet};
use crate::secrets::Vault;

/// Runs an operation on several organizations.
pub(super) async fn run(context: RunContext<'_>, files: &mut Files) -> Fleet {
    let inputs = context.inputs;
    let dry_run = inputs.dry_run && inputs.operation.writes();
    let mut fleet = Fleet::new(inputs.operation, dry_run, files.wants_result());
    let ended = match &inputs.work {
        Work::Here(file) => check_files(context, file, &mut fleet),
        Work::Check(file, roots) => credentials::check(context, file, roots, &mut fleet).await,
        Work::OnGitHub(connection, task) => match GitHub::new(connection, context.console, context.shutdown) {
            Ok(github) => {
                let registries = registries(connection, context);
                let ended = on_github(&github, task, registries.as_ref(), context, files, &mut fleet).await;
                note_all(context, &mut fleet, github.advice());
                ended
            }
            Err(error) => Err(error.into()),
        },
    };
    let skipped = fleet.organizations().iter().map(Ended::skipped).sum();
    if let Err(Failure { exit, diagnostics }) = stopped(ended, context.shutdown, skipped) {
        fleet.own_exit = exit;
        fleet.errors = diagnostics;
    }
    for error in &fleet.errors {
        context.notes.borrow_mut().add(error.clone());
    }
    print_notes(context);
    print_needs(context.console, &fleet.needs());
    fleet
}

/// Notes diagnostics that concern no organization in particular, to be printed later. Warnings also go into the report.
fn note_all(context: RunContext<'_>, fleet: &mut Fleet, diagnostics: impl IntoIterator<Item = Diagnostic>) {
    for diagnostic in diagnostics {
        let is_warning = diagnostic.severity == Severity::Warning;
        if context.notes.borrow_mut().add(diagnostic.clone()) && is_warning {
            fleet.warnings.push(diagnostic);
        }
    }
}

/// Prints what was noted and not printed yet. This is done before any organization's log and at the end of the run.
fn print_notes(context: RunContext<'_>) {
    context.notes.borrow_mut().print(|diagnostic| context.console.tell(diagnostic));
}

/// Returns the outcome of an organization, and the console that holds back its log.
fn outcome(Journal { console, report, .. }: Journal, documents: &Documents) -> (Console, Ended) {
    let ended = Ended::new(report, |text| console.redact(text), documents);
    (console, ended)
}

/// Prints the log of an organization, and keeps its outcome.
fn close(journal: Journal, fleet: &mut Fleet) {
    let (console, ended) = outcome(journal, fleet.documents());
    console.release();
    fleet.push(ended);
}

/// Performs `validate`, which needs neither token nor network.
fn check_files(context: RunContext<'_>, file: &ManifestFile, fleet: &mut Fleet) -> Result<(), Failure> {
    let inputs = context.inputs;
    note_all(context, fleet, inputs.remarks.iter().cloned());
    let (mut members, remarks) = read_members(context, &names_in(file, &inputs.fleet.organizations)?, Some(file))?;
    note_all(context, fleet, remarks);
    judge_first(context, &mut members, fleet)?;
    print_notes(context);
    for mut member in members {
        let manifest = member.take_manifest()?;
        let Member { name, mut journal, .. } = member;
        if let Some(manifest) = manifest {
            validate::check(&manifest, &name, inputs, &mut journal)?;
            let registries = counted(manifest.registries.len(), "registry", "registries");
            journal.fact(format!("{} is valid for {name}: {registries}", manifest.file()));
            journal.end(Ok(()));
        }
        close(journal, fleet);
    }
    Ok(())
}

/// Performs an operation that needs GitHub.
async fn on_github(
    github: &GitHub,
    task: &Task,
    registries: Option<&RegistryClient>,
    context: RunContext<'_>,
    files: &mut Files,
    fleet: &mut Fleet,
) -> Result<(), Failure> {
    if let Task::Organizations = task {
        return installations::list(context, github, fleet).await;
    }
    let RunContext { inputs, environment, console, shutdown, notes: _ } = context;
    let installations = match &inputs.fleet.organizations {
        // If the organizations are named, their manifests are checked before the first request.
        Organizations::All => github.installations().await?,
        _ => None,
    };
    let all = match (&inputs.fleet.organizations, &installations) {
        (Organizations::Several(names), _) => names.clone(),
        (_, Some(installations)) => installations::usable(context, installations, fleet),
        (_, None) => Vec::new(),
    };
    let all = &all;
    let mut vault = Vault::new(environment, console, &inputs.own_credentials, inputs.secret.as_ref());
    let members = judged_members(context, read_members(context, all, task.manifest()), &mut vault, fleet)?;
    check_selection(task, &members)?;
    check_secrets(context, task, &members, &vault)?;
    if members.is_empty() {
        note_all(context, fleet, [Diagnostic::warning("Organizations", "this run has no organizations")]);
    }
    if let Task::Export(Some(path)) = task {
        let paths = members.iter().filter_map(|member| Some((member.name.clone(), in_path(path, &member.name)?)));
        let unwritable = |error| Diagnostic::error("Outputs", format!("{error:#}. Nothing was sent"));
        files.open_exports(paths).map_err(|error| Failure::invalid(vec![unwritable(error)]))?;
    }
    if !members.is_empty() && installations.is_none() {
        github.installations().await?;
    }
    print_notes(context);
    let many = Many::new(github, registries, context, &vault, task, members.len(), fleet.documents());
    let ended = many.run(members, fleet).await;
    many.sign_out(fleet).await;
    ended?;
    if let Task::Export(_) = task {
        read::write_exports(files, shutdown, console, fleet).await?;
    }
    Ok(())
}

/// Checks, before the first request, that no organization lacks a secret that is certainly needed. With
/// `resend: always`, these are the secrets of all entries; with `on-change`, only the plans show which are needed.
///
/// # Errors
/// All secrets that are missing or unusable, in any organization.
fn check_secrets(context: RunContext<'_>, task: &Task, members: &[Member], vault: &Vault<'_>) -> Result<(), Failure> {
    let sends_all = |following: &Following<'_>| following.applies() && following.policy.resend == Resend::Always;
    if context.inputs.only_reports() || !task.following().as_ref().is_some_and(sends_all) {
        return Ok(());
    }
    let mut problems = Vec::new();
    for member in members {
        let Some(manifest) = member.manifest()? else { continue };
        let expired = Expirations::new(&manifest, context.inputs.horizon, Some(vault)).expired();
        let is_sent = |desired: &&Desired| desired.label.as_deref().is_none_or(|label| !expired.contains_key(label));
        problems.push(take_secrets(wanted(manifest.registries.iter().filter(is_sent)), vault).problems);
    }
    let missing = SecretProblems::of_all(problems).diagnostics();
    if missing.is_empty() { Ok(()) } else { Err(Failure::invalid(missing)) }
}

/// Masks the secrets of the organizations before anything is printed, even for a plan, and then reports the remarks about
/// their manifests and the findings of the rules.
///
/// # Errors
/// Errors in the manifests, and findings at level `error`.
fn judged_members(
    context: RunContext<'_>,
    read: Result<(Vec<Member>, Vec<Diagnostic>), Failure>,
    vault: &mut Vault<'_>,
    fleet: &mut Fleet,
) -> Result<Vec<Member>, Failure> {
    if let Ok((members, _)) = &read {
        vault.read(members.iter().flat_map(Member::desired).filter_map(Desired::secret));
    }
    note_all(context, fleet, context.inputs.remarks.iter().cloned());
    let (mut members, remarks) = read?;
    note_all(context, fleet, remarks);
    judge_first(context, &mut members, fleet)?;
    Ok(members)
}

/// Checks the repository selection in the inputs, which must have a repository of each organization, and no id that
/// could belong to only one of them.
fn check_selection(task: &Task, members: &[Member]) -> Result<(), Failure> {
    let Task::Upsert(desired) = task else { return Ok(()) };
    let problem = |message| Diagnostic::error("Input", format!("input `selected-repositories` {message}"));
    let mut problems: Vec<Diagnostic> = members
        .iter()
        .filter(|member| desired.of(&member.name).is_none())
        .map(|member| problem(format!("names no repository of the organization {}", member.name)))
        .collect();
    let ids =
        desired.settings.repositories.iter().flatten().filter(|repository| matches!(repository, Repository::Id(_)));
    if let (Some(id), true) = (ids.into_iter().next(), members.len() > 1) {
        let message = format!("has the id {id}, which is a repository of one organization: name the repositories");
        problems.push(problem(message));
    }
    if problems.is_empty() { Ok(()) } else { Err(Failure::invalid(problems)) }
}
