//! The results of the rules for one configuration, as they are shown in the `result` document and to readers.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::diagnostics::Location;
use crate::plan::Change;
use crate::rules::{CodeScanning, Consumers, Dependabot, Finding};

/// The results of the rules for one configuration.
#[derive(Clone, Debug)]
pub struct Assessment {
    /// The label in the manifest.
    pub label: Option<String>,
    /// GitHub's name, if it is live or its entry is pinned.
    pub name: Option<String>,
    /// The type in the API's spelling.
    pub registry_type: Option<String>,
    /// The url as written.
    pub url: Option<String>,
    /// Whether Dependabot and code scanning can use it.
    pub consumers: Consumers,
    /// The findings, at the levels of the run.
    pub findings: Vec<Found>,
}

/// A finding, with its position in the manifest.
#[derive(Clone, Debug)]
pub struct Found {
    /// The finding.
    pub finding: Finding,
    /// The position in the manifest; `None` unless it is about an entry.
    pub location: Option<Location>,
    /// The line at that position, shown in a terminal.
    pub excerpt: Option<String>,
}

/// The results of the rules, to be looked up by change.
pub(super) struct Assessed<'a> {
    /// The assessment of a one-off operation, which has neither label nor name.
    step: Option<&'a Assessment>,
    by_label: BTreeMap<&'a str, &'a Assessment>,
    /// The assessments of live configurations that no entry manages.
    by_name: BTreeMap<&'a str, &'a Assessment>,
}

impl<'a> Assessed<'a> {
    pub(super) fn new(assessments: &'a [Assessment]) -> Self {
        let of_live = assessments.iter().filter(|assessment| assessment.label.is_none());
        Self {
            step: assessments.iter().find(|assessment| assessment.label.is_none() && assessment.name.is_none()),
            by_label: assessments.iter().filter_map(|one| Some((one.label.as_deref()?, one))).collect(),
            by_name: of_live.filter_map(|one| Some((one.name.as_deref()?, one))).collect(),
        }
    }

    /// Returns the assessment for a change.
    pub(super) fn of(&self, change: &Change) -> Option<&'a Assessment> {
        self.step.or_else(|| match (&change.label, &change.name) {
            (Some(label), _) => self.by_label.get(label.as_str()).copied(),
            (None, Some(name)) => self.by_name.get(name.as_str()).copied(),
            (None, None) => None,
        })
    }

    /// Returns a line for each consumer that can't use the configuration of a change, or may not be able to.
    pub(super) fn doubts(&self, change: &Change) -> Vec<String> {
        self.of(change).map(Assessment::doubts).unwrap_or_default()
    }
}

/// `consumers` in the `result` document: `{"dependabot": {"verdict", "why"}, "code_scanning": {"verdict", "why"}}`.
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

/// One item of `findings` in the `result` document.
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

    /// Returns a line for each consumer that can't use it, or may not be able to, with the reason: the rule, if a
    /// finding gives it.
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

    /// Returns the rule if a finding gives the reason, because findings are reported elsewhere; else the reason itself.
    fn reason<'a>(&self, why: Option<&'a str>) -> &'a str {
        let why = why.unwrap_or_default();
        let found = self.findings.iter().find(|found| found.finding.message == why);
        found.map_or(why, |found| found.finding.rule)
    }

    /// Returns every text that may quote outside data, to be redacted.
    pub(super) fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let Self { label, name, registry_type, url, consumers, findings } = self;
        let Consumers { dependabot, code_scanning } = consumers;
        let own = label.iter_mut().chain(name).chain(registry_type).chain(url);
        let why = dependabot.why.iter_mut().chain(&mut code_scanning.why);
        own.chain(why).chain(findings.iter_mut().map(|found| &mut found.finding.message))
    }
}
