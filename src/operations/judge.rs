//! What the rules say about an organization's configurations: judged once, reported once, and an error before any write.

use std::collections::{BTreeMap, BTreeSet};

use super::Session;
use super::failure::Failure;
use crate::desired::expiry::Horizon;
use crate::desired::{Desired, Settings};
use crate::diagnostics::{Diagnostic, Severity, listed};
use crate::manifest::{Lines, Manifest};
use crate::plan::{Plan, Step};
use crate::registry::LiveRegistry;
use crate::report::{Assessment, Found};
use crate::rules::{self, Allowed, Finding, GitHub, Home, Level, Levels, Subject};
use crate::secrets::{SecretSource, Vault};

/// Everything of an organization that the rules look at.
pub(super) struct Judged<'a> {
    subjects: Vec<Subject>,
    sources: Vec<Whence<'a>>,
}

/// Where a subject comes from.
#[derive(Clone, Copy)]
enum Whence<'a> {
    /// An entry of the manifest, by its place among the entries.
    Entry(&'a Manifest, usize),
    /// A configuration on GitHub that a plan leaves alone: what is found about it fails nothing.
    Unmanaged(&'a LiveRegistry),
    /// A configuration on GitHub that is what the run is about.
    Live(&'a LiveRegistry),
    /// The inputs of one step.
    Step,
}

impl<'a> Judged<'a> {
    /// The entries of a manifest.
    pub(super) fn entries(manifest: &'a Manifest) -> Self {
        let subjects = manifest.registries.iter().map(Subject::of_desired).collect();
        let sources = (0..manifest.registries.len()).map(|index| Whence::Entry(manifest, index)).collect();
        Self { subjects, sources }
    }

    /// The same beside what a plan leaves alone.
    pub(super) fn beside(mut self, plan: &Plan, live: &'a [LiveRegistry]) -> Self {
        let unmanaged = plan.changes.iter().filter(|change| matches!(change.step, Step::Unmanaged));
        let left: BTreeSet<&str> = unmanaged.filter_map(|change| change.name.as_deref()).collect();
        for live in live.iter().filter(|live| left.contains(live.name.as_str())) {
            self.subjects.push(Subject::of_live(live));
            self.sources.push(Whence::Unmanaged(live));
        }
        self
    }

    /// What is on GitHub.
    pub(super) fn live(live: &'a [LiveRegistry]) -> Self {
        let subjects = live.iter().map(Subject::of_live).collect();
        Self { subjects, sources: live.iter().map(Whence::Live).collect() }
    }

    /// What one step is about.
    pub(super) fn step(subject: Subject, secret: Option<&SecretSource>, vault: &Vault<'_>) -> Self {
        let subject = subject.with_facts(secret.and_then(|secret| vault.facts(secret)));
        Self { subjects: vec![subject], sources: vec![Whence::Step] }
    }

    /// The same with what the secrets of the entries tell, for a run that reads them.
    pub(super) fn with_secrets(mut self, vault: &Vault<'_>) -> Self {
        for (subject, whence) in self.subjects.iter_mut().zip(&self.sources) {
            let Whence::Entry(manifest, index) = whence else { continue };
            let secret = manifest.registries[*index].settings.secret.as_ref();
            *subject = subject.clone().with_facts(secret.and_then(|secret| vault.facts(secret)));
        }
        self
    }

    /// Judges them all.
    pub(super) fn assess(&self, home: &Home, levels: &Levels) -> Vec<Assessment> {
        let judgements = rules::judge(&self.subjects, home);
        let lines = self.sources.iter().find_map(|whence| match whence {
            Whence::Entry(manifest, _) => Some(manifest.source.lines()),
            _ => None,
        });
        let assess = |((subject, whence), judgement): ((&Subject, &Whence<'_>), rules::Judgement)| {
            let allowed = match whence {
                Whence::Entry(manifest, index) => manifest.written[*index].allowed.clone(),
                _ => Allowed::default(),
            };
            let mut findings = levels.settle(judgement.findings, &allowed);
            if let Whence::Unmanaged(_) = whence {
                findings = findings.into_iter().map(|finding| finding.at_most(Level::Warning)).collect();
            }
            whence.assessment(subject, judgement.consumers, findings, lines.as_ref())
        };
        self.subjects.iter().zip(&self.sources).zip(judgements).map(assess).collect()
    }
}

impl Whence<'_> {
    fn assessment(
        self,
        subject: &Subject,
        consumers: rules::Consumers,
        findings: Vec<Finding>,
        lines: Option<&Lines<'_>>,
    ) -> Assessment {
        let of_live =
            |live: &LiveRegistry| (None, Some(live.name.clone()), Some(live.registry_type.clone()), live.url.clone());
        let of_desired = |desired: &Desired| {
            let url = desired.settings.url.as_ref().map(ToString::to_string);
            (desired.label.clone(), desired.name.clone(), Some(desired.registry_type.to_string()), url)
        };
        let (label, name, registry_type, url) = match self {
            Self::Entry(manifest, index) => of_desired(&manifest.registries[index]),
            Self::Unmanaged(live) | Self::Live(live) => of_live(live),
            Self::Step => (None, None, subject.registry_type.map(|kind| kind.to_string()), None),
        };
        let found = |finding: Finding| {
            let place = match (self, lines) {
                (Self::Entry(manifest, index), Some(lines)) => {
                    Some(lines.find(&manifest.written[index], finding.field))
                }
                _ => None,
            };
            let (location, excerpt) = place.unzip();
            Found { finding, location, excerpt: excerpt.flatten() }
        };
        let findings = findings.into_iter().map(found).collect();
        Assessment { label, name, registry_type, url, consumers, findings }
    }
}

/// The GitHub and the organization that configurations are in.
pub(super) fn home(api_host: Option<&str>, enterprise_version: Option<&str>, org: &str, horizon: Horizon) -> Home {
    let github = api_host.map_or(GitHub::Cloud, |host| GitHub::of_api(host, enterprise_version));
    Home { github, organization: Some(org.to_owned()).filter(|org| !org.is_empty()), horizon }
}

/// What has been told already, by rule and message.
pub(super) type Told = BTreeSet<(&'static str, String)>;

/// All that was found.
pub(super) fn told<'a>(assessments: impl Iterator<Item = &'a Assessment>) -> Told {
    let findings = assessments.flat_map(|assessment| &assessment.findings);
    findings.map(|found| (found.finding.rule, found.finding.message.clone())).collect()
}

/// What was found, equal findings once with all that have them: those at `error`, and the others. What was told already is
/// left out.
pub(super) fn diagnostics<'a>(
    assessments: impl Iterator<Item = &'a Assessment>,
    told: &Told,
) -> (Vec<Diagnostic>, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    let mut first: BTreeMap<(&str, &str), &Found> = BTreeMap::new();
    for assessment in assessments {
        let title = assessment.label.as_deref().or(assessment.name.as_deref()).unwrap_or_default();
        for found in &assessment.findings {
            let Finding { rule, message, .. } = &found.finding;
            if told.contains(&(*rule, message.clone())) || !seen.insert((title, *rule, message)) {
                continue;
            }
            first.entry((rule, message)).or_insert(found);
            findings.push((title, found.finding.clone()));
        }
    }
    let found = rules::group(findings).into_iter().map(|group| {
        let first = first.get(&(group.finding.rule, group.finding.message.as_str()));
        Diagnostic {
            location: first.and_then(|found| found.location.clone()),
            excerpt: first.and_then(|found| found.excerpt.clone()),
            ..diagnostic(&group)
        }
    });
    found.partition(|found| found.severity == Severity::Error)
}

fn diagnostic(group: &rules::Group) -> Diagnostic {
    let rules::Group { finding, labels: _ } = group;
    let labels = group.unnamed();
    let about = if labels.is_empty() { String::new() } else { format!("{}: ", listed(&labels)) };
    let severity = match finding.level {
        Level::Error => Severity::Error,
        Level::Warning => Severity::Warning,
        Level::Notice | Level::Off => Severity::Notice,
    };
    let help = format!("{} (rule `{}`, {})", finding.help, finding.rule, finding.page());
    let message = format!("{about}{}", finding.message);
    Diagnostic { severity, ..Diagnostic::error(finding.rule, message) }.with_help(Some(help))
}

impl Session<'_> {
    /// Judges what one step is about.
    pub(super) fn judge_step(&mut self, subject: Subject, settings: &Settings) -> Result<(), Failure> {
        let judged = Judged::step(subject, settings.secret.as_ref(), self.vault);
        self.judge(&judged)
    }

    /// Judges what an operation on GitHub is about, keeps it for the report and tells what was found.
    pub(super) fn judge(&mut self, judged: &Judged<'_>) -> Result<(), Failure> {
        let host = self.organization.client().host();
        let home = home(
            Some(host.name()),
            host.enterprise_version().as_deref(),
            self.organization.name(),
            self.inputs.horizon,
        );
        self.journal.assess(judged.assess(&home, &self.inputs.levels))
    }
}
