//! Checks the credentials of several organizations together, so that each registry is asked once.

use super::many::{Ready, Stage};
use super::members::{Member, names_in, read_members};
use super::{close, judged_members, print_notes};
use crate::apply::SecretProblems;
use crate::http::Roots;
use crate::inputs::ManifestFile;
use crate::operations::RunContext;
use crate::operations::credentials::{self, Attempt};
use crate::operations::expiring::Expirations;
use crate::operations::failure::Failure;
use crate::operations::judge::{self, Judged};
use crate::probe::RegistryClient;
use crate::report::Fleet;
use crate::secrets::Vault;

/// Performs `check`: tries the credentials of the manifests at their registries, without any request to GitHub.
pub(super) async fn check(
    context: RunContext<'_>,
    file: &ManifestFile,
    roots: &Roots,
    fleet: &mut Fleet,
) -> Result<(), Failure> {
    let RunContext { inputs, environment, console, shutdown, notes: _ } = context;
    let read = names_in(file, &inputs.fleet.organizations).and_then(|names| read_members(context, &names, Some(file)));
    let mut vault = Vault::new(environment, console, &inputs.own_credentials, inputs.secret.as_ref());
    let mut members = judged_members(context, read, &mut vault, fleet)?;
    print_notes(context);
    let attempts = attempts(context, &mut members, &vault);
    if attempts.is_err() {
        for Member { journal, .. } in &mut members {
            journal.print_notes();
            journal.console.release();
        }
    }
    let attempts = attempts?;
    let client = RegistryClient::new(roots.clone(), inputs.proxies.clone(), shutdown.clone());
    let all: Vec<&[Attempt]> = attempts.iter().map(Vec::as_slice).collect();
    let checks = credentials::try_all(&all, &client, console).await;
    for ((mut member, attempts), checks) in members.into_iter().zip(&attempts).zip(checks) {
        let ended = credentials::conclude(attempts, checks, &mut member.journal);
        member.journal.end(ended);
        close(member.journal, fleet);
    }
    Ok(())
}

/// Returns the credentials to try, by organization.
fn attempts(context: RunContext<'_>, members: &mut [Member], vault: &Vault) -> Result<Vec<Vec<Attempt>>, Failure> {
    let inputs = context.inputs;
    let (mut attempts, mut missing) = (Vec::new(), Vec::new());
    for member in members {
        let manifest = member.take_manifest()?.unwrap_or_default();
        let Member { name, journal, .. } = member;
        journal.report.expiring = Expirations::new(&manifest, inputs.horizon, Some(vault)).expiring();
        let home = judge::home(inputs.api_host.as_deref(), None, name, inputs.horizon);
        journal.assess(Judged::entries(&manifest).with_secrets(vault).assess(&home, &inputs.levels))?;
        match Attempt::of_manifest(&manifest, vault) {
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
    Ok(attempts)
}

/// Tries every secret that is about to be stored, in any organization. Returns a failure if the run was stopped
/// meanwhile.
pub(super) async fn try_all(
    client: Option<&RegistryClient>,
    context: RunContext<'_>,
    stages: &mut [Stage],
) -> Option<Failure> {
    let client = client?;
    let ready = stages.iter_mut().filter_map(|stage| match stage {
        Stage::Ready(ready) => Some(&mut **ready),
        Stage::Ended { .. } => None,
    });
    let mut ready: Vec<&mut Ready> = ready.collect();
    let attempts = ready.iter().map(|ready| match &ready.plan {
        Ok((plan, Ok(Some(prepared)))) => Attempt::of_plan(plan, prepared),
        _ => Vec::new(),
    });
    let attempts: Vec<Vec<Attempt>> = attempts.collect();
    let all: Vec<&[Attempt]> = attempts.iter().map(Vec::as_slice).collect();
    let checks = credentials::try_all(&all, client, context.console).await;
    for ((ready, attempts), checks) in ready.iter_mut().zip(&attempts).zip(checks) {
        if let (Ok((_, Ok(Some(prepared)))), false) = (&mut ready.plan, attempts.is_empty()) {
            credentials::bar(attempts, checks, context.inputs.check_mode, prepared, &mut ready.member.journal);
        }
    }
    credentials::stopped(client)
}
