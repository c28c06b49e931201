//! Rules: what GitHub stores without an error and the programs that read it can't use, or use to somebody's harm.
//!
//! A [`Rule`] is a small pure function over a [`Subject`] (an entry of the manifest, the inputs of one step, or a live
//! configuration) and the [`Scene`] around it. It needs no secret and no request. What it says was read in a public
//! source, which [`facts`] names with its day; when it is not sure, it keeps silent.
//!
//! A new rule is a block in the file of its kind and its tests; `docs/rules.md` is then generated anew.

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

/// Where every rule has its page.
const PAGE: &str = "docs/rules.md";

/// One thing that may be found about a configuration.
#[derive(Debug)]
pub struct Rule {
    /// Fixed for ever: workflows and manifests name it.
    pub id: &'static str,
    /// The level by default, or the highest of those that its cases have.
    pub level: Level,
    /// The field that it points at, in the API's spelling, unless a case points at another.
    pub field: &'static str,
    /// What to write instead, unless a case says it more exactly.
    pub help: &'static str,
    /// What happens and to whom, for its page.
    pub what: &'static str,
    /// What it knows, and where that was read.
    pub facts: &'static [&'static Fact],
    /// Whether a subject is such a case.
    pub check: fn(&Subject, &Scene) -> Option<Case>,
}

/// What a rule says about one subject.
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

    /// Neither reader can use it: both sign in through the same proxy.
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

/// What was found about one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's id.
    pub rule: &'static str,
    /// By default; [`Levels`] decides.
    pub level: Level,
    /// The field that it points at, in the API's spelling, or `secret` or `selected_repositories`.
    pub field: &'static str,
    /// One line that names the value it is about. It holds no secret.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

impl Finding {
    /// The same, no more severe than this: a plan does not fail for a configuration that it does not manage.
    #[must_use]
    pub fn at_most(self, most: Level) -> Self {
        Self { level: self.level.min(most), ..self }
    }

    /// The rule's page, as a path in this repository.
    pub fn page(&self) -> String {
        format!("{PAGE}#{}", self.rule)
    }
}

/// Everything that is known of one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// At their default levels, those that are off by default too, in the order of the rules.
    pub findings: Vec<Finding>,
    /// Who can use it.
    pub consumers: Consumers,
}

/// Every rule, in the order of its page.
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

/// The rule with this id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id == id)
}

/// The place of a rule among all.
fn order(id: &str) -> usize {
    all().position(|rule| rule.id == id).unwrap_or(usize::MAX)
}

/// Judges all subjects of an organization, each beside the others; the judgements are in the order of the subjects.
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
