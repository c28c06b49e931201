//! The verdicts: which programs can use a configuration, and why not.

use super::facts::{ACTION, CODEQL, DOCS, Fact, PROXY, Source};
use super::scene::labels;
use super::{Case, Scene, Subject, Told};
use crate::registry::AuthType;

static TYPES: Fact = Fact {
    says: "Code scanning's default setup and Code Quality use private registries only for C#, Java and Go, and git \
           also for private CodeQL configuration files. They run a build of Dependabot's proxy, possibly an older one.",
    sources: &[Source { origin: &CODEQL, path: "src/start-proxy.ts" }],
};
static FIRST_TIME: Fact = Fact {
    says: "Default setup must be disabled and enabled again in the repositories after the first registry is added, and \
           Code Quality after every new registry.",
    sources: &[Source {
        origin: &DOCS,
        path: "code-security/how-tos/secure-at-scale/configure-organization-security/manage-usage-and-access/giving-org-access-private-registries",
    }],
};
static HANDED_OVER: Fact = Fact {
    says: "The proxy gets the credentials with `type`, `url` and their own fields, but without `registry` and `host`; \
           the updater gets none.",
    sources: &[
        Source { origin: &ACTION, path: "src/proxy.ts" },
        Source { origin: &PROXY, path: "internal/config/config.go" },
    ],
};

/// The facts that verdicts are based on, besides those of the rules.
pub(super) static FACTS: [&Fact; 3] = [&HANDED_OVER, &TYPES, &FIRST_TIME];

/// Whether Dependabot can use a configuration, in the order of increasing doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dependabot {
    /// There is no known obstacle.
    Yes,
    /// It depends on something unknown.
    Maybe,
    /// The configuration lacks what Dependabot reads.
    No,
}

impl Dependabot {
    /// The spelling in the `result` document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Maybe => "maybe",
            Self::No => "no",
        }
    }
}

/// Whether code scanning's default setup can use a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeScanning {
    /// There is no known obstacle.
    Yes,
    /// It reads the type, but can't use this configuration.
    No,
    /// It does not read the type.
    Other,
}

impl CodeScanning {
    /// The spelling in the `result` document.
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
    /// The reason why it is not `yes`, or a doubt about a `yes`.
    pub why: Option<String>,
}

/// The programs that can use a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumers {
    /// Dependabot's updates and graph jobs.
    pub dependabot: Verdict<Dependabot>,
    /// Code scanning's default setup and Code Quality.
    pub code_scanning: Verdict<CodeScanning>,
}

/// Returns both verdicts, from the cases of the rules and from what no rule covers.
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
            return Some("its auth type is not known".to_owned());
        }
        let is_rewritten = subject.auth_type == Some(AuthType::Token) && matches!(subject.username, Told::Is(_));
        is_rewritten.then(|| "GitHub does not document how it passes on a `token` that has a `username`".to_owned())
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
        let why = "code scanning uses only `nuget-feed`, `maven-repository`, `goproxy-server` and `git`";
        return Verdict { verdict: CodeScanning::Other, why: Some(why.to_owned()) };
    };
    if let Some(case) = cases.find(|case| case.code_scanning == CodeScanning::No) {
        return Verdict { verdict: CodeScanning::No, why: Some(case.message.clone()) };
    }
    if let Some(other) = scene.unprintable(subject, language) {
        let why = format!(
            "{} is refused by code scanning, which then refuses every registry of the language",
            labels(&[other], None)
        );
        return Verdict { verdict: CodeScanning::No, why: Some(why) };
    }
    // Any doubt about the proxy applies here too.
    let why = dependabot
        .why
        .as_ref()
        .map(|why| format!("this depends on how GitHub passes the credential on, which is not known: {why}"));
    Verdict { verdict: CodeScanning::Yes, why }
}
