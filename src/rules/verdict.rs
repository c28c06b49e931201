//! Who can use a configuration, and why not.

use super::facts::{ACTION, CODEQL, DOCS, Fact, PROXY, Source};
use super::scene::labels;
use super::{Case, Scene, Subject, Told};
use crate::registry::AuthType;

static TYPES: Fact = Fact {
    says: "Code scanning's default setup and Code Quality sign in for C#, Java and Go, and nothing else; git also for private \
           CodeQL configuration files. They run a build of Dependabot's proxy, possibly an older one.",
    sources: &[Source { origin: &CODEQL, path: "src/start-proxy.ts" }],
};
static FIRST_TIME: Fact = Fact {
    says: "Default setup must be switched off and on again in the repositories the first time, and Code Quality at every new \
           registry.",
    sources: &[Source {
        origin: &DOCS,
        path: "code-security/how-tos/secure-at-scale/configure-organization-security/manage-usage-and-access/giving-org-access-private-registries",
    }],
};
static HANDED_OVER: Fact = Fact {
    says: "The proxy is given the credentials with `type`, `url` and their own fields, and without `registry` and `host`; \
           the updater is given none.",
    sources: &[
        Source { origin: &ACTION, path: "src/proxy.ts" },
        Source { origin: &PROXY, path: "internal/config/config.go" },
    ],
};

/// What the verdicts know besides the facts of the rules.
pub(super) static FACTS: [&Fact; 3] = [&HANDED_OVER, &TYPES, &FIRST_TIME];

/// Whether Dependabot can sign in with a configuration. In the order of doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dependabot {
    /// Nothing is known that speaks against it.
    Yes,
    /// It depends on something that is not known here.
    Maybe,
    /// What it reads is not in the configuration.
    No,
}

impl Dependabot {
    /// As in the `result` document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Maybe => "maybe",
            Self::No => "no",
        }
    }
}

/// Whether code scanning's default setup can sign in with a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeScanning {
    /// Nothing is known that speaks against it.
    Yes,
    /// It reads the type, and can't use this one.
    No,
    /// It does not read the type.
    Other,
}

impl CodeScanning {
    /// As in the `result` document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Other => "other",
        }
    }
}

/// A verdict with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict<T> {
    /// The verdict.
    pub verdict: T,
    /// Why it is not `yes`, or what is not sure about a `yes`.
    pub why: Option<String>,
}

/// Who can use a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumers {
    /// Dependabot's updates and graph jobs.
    pub dependabot: Verdict<Dependabot>,
    /// Code scanning's default setup and Code Quality.
    pub code_scanning: Verdict<CodeScanning>,
}

/// Both verdicts, from what the rules found and what no rule tells.
pub(super) fn consumers<'a>(
    subject: &Subject,
    scene: &Scene,
    cases: impl Iterator<Item = &'a Case> + Clone,
) -> Consumers {
    let dependabot = dependabot(subject, cases.clone());
    let code_scanning = code_scanning(subject, scene, cases, &dependabot);
    Consumers { dependabot, code_scanning }
}

fn dependabot<'a>(subject: &Subject, cases: impl Iterator<Item = &'a Case>) -> Verdict<Dependabot> {
    let mut result = Verdict { verdict: Dependabot::Yes, why: None };
    for case in cases {
        if case.dependabot > result.verdict {
            result = Verdict { verdict: case.dependabot, why: Some(case.message.clone()) };
        }
    }
    let doubt = || {
        if subject.registry_type.is_none() {
            return Some("this release does not know its type".to_owned());
        }
        if subject.auth_type.is_none() {
            return Some("it is not known how it signs in".to_owned());
        }
        let is_rewritten = subject.auth_type == Some(AuthType::Token) && matches!(subject.username, Told::Is(_));
        is_rewritten
            .then(|| "GitHub does not document how it hands over a `token` that has a `username` beside it".to_owned())
    };
    if result.verdict == Dependabot::Yes
        && let Some(why) = doubt()
    {
        result = Verdict { verdict: Dependabot::Maybe, why: Some(why) };
    }
    result
}

fn code_scanning<'a>(
    subject: &Subject,
    scene: &Scene,
    mut cases: impl Iterator<Item = &'a Case>,
    dependabot: &Verdict<Dependabot>,
) -> Verdict<CodeScanning> {
    let Some(language) = subject.reader().and_then(|reader| reader.language) else {
        let why = "code scanning signs in to `nuget-feed`, `maven-repository`, `goproxy-server` and `git` only";
        return Verdict { verdict: CodeScanning::Other, why: Some(why.to_owned()) };
    };
    if let Some(case) = cases.find(|case| case.code_scanning == CodeScanning::No) {
        return Verdict { verdict: CodeScanning::No, why: Some(case.message.clone()) };
    }
    if let Some(other) = scene.unprintable(subject, language) {
        let why = format!(
            "{} has what code scanning refuses, and it then refuses every registry of the language",
            labels(&[other], None)
        );
        return Verdict { verdict: CodeScanning::No, why: Some(why) };
    }
    // Whatever leaves a doubt about the proxy leaves it here too.
    Verdict { verdict: CodeScanning::Yes, why: dependabot.why.clone() }
}
