//! An operation on several organizations: all manifests are read and judged first, then all organizations are planned,
//! and only then does the first write happen.

mod credentials;
mod installations;
mod many;
mod members;

use self::many::Many;
use self::members::{Member, judge_first, names_in, read_members};
use super::credentials::wanted;
use super::expiring::Ends;
use super::failure::Failure;
use super::journal::{Journal, tell_needs};
use super::{GitHub, Surroundings, counted, read, registries, stopped, validate};
use crate::actions::Files;
use crate::apply::{SecretProblems, take_secrets};
use crate::desired::{Desired, Repository};
use crate::diagnostics::{Diagnostic, Severity};
use crate::inputs::{Following, ManifestFile, Organizations, Task, Work, in_path};
use crate::plan::Resend;
use crate::probe::RegistryClient;
use crate::report::{Ended, Fleet};
use crate::secrets::Vault;

/// Runs an operation on several organizations.
pub(super) async fn run(around: Surroundings<'_>, files: &mut Files) -> Fleet {
    let inputs = around.inputs;
    let dry_run = inputs.dry_run && inputs.operation.writes();
    let mut fleet = Fleet::new(inputs.operation, dry_run, files.wants_result());
    let ended = match &inputs.work {
        Work::Here(file) => check_files(around, file, &mut fleet),
        Work::Check(file, roots) => credentials::check(around, file, roots, &mut fleet).await,
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
    let skipped = fleet.organizations().iter().map(Ended::skipped).sum();
    if let Err(Failure { exit, diagnostics }) = stopped(ended, around.shutdown, skipped) {
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

/// Prints the log of an organization that has ended, and keeps its outcome.
fn close(Journal { console, report, .. }: Journal) -> Ended {
    console.release();
    Ended::new(report, |text| console.redact(text))
}

/// `validate`, which needs neither token nor network.
fn check_files(around: Surroundings<'_>, file: &ManifestFile, fleet: &mut Fleet) -> Result<(), Failure> {
    let inputs = around.inputs;
    note_all(around, fleet, inputs.remarks.iter().cloned());
    let (mut members, remarks) = read_members(around, &names_in(file, &inputs.fleet.organizations)?, Some(file))?;
    note_all(around, fleet, remarks);
    judge_first(around, &mut members, fleet)?;
    say(around);
    for mut member in members {
        let manifest = member.take_manifest()?;
        let Member { name, mut journal, .. } = member;
        if let Some(manifest) = manifest {
            validate::check(&manifest, &name, inputs, &mut journal)?;
            let registries = counted(manifest.registries.len(), "registry", "registries");
            journal.fact(format!("{} is valid for {name}: {registries}", manifest.file()));
            journal.end(Ok(()));
        }
        fleet.push(close(journal));
    }
    Ok(())
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
        return installations::list(around, github, fleet).await;
    }
    let Surroundings { inputs, environment, console, shutdown, notes: _ } = around;
    let installations = match &inputs.fleet.organizations {
        // The manifests of organizations that are named are judged before anybody is asked.
        Organizations::All => github.installations().await?,
        _ => None,
    };
    let all = match (&inputs.fleet.organizations, &installations) {
        (Organizations::Several(names), _) => names.clone(),
        (_, Some(installations)) => installations::usable(around, installations, fleet),
        (_, None) => Vec::new(),
    };
    let all = &all;
    let read = read_members(around, all, task.manifest());
    let mut vault = Vault::new(environment, console, &inputs.own_credentials, inputs.secret.as_ref());
    if let Ok((members, _)) = &read {
        // Before anything is printed; see the same for one organization.
        vault.read(members.iter().flat_map(Member::desired).filter_map(Desired::secret));
    }
    note_all(around, fleet, inputs.remarks.iter().cloned());
    let (mut members, remarks) = read?;
    note_all(around, fleet, remarks);
    judge_first(around, &mut members, fleet)?;
    check_selection(task, &members)?;
    check_secrets(around, task, &members, &vault)?;
    if members.is_empty() {
        note_all(around, fleet, [Diagnostic::warning("Organizations", "this run has no organization")]);
    }
    if let Task::Export(Some(path)) = task {
        let paths = members.iter().filter_map(|member| Some((member.name.clone(), in_path(path, &member.name)?)));
        let cant = |error| Diagnostic::error("Outputs", format!("{error:#}. Nothing was sent"));
        files.open_exports(paths).map_err(|error| Failure::invalid(vec![cant(error)]))?;
    }
    if !members.is_empty() && installations.is_none() {
        github.installations().await?;
    }
    say(around);
    let many = Many::new(github, registries, around, &vault, task, members.len(), files.wants_result());
    let ended = many.run(members, fleet).await;
    many.sign_out(fleet).await;
    ended?;
    if let Task::Export(_) = task {
        read::write_exports(files, shutdown, console, fleet).await?;
    }
    Ok(())
}

/// Reports the secrets that are certainly needed and missing, in any organization: those of all entries, if each is sent
/// again. With `resend: on-change`, only the plans tell which are needed.
fn check_secrets(around: Surroundings<'_>, task: &Task, members: &[Member], vault: &Vault<'_>) -> Result<(), Failure> {
    let sends_all = |following: &Following<'_>| following.applies() && following.policy.resend == Resend::Always;
    if around.inputs.only_reports() || !task.following().as_ref().is_some_and(sends_all) {
        return Ok(());
    }
    let mut problems = Vec::new();
    for member in members {
        let Some(manifest) = member.manifest()? else { continue };
        let over = Ends::new(&manifest, around.inputs.horizon, Some(vault)).over();
        let is_sent = |desired: &&Desired| desired.label.as_deref().is_none_or(|label| !over.contains_key(label));
        problems.push(take_secrets(wanted(manifest.registries.iter().filter(is_sent)), vault).problems);
    }
    let missing = SecretProblems::of_all(problems).diagnostics();
    if missing.is_empty() { Ok(()) } else { Err(Failure::invalid(missing)) }
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
