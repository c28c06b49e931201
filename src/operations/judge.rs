//! Applies the rules to an organization's configurations. Each finding is reported once, and one at level `error` ends
//! the run before any write.

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

/// The configurations of an organization that the rules are applied to together.
pub(super) struct Judged<'a> {
    subjects: Vec<Subject>,
    sources: Vec<Source<'a>>,
}

/// The source of a subject.
#[derive(Clone, Copy)]
enum Source<'a> {
    /// An entry of the manifest, by its index.
    Entry(&'a Manifest, usize),
    /// A configuration on GitHub that a plan leaves alone. A finding about it is at most a warning.
    Unmanaged(&'a LiveRegistry),
    /// A configuration on GitHub that is the run's own subject.
    Live(&'a LiveRegistry),
    /// The inputs of a one-off operation.
    Step,
}

impl<'a> Judged<'a> {
    /// Collects the entries of a manifest.
    pub(super) fn entries(manifest: &'a Manifest) -> Self {
        let subjects = manifest.registries.iter().map(Subject::of_desired).collect();
        let sources = (0..manifest.registries.len()).map(|index| Source::Entry(manifest, index)).collect();
        Self { subjects, sources }
    }

    /// Adds the configurations that a plan leaves alone.
    pub(super) fn beside(mut self, plan: &Plan, live: &'a [LiveRegistry]) -> Self {
        let unmanaged = plan.changes.iter().filter(|change| matches!(change.step, Step::Unmanaged));
        let left: BTreeSet<&str> = unmanaged.filter_map(|change| change.name.as_deref()).collect();
        for live in live.iter().filter(|live| left.contains(live.name.as_str())) {
            self.subjects.push(Subject::of_live(live));
            self.sources.push(Source::Unmanaged(live));
        }
        self
    }

    /// Collects the configurations on GitHub.
    pub(super) fn live(live: &'a [LiveRegistry]) -> Self {
        let subjects = live.iter().map(Subject::of_live).collect();
        Self { subjects, sources: live.iter().map(Source::Live).collect() }
    }

    /// Wraps the subject of a one-off operation, with what is known of its secret.
    pub(super) fn step(subject: Subject, secret: Option<&SecretSource>, vault: &Vault<'_>) -> Self {
        let subject = subject.with_facts(secret.and_then(|secret| vault.facts(secret)));
        Self { subjects: vec![subject], sources: vec![Source::Step] }
    }

    /// Adds what is known of the entries' secrets, for a run that reads them.
    pub(super) fn with_secrets(mut self, vault: &Vault<'_>) -> Self {
        for (subject, source) in self.subjects.iter_mut().zip(&self.sources) {
            let Source::Entry(manifest, index) = source else { continue };
            let secret = manifest.registries[*index].settings.secret.as_ref();
            *subject = subject.clone().with_facts(secret.and_then(|secret| vault.facts(secret)));
        }
        self
    }

    /// Applies the rules, and returns an assessment for each subject.
    pub(super) fn assess(&self, home: &Home, levels: &Levels) -> Vec<Assessment> {
        let judgements = rules::judge(&self.subjects, home);
        let lines = self.sources.iter().find_map(|source| match source {
            Source::Entry(manifest, _) => Some(manifest.source.lines()),
            _ => None,
        });
        let assess = |((subject, source), judgement): ((&Subject, &Source<'_>), rules::Judgement)| {
            let allowed = match source {
                Source::Entry(manifest, index) => manifest.written[*index].allowed.clone(),
                _ => Allowed::default(),
            };
            let mut findings = levels.settle(judgement.findings, &allowed);
            if let Source::Unmanaged(_) = source {
                findings = findings.into_iter().map(|finding| finding.at_most(Level::Warning)).collect();
            }
            source.assessment(subject, judgement.consumers, findings, lines.as_ref())
        };
        self.subjects.iter().zip(&self.sources).zip(judgements).map(assess).collect()
    }
}

impl Source<'_> {
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

/// Describes the GitHub server and the organization of configurations, which the rules depend on. `org` may be empty.
pub(super) fn home(api_host: Option<&str>, enterprise_version: Option<&str>, org: &str, horizon: Horizon) -> Home {
    let github = api_host.map_or(GitHub::Cloud, |host| GitHub::of_api(host, enterprise_version));
    Home { github, organization: Some(org.to_owned()).filter(|org| !org.is_empty()), horizon }
}

/// The findings that have been reported already, by rule and message.
pub(super) type Reported = BTreeSet<(&'static str, String)>;

/// Returns all findings of assessments.
pub(super) fn reported<'a>(assessments: impl Iterator<Item = &'a Assessment>) -> Reported {
    let findings = assessments.flat_map(|assessment| &assessment.findings);
    findings.map(|found| (found.finding.rule, found.finding.message.clone())).collect()
}

/// Returns the findings at level `error`, and the others. Equal findings become one diagnostic, which names all their
/// entries; those that were reported already are left out.
pub(super) fn diagnostics<'a>(
    assessments: impl Iterator<Item = &'a Assessment>,
    reported: &Reported,
) -> (Vec<Diagnostic>, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    let mut first: BTreeMap<(&str, &str), &Found> = BTreeMap::new();
    for assessment in assessments {
        let title = assessment.label.as_deref().or(assessment.name.as_deref()).unwrap_or_default();
        for found in &assessment.findings {
            let Finding { rule, message, .. } = &found.finding;
            if reported.contains(&(*rule, message.clone())) || !seen.insert((title, *rule, message)) {
                continue;
            }
            let first = first.entry((rule, message)).or_insert(found);
            if found.location < first.location {
                *first = found;
            }
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
    let mut found: Vec<Diagnostic> = found.collect();
    // In the order of their lines in the file. Findings without a position come first, in the order of the rules.
    found.sort_by(|one, other| one.location.cmp(&other.location));
    found.into_iter().partition(|found| found.severity == Severity::Error)
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
    /// Applies the rules to the subject of a one-off operation.
    ///
    /// # Errors
    /// The findings at level `error`.
    pub(super) fn judge_step(&mut self, subject: Subject, settings: &Settings) -> Result<(), Failure> {
        let judged = Judged::step(subject, settings.secret.as_ref(), self.vault);
        self.judge(&judged)
    }

    /// Applies the rules, adds the results to the report, and notes the findings.
    ///
    /// # Errors
    /// The findings at level `error`.
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
