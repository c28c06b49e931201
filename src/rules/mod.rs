//! Rules: they find configurations that GitHub stores without an error, but that the programs which read them can't
//! use, or that are risky.
//!
//! A [`Rule`] is a small pure function of a [`Subject`] (an entry of the manifest, the inputs of one step, or a live
//! configuration) and the [`Scene`] around it. It needs no secret and no request. Its statements come from public
//! sources, which [`facts`] names with their dates. A rule that is not sure reports nothing.
//!
//! A new rule is a block in the file of its topic, with its tests; `docs/rules.md` is then generated again.

mod address;
mod base;
mod expiry;
pub mod facts;
#[cfg(test)]
mod fixture;
mod github;
mod group;
#[cfg(test)]
mod laws;
mod level;
mod neighbours;
mod oidc;
mod packages;
mod page;
mod scene;
mod scheme;
mod sign_in;
mod subject;
mod url;
mod verdict;
mod visibility;

pub use address::Address;
pub use github::{GitHub, Service};
pub use group::{Group, group};
pub use level::{Allowed, Level, Levels};
pub use page::markdown;
pub use scene::{Home, Scene};
pub use subject::{Origin, Subject, Told};
pub use verdict::{CodeScanning, Consumers, Dependabot};

use facts::Fact;

/// The page with a section for every rule.
const PAGE: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/v", env!("CARGO_PKG_VERSION_MAJOR"), "/docs/rules.md");

/// A check of one property of a configuration.
#[derive(Debug)]
pub struct Rule {
    /// The id, which must never change: workflows and manifests name it.
    pub id: &'static str,
    /// The default level, or the highest one of its cases.
    pub level: Level,
    /// The field that it points at, in the API's spelling, unless a case points at another.
    pub field: &'static str,
    /// What to write instead, unless a case is more specific.
    pub help: &'static str,
    /// What happens and to whom, for its page.
    pub what: &'static str,
    /// The facts that it is based on.
    pub facts: &'static [&'static Fact],
    /// The check, which returns a case if the rule applies to a subject.
    pub check: fn(&Subject, &Scene) -> Option<Case>,
}

/// The result of a rule that applies to a subject.
#[derive(Clone, Debug)]
pub struct Case {
    level: Level,
    message: String,
    help: Option<String>,
    field: Option<&'static str>,
    dependabot: Dependabot,
    code_scanning: CodeScanning,
}

impl Case {
    fn new(level: Level, message: impl Into<String>) -> Self {
        let (dependabot, code_scanning) = (Dependabot::Yes, CodeScanning::Yes);
        Self { level, message: message.into(), help: None, field: None, dependabot, code_scanning }
    }

    fn warning(message: impl Into<String>) -> Self {
        Self::new(Level::Warning, message)
    }

    fn notice(message: impl Into<String>) -> Self {
        Self::new(Level::Notice, message)
    }

    fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    fn at(self, field: &'static str) -> Self {
        Self { field: Some(field), ..self }
    }

    /// Marks a configuration that neither reader can use, since both use the same proxy.
    fn nobody_can(self) -> Self {
        Self { dependabot: Dependabot::No, code_scanning: CodeScanning::No, ..self }
    }

    fn dependabot_may(self) -> Self {
        Self { dependabot: Dependabot::Maybe, ..self }
    }

    fn code_scanning_cannot(self) -> Self {
        Self { code_scanning: CodeScanning::No, ..self }
    }
}

/// A finding about one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's id.
    pub rule: &'static str,
    /// The default level; [`Levels`] decides about the level in a run.
    pub level: Level,
    /// The field that it points at, in the API's spelling, or `secret` or `selected_repositories`.
    pub field: &'static str,
    /// One line that names the value it is about. It contains no secret.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

impl Finding {
    /// Limits the level, because a plan does not fail for a configuration that it does not manage.
    #[must_use]
    pub fn at_most(self, most: Level) -> Self {
        Self { level: self.level.min(most), ..self }
    }

    /// Returns the address of the rule's section, in the repository of this program.
    pub fn page(&self) -> String {
        format!("{PAGE}#{}", self.rule)
    }
}

/// The findings and verdicts about one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The findings at their default levels, including those that are off, in the order of the rules.
    pub findings: Vec<Finding>,
    /// The programs that can use it.
    pub consumers: Consumers,
}

/// Returns every rule, in the order of the page.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    let by_file = [
        sign_in::RULES,
        expiry::RULES,
        oidc::RULES,
        url::RULES,
        scheme::RULES,
        base::RULES,
        packages::RULES,
        neighbours::RULES,
        visibility::RULES,
    ];
    by_file.into_iter().flatten()
}

/// Finds the rule with this id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id == id)
}

/// Returns the position of a rule among all rules.
fn order(id: &str) -> usize {
    all().position(|rule| rule.id == id).unwrap_or(usize::MAX)
}

/// Judges all subjects of an organization together. The judgements are in the order of the subjects.
pub fn judge(subjects: &[Subject], home: &Home) -> Vec<Judgement> {
    let scene = Scene::new(subjects, home);
    subjects.iter().map(|subject| judge_one(subject, &scene)).collect()
}

fn judge_one(subject: &Subject, scene: &Scene) -> Judgement {
    let cases: Vec<(&Rule, Case)> = all().filter_map(|rule| Some((rule, (rule.check)(subject, scene)?))).collect();
    let consumers = verdict::consumers(subject, scene, cases.iter().map(|(_, case)| case));
    let finding = |(rule, case): (&'static Rule, Case)| {
        let Case { level, message, help, field, dependabot: _, code_scanning: _ } = case;
        let help = help.unwrap_or_else(|| rule.help.to_owned());
        Finding { rule: rule.id, level, field: field.unwrap_or(rule.field), message, help }
    };
    Judgement { findings: cases.into_iter().map(finding).collect(), consumers }
}
