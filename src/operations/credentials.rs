//! Credentials that are tried at their registries: before they are stored, or because a person asks.

use std::collections::BTreeMap;

use super::failure::Failure;
use super::journal::Journal;
use super::judge::{self, Judged};
use super::{Session, counted, files};
use crate::actions::Console;
use crate::apply::{Prepared, Trouble};
use crate::desired::{Desired, Settings, Username};
use crate::diagnostics::{Diagnostic, Location};
use crate::environment::Environment;
use crate::exit::Exit;
use crate::http::Roots;
use crate::inputs::{Inputs, ManifestFile};
use crate::manifest::Manifest;
use crate::plan::{Change, Plan};
use crate::probe::{Asker, Candidate, Check, CheckMode, Probe, Value, Verdict, announcement};
use crate::registry::RegistryType;
use crate::secrets::{Opened, Reference, SecretSource, Vault};
use crate::shutdown::Shutdown;
use crate::text::one_line;

/// A credential to try.
struct Attempt {
    /// The place of its change in the plan; without a plan, of its entry.
    index: usize,
    /// How a person knows the configuration.
    title: String,
    /// Where the manifest says it.
    location: Option<Location>,
    /// Where the secret comes from, such as `NPM_TOKEN`.
    source: String,
    candidate: Candidate,
}

impl Attempt {
    /// What a change stores, if it stores a secret.
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

    /// An entry of the manifest.
    fn of_entry(
        index: usize,
        desired: &Desired,
        vault: &Vault<'_>,
    ) -> Result<(Self, Vec<Diagnostic>), Box<Diagnostic>> {
        let Desired { label, location, name: _, registry_type, auth_type, settings } = desired;
        let title = label.clone().unwrap_or_else(|| registry_type.dependabot());
        let username = settings.username.as_ref().and_then(Username::as_deref);
        let (value, remarks) = match &settings.secret {
            None => (Value::Absent, Vec::new()),
            Some(source) => match vault.open(source, username, &title)? {
                None => (Value::Sealed, Vec::new()),
                Some(Opened { value, remarks }) => (Value::Plain(value), remarks),
            },
        };
        let candidate = Candidate {
            registry_type: Some(*registry_type),
            auth_type: Some(*auth_type),
            url: settings.url.as_ref().map(ToString::to_string),
            username: username.map(str::to_owned),
            value,
        };
        let source = settings.secret.as_ref().map(source).unwrap_or_default();
        Ok((Self { index, title, location: location.clone(), source, candidate }, remarks))
    }
}

fn source(secret: &SecretSource) -> String {
    match secret {
        SecretSource::Given => "input `secret`".to_owned(),
        SecretSource::Reference(Reference { variable, location: _ }) => variable.clone(),
        SecretSource::Sealed(_) => "a sealed value".to_owned(),
    }
}

/// Tries them: says first which secret goes to which host, then what came of each.
async fn try_all(attempts: &[Attempt], asker: &Asker, console: &Console) -> BTreeMap<usize, Check> {
    let (mut checks, mut tried, mut probes) = (BTreeMap::new(), Vec::new(), Vec::new());
    for attempt in attempts {
        match Probe::new(&attempt.candidate) {
            Ok(probe) => {
                tried.push(attempt);
                probes.push(probe);
            }
            Err(check) => drop(checks.insert(attempt.index, check)),
        }
    }
    console.group("Credentials");
    for line in announcement(tried.iter().map(|attempt| attempt.source.as_str()).zip(&probes)) {
        console.text(&one_line(&line));
    }
    let answered = asker.check(&probes).await;
    checks.extend(tried.iter().map(|attempt| attempt.index).zip(answered));
    for Attempt { index, title, .. } in attempts {
        if let Some(Check { verdict, why }) = checks.get(index) {
            console.text(&one_line(&format!("{title}: {}: {why}", verdict.as_str())));
        }
    }
    console.end_group();
    checks
}

/// What a person should be told besides the list: equal ones once, with all that they are about.
fn diagnostics(attempts: &[Attempt], checks: &BTreeMap<usize, Check>, verdict: Verdict) -> Vec<Diagnostic> {
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
        let what = match verdict {
            Verdict::Refused if titles.len() == 1 => "the credential is refused",
            Verdict::Refused => "the credentials are refused",
            Verdict::Accepted | Verdict::NotProven | Verdict::Unreachable => {
                "it is not known whether the registry takes it"
            }
        };
        let message = format!("{}: {what}: {}", judge::listed(&titles), check.why);
        let location = group.first().and_then(|attempt| attempt.location.clone());
        match verdict {
            Verdict::Refused => Diagnostic::error("Credential", message),
            _ => Diagnostic::warning("Credential", message),
        }
        .at(location)
    };
    groups.into_iter().map(diagnostic).collect()
}

/// `check`: tries the credentials of the manifest, and asks GitHub nothing.
pub(super) async fn check(
    file: &ManifestFile,
    roots: &Roots,
    inputs: &Inputs,
    environment: &Environment,
    shutdown: &Shutdown,
    journal: &mut Journal,
) -> Result<(), Failure> {
    let console = journal.console.clone();
    let manifest = files::manifest(file, &inputs.org);
    let mut vault = Vault::new(environment, &console, &inputs.own_credentials, inputs.secret.as_ref());
    if let Ok(manifest) = &manifest {
        // Before anything is printed.
        vault.read(manifest.registries.iter().filter_map(Desired::secret));
    }
    journal.note_all(inputs.remarks.iter().cloned());
    let manifest = manifest?;
    journal.note_all(manifest.remarks.iter().cloned());
    let home = judge::home(inputs.api_host.as_deref(), None, &inputs.org);
    journal.assess(Judged::entries(&manifest).with_secrets(&vault).assess(&home, &inputs.levels))?;
    let attempts = attempts(&manifest, &vault, journal)?;
    let asker = Asker::new(roots.clone(), inputs.proxies.clone(), shutdown.clone());
    let checks = try_all(&attempts, &asker, &console).await;
    journal.note_all(diagnostics(&attempts, &checks, Verdict::Unreachable));
    let refused = diagnostics(&attempts, &checks, Verdict::Refused);
    journal.fact(counts(&checks));
    journal.report.checks = checks;
    if refused.is_empty() { Ok(()) } else { Err(Failure { exit: Exit::Failed, diagnostics: refused }) }
}

/// What to try of a manifest; an error if any secret is missing, or unfit.
fn attempts(manifest: &Manifest, vault: &Vault<'_>, journal: &mut Journal) -> Result<Vec<Attempt>, Failure> {
    let (mut attempts, mut missing) = (Vec::new(), Vec::new());
    for (index, desired) in manifest.registries.iter().enumerate() {
        match Attempt::of_entry(index, desired, vault) {
            Ok((attempt, remarks)) => {
                journal.note_all(remarks);
                attempts.push(attempt);
            }
            Err(problem) => missing.push(*problem),
        }
    }
    if missing.is_empty() { Ok(attempts) } else { Err(Failure::invalid(missing)) }
}

/// `5 credentials: 3 accepted, 1 refused, 1 not proven`.
fn counts(checks: &BTreeMap<usize, Check>) -> String {
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

impl Session<'_> {
    /// Tries every secret that a plan is about to store, and bars those changes whose secret is not to be stored.
    ///
    /// # Errors
    /// When the run was stopped meanwhile: what was not asked is not known.
    pub(super) async fn try_credentials(&mut self, plan: &Plan, prepared: &mut Prepared) -> Result<(), Failure> {
        let Some(asker) = self.asker else { return Ok(()) };
        let mode = self.inputs.check_mode;
        let changes = plan.changes.iter().enumerate();
        let attempts: Vec<Attempt> =
            changes.filter_map(|(index, change)| Attempt::of_change(index, change, prepared)).collect();
        if attempts.is_empty() {
            return Ok(());
        }
        let checks = try_all(&attempts, asker, &self.journal.console).await;
        if mode == CheckMode::Warn {
            self.journal.note_all(diagnostics(&attempts, &checks, Verdict::Unreachable));
        }
        for (index, Check { verdict, why }) in &checks {
            if mode.bars(*verdict) {
                prepared.bar(*index, Trouble::new(barred(*verdict, why)));
            }
        }
        self.journal.report.checks = checks;
        if asker.is_stopped() { Err(Failure { exit: Exit::Failed, diagnostics: Vec::new() }) } else { Ok(()) }
    }
}

/// Why nothing is stored.
fn barred(verdict: Verdict, why: &str) -> String {
    match verdict {
        Verdict::Refused => format!("the credential is refused, so nothing is stored: {why}"),
        Verdict::Accepted | Verdict::NotProven | Verdict::Unreachable => {
            format!("the credential is not proven to work, so `check-credentials: strict` stores nothing: {why}")
        }
    }
}
