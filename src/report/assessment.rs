//! What the rules say about one configuration, as the `result` document and the texts show it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::diagnostics::Location;
use crate::plan::Change;
use crate::rules::{CodeScanning, Consumers, Dependabot, Finding};

/// What the rules say about one configuration.
#[derive(Clone, Debug)]
pub struct Assessment {
    /// The manifest's label.
    pub label: Option<String>,
    /// GitHub's name, for one that is live.
    pub name: Option<String>,
    /// GitHub's spelling.
    pub registry_type: Option<String>,
    /// As written.
    pub url: Option<String>,
    /// Who can use it.
    pub consumers: Consumers,
    /// At the levels of the run.
    pub findings: Vec<Found>,
}

/// A finding and where the manifest has what it is about.
#[derive(Clone, Debug)]
pub struct Found {
    /// The finding.
    pub finding: Finding,
    /// Its place, if it is about an entry.
    pub location: Option<Location>,
    /// The line, for a terminal.
    pub excerpt: Option<String>,
}

/// What the rules say, by what it is about.
pub(super) struct Assessed<'a> {
    /// What a single step is about, which has neither label nor name yet.
    step: Option<&'a Assessment>,
    by_label: BTreeMap<&'a str, &'a Assessment>,
    /// Of live configurations that no entry manages.
    by_name: BTreeMap<&'a str, &'a Assessment>,
}

impl<'a> Assessed<'a> {
    pub(super) fn new(assessments: &'a [Assessment]) -> Self {
        let of_live = assessments.iter().filter(|assessment| assessment.label.is_none());
        Self {
            step: assessments.iter().find(|assessment| assessment.label.is_none() && assessment.name.is_none()),
            by_label: assessments.iter().filter_map(|it| Some((it.label.as_deref()?, it))).collect(),
            by_name: of_live.filter_map(|it| Some((it.name.as_deref()?, it))).collect(),
        }
    }

    /// What there is about a change.
    pub(super) fn of(&self, change: &Change) -> Option<&'a Assessment> {
        self.step.or_else(|| match (&change.label, &change.name) {
            (Some(label), _) => self.by_label.get(label.as_str()).copied(),
            (None, Some(name)) => self.by_name.get(name.as_str()).copied(),
            (None, None) => None,
        })
    }

    /// A line for each reader that can't use what a change is about.
    pub(super) fn doubts(&self, change: &Change) -> Vec<String> {
        self.of(change).map(Assessment::doubts).unwrap_or_default()
    }
}

/// `{"dependabot": {"verdict", "why"}, "code_scanning": {"verdict", "why"}}`
#[derive(Serialize)]
pub(super) struct ConsumersDocument<'a> {
    dependabot: VerdictDocument<'a>,
    code_scanning: VerdictDocument<'a>,
}

#[derive(Serialize)]
struct VerdictDocument<'a> {
    verdict: &'static str,
    why: Option<&'a str>,
}

/// One finding.
#[derive(Serialize)]
pub(super) struct FindingDocument<'a> {
    rule: &'static str,
    level: &'static str,
    message: &'a str,
    line: Option<u64>,
    column: Option<u64>,
}

impl Assessment {
    pub(super) fn consumers_document(&self) -> ConsumersDocument<'_> {
        let Consumers { dependabot, code_scanning } = &self.consumers;
        ConsumersDocument {
            dependabot: VerdictDocument { verdict: dependabot.verdict.as_str(), why: dependabot.why.as_deref() },
            code_scanning: VerdictDocument {
                verdict: code_scanning.verdict.as_str(),
                why: code_scanning.why.as_deref(),
            },
        }
    }

    pub(super) fn findings_document(&self) -> Vec<FindingDocument<'_>> {
        let documents = self.findings.iter().map(|Found { finding, location, excerpt: _ }| FindingDocument {
            rule: finding.rule,
            level: finding.level.as_str(),
            message: &finding.message,
            line: location.as_ref().map(|location| location.line),
            column: location.as_ref().map(|location| location.column),
        });
        documents.collect()
    }

    /// A line for each reader that can't use it, or may not be able to: the rule that says why, or the reason itself.
    pub fn doubts(&self) -> Vec<String> {
        let Consumers { dependabot, code_scanning } = &self.consumers;
        let mut lines = Vec::new();
        if dependabot.verdict != Dependabot::Yes {
            let why = self.reason(dependabot.why.as_deref());
            lines.push(format!("Dependabot: {} ({why})", dependabot.verdict.as_str()));
        }
        if code_scanning.verdict == CodeScanning::No {
            let why = self.reason(code_scanning.why.as_deref());
            lines.push(format!("code scanning: {} ({why})", code_scanning.verdict.as_str()));
        }
        lines
    }

    /// A finding is reported once, so here its rule is enough.
    fn reason<'a>(&self, why: Option<&'a str>) -> &'a str {
        let why = why.unwrap_or_default();
        let found = self.findings.iter().find(|found| found.finding.message == why);
        found.map_or(why, |found| found.finding.rule)
    }

    /// Every text that may quote what others wrote, to be redacted.
    pub(super) fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let Self { label, name, registry_type, url, consumers, findings } = self;
        let Consumers { dependabot, code_scanning } = consumers;
        let own = label.iter_mut().chain(name).chain(registry_type).chain(url);
        let why = dependabot.why.iter_mut().chain(&mut code_scanning.why);
        own.chain(why).chain(findings.iter_mut().map(|found| &mut found.finding.message))
    }
}
