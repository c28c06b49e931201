//! Tries credentials at their registries: before they are stored, or for the operation `check`.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::expiring::Expirations;
use super::failure::Failure;
use super::journal::Journal;
use super::judge::{self, Judged};
use super::{RunContext, Session, counted, files};
use crate::actions::Console;
use crate::apply::{Prepared, SecretProblems, Secrets, Trouble, Wanted, take_secrets};
use crate::desired::{Desired, Settings, Username};
use crate::diagnostics::{Diagnostic, Location, listed};
use crate::exit::Exit;
use crate::http::Roots;
use crate::inputs::ManifestFile;
use crate::manifest::Manifest;
use crate::plan::{Change, Plan};
use crate::probe::{Candidate, Check, CheckMode, Probe, RegistryClient, Value, Verdict, announcement};
use crate::registry::RegistryType;
use crate::secrets::{SecretSource, Vault};
use crate::text::one_line;

/// The result of each check, by the index of its change in the plan; without a plan, of its entry in the manifest.
type Checks = BTreeMap<usize, Check>;

/// A credential to try.
pub(super) struct Attempt {
    /// The index of its change in the plan; without a plan, of its entry in the manifest.
    index: usize,
    /// The configuration's label, or whatever else identifies it to a reader.
    title: String,
    /// The position of its entry in the manifest.
    location: Option<Location>,
    /// The source of the secret, such as `NPM_TOKEN`.
    source: String,
    candidate: Candidate,
}

impl Attempt {
    /// Returns the credentials that a plan stores.
    pub(super) fn of_plan(plan: &Plan, prepared: &Prepared) -> Vec<Self> {
        let changes = plan.changes.iter().enumerate().filter(|(_, change)| change.withheld.is_none());
        changes.filter_map(|(index, change)| Self::of_change(index, change, prepared)).collect()
    }

    /// Returns the credential that a change stores, if any.
    fn of_change(index: usize, change: &Change, prepared: &Prepared) -> Option<Self> {
        let Settings { url, username, secret, .. } = change.settings()?;
        let username = match username {
            Some(username) => username.as_deref(),
            None => change.username.as_deref(),
        };
        let candidate = Candidate {
            registry_type: RegistryType::parse(&change.registry_type),
            auth_type: change.auth_type,
            url: url.as_ref().map(ToString::to_string).or_else(|| change.url.clone()),
            username: username.map(str::to_owned),
            value: prepared.secret(index).cloned().map_or(Value::Sealed, Value::Plain),
        };
        let (title, location) = (change.title(), change.location.clone());
        Some(Self { index, title, location, source: source(secret.as_ref()?), candidate })
    }

    /// Returns the credentials of a manifest's entries, and remarks about their secrets.
    ///
    /// # Errors
    /// All secrets that are missing or unusable.
    pub(super) fn of_manifest(
        manifest: &Manifest,
        vault: &Vault<'_>,
    ) -> Result<(Vec<Self>, Vec<Diagnostic>), SecretProblems> {
        let Secrets { mut values, remarks, problems } = take_secrets(wanted(manifest.registries.iter()), vault);
        if !problems.is_empty() {
            return Err(problems);
        }
        let entries = manifest.registries.iter().enumerate();
        let attempts = entries.map(|(index, desired)| Self::of_entry(index, desired, values.remove(&index)));
        Ok((attempts.collect(), remarks))
    }

    fn of_entry(index: usize, desired: &Desired, value: Option<SecretString>) -> Self {
        let Desired { label: _, location, name: _, registry_type, auth_type, settings, expires: _ } = desired;
        let value = match (&settings.secret, value) {
            (None, _) => Value::Absent,
            (Some(_), None) => Value::Sealed,
            (Some(_), Some(value)) => Value::Plain(value),
        };
        let candidate = Candidate {
            registry_type: Some(*registry_type),
            auth_type: Some(*auth_type),
            url: settings.url.as_ref().map(ToString::to_string),
            username: settings.username.as_ref().and_then(Username::as_deref).map(str::to_owned),
            value,
        };
        let source = settings.secret.as_ref().map(source).unwrap_or_default();
        Self { index, title: title(desired), location: location.clone(), source, candidate }
    }
}

/// Returns the secrets that some entries need.
pub(super) fn wanted<'a>(entries: impl Iterator<Item = &'a Desired>) -> impl Iterator<Item = Wanted<'a>> {
    entries.enumerate().filter_map(|(index, desired)| {
        let (source, username) = desired.secret()?;
        Some(Wanted { index, source, username, title: title(desired) })
    })
}

fn title(desired: &Desired) -> String {
    desired.label.clone().unwrap_or_else(|| desired.registry_type.dependabot())
}

fn source(secret: &SecretSource) -> String {
    match secret {
        SecretSource::Given => "input `secret`".to_owned(),
        SecretSource::Reference(reference) => reference.template.variables().join(", "),
        SecretSource::Sealed(_) => "a sealed value".to_owned(),
    }
}

/// Tries the credentials of one or more organizations, and returns the results by organization. Before it sends
/// anything, it prints which secret goes to which host.
pub(super) async fn try_all(all: &[&[Attempt]], client: &RegistryClient, console: &Console) -> Vec<Checks> {
    let mut checks: Vec<Checks> = all.iter().map(|_| Checks::new()).collect();
    let (mut tried, mut probes) = (Vec::new(), Vec::new());
    for (number, attempts) in all.iter().enumerate() {
        for attempt in *attempts {
            match Probe::new(&attempt.candidate) {
                Ok(probe) => {
                    tried.push((number, attempt));
                    probes.push(probe);
                }
                Err(check) => drop(checks[number].insert(attempt.index, check)),
            }
        }
    }
    if !probes.is_empty() {
        console.group("Credentials to try");
        for line in announcement(tried.iter().map(|(_, attempt)| attempt.source.as_str()).zip(&probes)) {
            console.text(&one_line(&line));
        }
        console.end_group();
    }
    for ((number, attempt), check) in tried.into_iter().zip(client.check(&probes).await) {
        checks[number].insert(attempt.index, check);
    }
    checks
}

/// Prints the result of each check and adds it to the report. Returns an error for each credential that was refused.
fn report_checks(attempts: &[Attempt], checks: Checks, journal: &mut Journal) -> Vec<Diagnostic> {
    journal.console.group("Credentials");
    for Attempt { index, title, .. } in attempts {
        if let Some(Check { verdict, why }) = checks.get(index) {
            journal.console.text(&one_line(&format!("{title}: {}: {why}", verdict.as_str())));
        }
    }
    journal.console.end_group();
    journal.note_all(diagnostics(attempts, &checks, Verdict::Unreachable));
    let refused = diagnostics(attempts, &checks, Verdict::Refused);
    journal.report.checks = checks;
    refused
}

/// Returns a diagnostic for the checks with a verdict. Equal results share one, which names all their entries.
fn diagnostics(attempts: &[Attempt], checks: &Checks, verdict: Verdict) -> Vec<Diagnostic> {
    let mut groups: Vec<(&Check, Vec<&Attempt>)> = Vec::new();
    for attempt in attempts {
        let Some(check) = checks.get(&attempt.index).filter(|check| check.verdict == verdict) else { continue };
        match groups.iter_mut().find(|(other, _)| *other == check) {
            Some((_, group)) => group.push(attempt),
            None => groups.push((check, vec![attempt])),
        }
    }
    let diagnostic = |(check, group): (&Check, Vec<&Attempt>)| {
        let titles: Vec<&str> = group.iter().map(|attempt| attempt.title.as_str()).collect();
        let (titles, why) = (listed(&titles), &check.why);
        let location = group.first().and_then(|attempt| attempt.location.clone());
        if verdict == Verdict::Refused {
            Diagnostic::error("Credential", format!("{titles}: the credential is refused: {why}"))
        } else {
            let message = format!("{titles}: it is unknown whether the registry accepts the credential: {why}");
            Diagnostic::warning("Credential", message)
        }
        .at(location)
    };
    groups.into_iter().map(diagnostic).collect()
}

/// Performs `check`: tries the credentials of the manifest, without any request to GitHub. `org` may be empty.
pub(super) async fn check(
    file: &ManifestFile,
    roots: &Roots,
    org: &str,
    context: RunContext<'_>,
    journal: &mut Journal,
) -> Result<(), Failure> {
    let RunContext { inputs, environment, console, shutdown, notes: _ } = context;
    let manifest = files::manifest(file, Some(org).filter(|org| !org.is_empty()));
    let mut vault = Vault::new(environment, console, &inputs.own_credentials, inputs.secret.as_ref());
    if let Ok(manifest) = &manifest {
        // Secrets are masked before anything is printed.
        vault.read(manifest.registries.iter().filter_map(Desired::secret));
    }
    journal.note_all(inputs.remarks.iter().cloned());
    let manifest = manifest?;
    journal.note_all(manifest.remarks.iter().cloned());
    journal.report.expiring = Expirations::new(&manifest, inputs.horizon, Some(&vault)).expiring();
    let home = judge::home(inputs.api_host.as_deref(), None, org, inputs.horizon);
    journal.assess(Judged::entries(&manifest).with_secrets(&vault).assess(&home, &inputs.levels))?;
    let (attempts, remarks) =
        Attempt::of_manifest(&manifest, &vault).map_err(|missing| Failure::invalid(missing.diagnostics()))?;
    journal.note_all(remarks);
    let client = RegistryClient::new(roots.clone(), inputs.proxies.clone(), shutdown.clone());
    let mut checks = try_all(&[&attempts], &client, console).await;
    conclude(&attempts, checks.pop().unwrap_or_default(), journal)
}

/// Reports the results of `check`.
///
/// # Errors
/// All credentials that were refused.
pub(super) fn conclude(attempts: &[Attempt], checks: Checks, journal: &mut Journal) -> Result<(), Failure> {
    let counts = counts(&checks);
    let refused = report_checks(attempts, checks, journal);
    journal.fact(counts);
    if refused.is_empty() { Ok(()) } else { Err(Failure { exit: Exit::Failed, diagnostics: refused }) }
}

/// Counts the results: `5 credentials: 1 refused, 1 not proven, 3 accepted`.
fn counts(checks: &Checks) -> String {
    let all = [
        (Verdict::Refused, "refused"),
        (Verdict::Unreachable, "whose registry can't be reached"),
        (Verdict::NotProven, "not proven"),
        (Verdict::Accepted, "accepted"),
    ];
    let count = |verdict| checks.values().filter(|check| check.verdict == verdict).count();
    let parts: Vec<String> = all
        .into_iter()
        .map(|(verdict, words)| (count(verdict), words))
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{count} {words}"))
        .collect();
    let all = counted(checks.len(), "credential", "credentials");
    if parts.is_empty() { all } else { format!("{all}: {}", parts.join(", ")) }
}

/// Blocks the changes whose credentials must not be stored, and reports the results of all checks.
pub(super) fn bar(
    attempts: &[Attempt],
    checks: Checks,
    mode: CheckMode,
    prepared: &mut Prepared,
    journal: &mut Journal,
) {
    for (index, Check { verdict, why }) in &checks {
        if mode.bars(*verdict) {
            prepared.bar(*index, Trouble::new(barred(*verdict, why)));
        }
    }
    // The errors are dropped: a refused credential is reported with the change that fails because of it.
    report_checks(attempts, checks, journal);
}

/// Returns the reason why a credential is not stored.
fn barred(verdict: Verdict, why: &str) -> String {
    match verdict {
        Verdict::Refused => format!("the credential is refused, so nothing is stored: {why}"),
        Verdict::Accepted | Verdict::NotProven | Verdict::Unreachable => {
            format!("the credential is not proven to work, so `check-credentials: strict` stores nothing: {why}")
        }
    }
}

/// Returns a failure if the run was stopped during the checks. It has no message: whoever handles the signal reports
/// it.
pub(super) fn stopped(client: &RegistryClient) -> Option<Failure> {
    client.is_stopped().then(|| Failure { exit: Exit::Failed, diagnostics: Vec::new() })
}

impl Session<'_> {
    /// Tries every secret that a plan is about to store, if the run checks credentials, and blocks the changes whose
    /// secrets must not be stored.
    ///
    /// # Errors
    /// If the run was stopped meanwhile.
    pub(super) async fn try_credentials(&mut self, plan: &Plan, prepared: &mut Prepared) -> Result<(), Failure> {
        let Some(client) = self.registries else { return Ok(()) };
        let attempts = Attempt::of_plan(plan, prepared);
        if attempts.is_empty() {
            return Ok(());
        }
        let mut checks = try_all(&[&attempts], client, &self.journal.console).await;
        bar(&attempts, checks.pop().unwrap_or_default(), self.inputs.check_mode, prepared, self.journal);
        stopped(client).map_or(Ok(()), Err)
    }
}
