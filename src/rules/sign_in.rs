//! Rules about stored credentials that the readers of a type can't use.

use super::facts::{CODEQL, CORE, Fact, ISSUES, PROXY, Reads, Source};
use super::subject::Told;
use super::{Case, Level, Rule, Scene, Subject};
use crate::registry::{AuthType, RegistryType};

static READS: Fact = Fact {
    says: "The proxy has a handler for each type, which reads only the fields that its protocol needs.",
    sources: &[Source { origin: &PROXY, path: "internal/handlers" }],
};
static MAVEN: Fact = Fact {
    says: "GitHub's documentation for Maven once showed a token, and was later corrected.",
    sources: &[
        Source { origin: &ISSUES, path: "github/docs/issues/9098" },
        Source { origin: &ISSUES, path: "github/docs/issues/5981" },
    ],
};
static TOKEN_AND_USERNAME: Fact = Fact {
    says: "It is not documented how GitHub passes on a `token` that has a `username`; in one reported case only the \
           token arrived.",
    sources: &[Source { origin: &ISSUES, path: "github/codeql-action/issues/3525" }],
};
static HEX_REFUSED: Fact = Fact {
    says: "In May 2026 GitHub's API rejected both Hex types with 422, although its documentation lists them.",
    sources: &[Source { origin: &ISSUES, path: "integrations/terraform-provider-github/pull/3424" }],
};
static HEX_FIELDS: Fact = Fact {
    says: "Dependabot needs `organization` for one Hex type, and `repo` and `auth-key` for the other. The API has none \
           of these fields.",
    sources: &[
        Source { origin: &PROXY, path: "internal/handlers/hex_organization.go" },
        Source { origin: &PROXY, path: "internal/handlers/hex_repository.go" },
        Source { origin: &CORE, path: "hex/lib/dependabot/hex/credential_helpers.rb" },
    ],
};
static GITHUB_TOKEN: Fact = Fact {
    says: "Code scanning warns that a `ghp_…` or `github_pat_…` token without a username may not work.",
    sources: &[Source { origin: &CODEQL, path: "src/start-proxy.ts" }],
};
static CARGO: Fact = Fact {
    says: "The proxy sends a token for Cargo as it is, without a scheme before it.",
    sources: &[Source { origin: &PROXY, path: "internal/handlers/cargo_registry.go" }],
};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "type-ignores-token",
        level: Level::Warning,
        field: "auth_type",
        help: "set `auth-type: username_password` and give a `username`; the token is then the password",
        what: "Dependabot's proxy uses a username and a password for Docker, git, GOPROXY, Helm and Maven registries. \
               GitHub stores a `token` for one of them without an error, but the proxy never reads it. Code scanning \
               uses the same proxy. If the token has a `username`, it is only a notice, since GitHub may pass on both.",
        facts: &[&READS, &MAVEN, &TOKEN_AND_USERNAME],
        check: type_ignores_token,
    },
    Rule {
        id: "type-needs-token",
        level: Level::Warning,
        field: "auth_type",
        help: "set `auth-type: token` and leave `username` out",
        what: "Dependabot's proxy reads only a token for pub and Terraform registries. GitHub stores a username and a \
               password without an error, but requests are sent without a credential.",
        facts: &[&READS],
        check: type_needs_token,
    },
    Rule {
        id: "hex-refused",
        level: Level::Warning,
        field: "registry_type",
        help: "keep Hex in each repository's `dependabot.yml`, which has the fields that it needs",
        what: "GitHub may refuse to create the configuration. If it creates it, Dependabot lacks a field that only \
               `dependabot.yml` has.",
        facts: &[&HEX_REFUSED, &HEX_FIELDS],
        check: hex_refused,
    },
    Rule {
        id: "github-token-without-username",
        level: Level::Warning,
        field: "username",
        help: "give the login of the token's owner as `username`, and set `auth-type: username_password`",
        what: "Code scanning warns about a GitHub personal access token without a username, for the types that it \
               reads. If the value is not available, a token for a GitHub host counts as one.",
        facts: &[&GITHUB_TOKEN],
        check: github_token_without_username,
    },
    Rule {
        id: "cargo-bearer",
        level: Level::Notice,
        field: "secret",
        help: "write `Bearer ` before the token, in a manifest as `Bearer ${{ secrets.NAME }}`",
        what: "A registry that requires `Authorization: Bearer …`, like JFrog's, gets the token without `Bearer`, \
               unless the secret itself begins with it. The rule needs the value of the secret.",
        facts: &[&CARGO],
        check: cargo_bearer,
    },
];

fn type_ignores_token(subject: &Subject, _: &Scene) -> Option<Case> {
    if subject.auth_type != Some(AuthType::Token) || subject.reader()?.reads != Reads::Password {
        return None;
    }
    let (kind, as_of) = (subject.kind(), PROXY.as_of());
    let reads = format!("Dependabot's proxy ignores tokens for `{kind}`, {as_of}");
    match subject.username {
        Told::Absent => {
            let message = format!("{reads}: it uses a username and a password");
            Some(Case::warning(message).nobody_can())
        }
        Told::Is(_) => {
            let message = format!("{reads}, unless GitHub passes on the token as the password of the `username`");
            Some(Case::notice(message).help("set `auth-type: username_password`").dependabot_may())
        }
        Told::Unknown => None,
    }
}

fn type_needs_token(subject: &Subject, _: &Scene) -> Option<Case> {
    let is_ignored = subject.reader()?.reads == Reads::Token && subject.auth_type == Some(AuthType::UsernamePassword);
    is_ignored.then(|| {
        let (kind, as_of) = (subject.kind(), PROXY.as_of());
        let message =
            format!("Dependabot's proxy uses only a token for `{kind}`, {as_of}: it ignores a username and a password");
        Case::warning(message).nobody_can()
    })
}

fn hex_refused(subject: &Subject, _: &Scene) -> Option<Case> {
    let (lacks, kind) = match subject.registry_type? {
        RegistryType::HexOrganization => ("`organization`", subject.kind()),
        RegistryType::HexRepository => ("`repo` and `auth-key`", subject.kind()),
        _ => return None,
    };
    let message =
        format!("GitHub rejected `{kind}` in May 2026, and its API has no field for {lacks}, which Dependabot needs");
    Some(Case::warning(message).dependabot_may())
}

fn github_token_without_username(subject: &Subject, scene: &Scene) -> Option<Case> {
    subject.reader()?.language?;
    if subject.auth_type != Some(AuthType::Token) || subject.username != Told::Absent {
        return None;
    }
    let as_of = CODEQL.as_of();
    let says = format!("code scanning warns that it may not work without a `username`, {as_of}");
    if let Some(facts) = subject.secret.facts {
        return facts.is_github_token.then(|| Case::warning(format!("the secret is a GitHub token, and {says}")));
    }
    let address = subject.address()?;
    scene.home.github.service(address)?;
    Some(Case::warning(format!("a token for `{}` is a GitHub token, and {says}", address.host)))
}

fn cargo_bearer(subject: &Subject, _: &Scene) -> Option<Case> {
    let is_bare = subject.secret.facts.is_some_and(|facts| !facts.begins_with_bearer);
    let address = subject.address().filter(|address| address.is_jfrog())?;
    let is_cargo = subject.registry_type == Some(RegistryType::CargoRegistry);
    (is_cargo && is_bare && subject.auth_type == Some(AuthType::Token)).then(|| {
        let (host, as_of) = (&address.host, PROXY.as_of());
        Case::notice(format!(
            "Dependabot's proxy sends a token for `cargo-registry` as it is, {as_of}, but `{host}` requires `Bearer ` \
             before it"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{cloud, entry, judged, level, levels_at, message, server};
    use super::super::{CodeScanning, Dependabot, judge};
    use super::*;
    use crate::desired::Settings;
    use crate::secrets::SecretFacts;
    use secrecy::SecretString;

    #[test]
    fn a_token_that_the_type_ignores_is_found() {
        for kind in ["docker-registry", "git", "goproxy-server", "helm-registry", "maven-repository"] {
            let line = format!("{kind} https://registry.acme.dev token");
            assert_eq!(level("type-ignores-token", &line), Some(Level::Warning), "{line}");
            assert_eq!(level("type-ignores-token", &format!("{line} username=me")), Some(Level::Notice), "{line}");
            assert!(message("type-ignores-token", &line).contains(&format!("`{kind}`")));
            for other in ["username_password", "oidc_gcp"] {
                assert_eq!(level("type-ignores-token", &line.replace(" token", &format!(" {other}"))), None);
            }
        }
        for kind in RegistryType::ALL {
            let line = format!("{} https://registry.acme.dev token", kind.dependabot());
            let reads = super::super::facts::reader(*kind).reads;
            assert_eq!(level("type-ignores-token", &line).is_some(), reads == Reads::Password, "{line}");
        }
        let settings = Settings::default();
        let edit = |auth_type| Subject::of_edit("m", Some(RegistryType::MavenRepository), auth_type, &settings);
        for auth_type in [None, Some(AuthType::Token)] {
            assert!(judge(&[edit(auth_type)], &cloud())[0].findings.is_empty(), "the update alone does not decide");
        }
    }

    #[test]
    fn a_password_where_only_a_token_is_used_is_found() {
        for kind in RegistryType::ALL {
            let line = format!("{} https://registry.acme.dev username_password", kind.dependabot());
            let expected = matches!(kind, RegistryType::PubRepository | RegistryType::TerraformRegistry);
            assert_eq!(level("type-needs-token", &line).is_some(), expected, "{line}");
            assert_eq!(level("type-needs-token", &line.replace("username_password", "token")), None);
        }
    }

    #[test]
    fn hex_is_refused() {
        for kind in ["hex-organization", "hex-repository"] {
            let line = format!("{kind} https://hex.acme.dev token");
            assert!(message("hex-refused", &line).contains(kind));
            assert_eq!(judged(&cloud(), &[&line])[0].consumers.dependabot.verdict, Dependabot::Maybe);
        }
        assert_eq!(level("hex-refused", "pub-repository https://pub.acme.dev token"), None);
    }

    #[test]
    fn a_github_token_without_a_username_is_found() {
        let rule = "github-token-without-username";
        let pat = format!("ghp_{}", "a".repeat(36));
        for (line, fires) in [
            ("nuget-feed https://nuget.pkg.github.com/acme/index.json token".to_owned(), true),
            ("git https://github.com/acme token".to_owned(), true),
            ("nuget-feed https://nuget.acme.ghe.com/acme/index.json token".to_owned(), true),
            (format!("nuget-feed https://nuget.acme.dev/v3/index.json token secret={pat}"), true),
            (format!("nuget-feed https://nuget.acme.dev/v3/index.json token secret={pat} username=me"), false),
            ("nuget-feed https://nuget.pkg.github.com/acme/index.json token secret=other".to_owned(), false),
            ("nuget-feed https://nuget.acme.dev/v3/index.json token".to_owned(), false),
            ("nuget-feed https://nuget.pkg.github.com/acme/index.json username_password".to_owned(), false),
            ("npm-registry https://npm.pkg.github.com token base=true".to_owned(), false),
        ] {
            let expected = fires.then_some(Level::Warning);
            assert_eq!(level(rule, &line), expected, "{line}");
        }
        let line = "nuget-feed https://nuget.github.acme.dev/acme/index.json token";
        assert_eq!(levels_at(&server(None), rule, &[line]), [Some(Level::Warning)]);
        assert_eq!(levels_at(&cloud(), rule, &[line]), [None]);
    }

    #[test]
    fn cargo_at_jfrog_requires_bearer_if_the_secret_is_known() {
        let line = "cargo-registry https://acme.jfrog.io/artifactory/api/cargo/main/index/ token";
        assert_eq!(level("cargo-bearer", &format!("{line} secret=hunter2")), Some(Level::Notice));
        assert_eq!(level("cargo-bearer", line), None, "the value is unknown");
        let told = |value: &str| {
            let judgement =
                judge(&[entry(line).with_facts(Some(SecretFacts::of(&SecretString::from(value))))], &cloud()).remove(0);
            judgement.findings.iter().any(|finding| finding.rule == "cargo-bearer")
        };
        assert!(told("hunter2") && !told("Bearer hunter2"));
        let elsewhere = "cargo-registry https://cargo.acme.dev/index/ token secret=hunter2";
        assert_eq!(level("cargo-bearer", elsewhere), None);
    }

    #[test]
    fn code_scanning_uses_the_same_proxy() {
        let both = |line: &str| {
            let consumers = judged(&cloud(), &[line]).remove(0).consumers;
            (consumers.dependabot.verdict, consumers.code_scanning.verdict)
        };
        let maven = "maven-repository https://maven.acme.dev token";
        assert_eq!(both(maven), (Dependabot::No, CodeScanning::No));
        assert_eq!(both(&format!("{maven} username=me")), (Dependabot::Maybe, CodeScanning::Yes));
        assert_eq!(both("helm-registry https://helm.acme.dev token"), (Dependabot::No, CodeScanning::Other));
        assert_eq!(
            both("rubygems-server https://gems.acme.dev username_password"),
            (Dependabot::Yes, CodeScanning::Other)
        );
    }
}
