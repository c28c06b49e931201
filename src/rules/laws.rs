//! Properties of all rules, checked on arbitrary subjects.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use secrecy::SecretString;
use serde_json::json;

use super::facts::{self, Fact, READERS, Reads};
use super::fixture::{cloud, entry, judged, server};
use super::{CodeScanning, Dependabot, GitHub, Home, Level, Subject, all, group, judge};
use crate::registry::{AuthType, LiveRegistry, RegistryType};
use crate::secrets::SecretFacts;

const SECRET: &str = "hunter2";

const URLS: [&str; 18] = [
    "https://registry.acme.dev/team-a",
    "https://registry.acme.dev/team-ab/",
    "https://registry.acme.dev",
    "https://registry.acme.dev:5000/team-a",
    "http://registry.acme.dev/team-a/simple/",
    "registry.acme.dev/team-a",
    "oci://registry.acme.dev/charts",
    "https://registry.acme.dev/team?token=hunter2",
    "https://acme.azurecr.io",
    "https://1.dkr.ecr.eu-west-1.amazonaws.com",
    "acme.jfrog.io/artifactory/a",
    "https://pkgs.dev.azure.com/acme/_packaging/a/nuget/v3/index.json",
    "https://npm.pkg.github.com",
    "https://maven.pkg.github.com/acme/",
    "https://nuget.pkg.github.com/acme/index.json",
    "https://ghcr.io",
    "https://github.com/acme",
    "https://registry.acme.dev/ü",
];

fn any_url() -> impl Strategy<Value = &'static str> {
    select(URLS.to_vec())
}

fn entries() -> impl Strategy<Value = Subject> {
    let kinds = select(RegistryType::ALL.to_vec());
    let auth_types = select(AuthType::ALL.to_vec());
    let visibilities =
        select(vec!["all", "private", "selected", "selected repositories=", "selected repositories=a+b"]);
    let base = select(vec!["", " base=true", " base=false"]);
    let username = select(vec!["", " username=me", " username=José"]);
    let region = select(vec!["", " aws_region=cn-north-1", " aws_region=us-gov-west-1"]);
    let secret = select(vec![
        "",
        " variable=OTHER",
        " secret=hunter2",
        " secret=hünter2",
        " expires=2026-11-24",
        " expires=2026-11-25",
        " expires=2030-01-31 secret=hunter2",
    ]);
    (kinds, any_url(), auth_types, (visibilities, base, username, region, secret)).prop_map(
        |(kind, url, auth_type, (visibility, base, username, region, secret))| {
            let (username, secret) = if auth_type.is_oidc() { ("", "") } else { (username, secret) };
            let kind = kind.dependabot();
            entry(&format!("{kind} {url} {auth_type} visibility={visibility}{base}{username}{region}{secret}"))
        },
    )
}

fn live() -> impl Strategy<Value = Subject> {
    let kinds = select(vec!["npm_registry", "docker_registry", "maven_repository", "git_source", "swift_registry"]);
    let urls = prop_oneof![
        any_url().prop_map(Some),
        Just(Some("")),
        Just(None),
        Just(Some("https://me:hunter2@git.acme.dev"))
    ];
    let auth_types =
        prop_oneof![Just(None), Just(Some("token")), Just(Some("username_password")), Just(Some("oidc_new"))];
    let visibility = select(vec!["all", "private", "selected", "team"]);
    (kinds, urls, auth_types, visibility, proptest::option::of(any::<bool>())).prop_map(
        |(kind, url, auth_type, visibility, base)| {
            let raw = json!({"name": "x", "registry_type": kind, "url": url, "auth_type": auth_type,
                "visibility": visibility, "replaces_base": base});
            Subject::of_live(&LiveRegistry::from_json(raw).expect("a configuration"))
        },
    )
}

/// Up to seven subjects, each with its own label.
fn subjects() -> impl Strategy<Value = Vec<Subject>> {
    let one = prop_oneof![3 => entries(), 1 => live()];
    proptest::collection::vec(one, 1..8).prop_map(|subjects| {
        let label = |(n, subject)| Subject { label: format!("entry-{n}"), ..subject };
        subjects.into_iter().enumerate().map(label).collect()
    })
}

/// Subjects that conflict: of a few types, on one host, each with its own secret.
fn crowd() -> impl Strategy<Value = Vec<Subject>> {
    let kinds = select(vec!["npm-registry", "docker-registry", "maven-repository"]);
    let paths = select(vec!["", "/team", "/team-a", "/team-ab"]);
    let seen_by = select(vec!["all", "private", "selected repositories=a+b", "selected repositories=b+c"]);
    proptest::collection::vec((kinds, paths, seen_by), 4..10).prop_map(|all| {
        let entry = |(n, (kind, path, seen_by))| {
            let rest = format!("base=true variable=V{n} label=entry-{n} visibility={seen_by}");
            entry(&format!("{kind} https://registry.acme.dev{path} username_password {rest}"))
        };
        all.into_iter().enumerate().map(entry).collect()
    })
}

fn homes() -> impl Strategy<Value = Home> {
    let residency = Home { github: GitHub::DataResidency, organization: None, ..cloud() };
    select(vec![cloud(), server(None), server(Some((3, 20))), server(Some((3, 23))), residency])
}

/// Returns the judgement of each subject, with its label.
fn seen(subjects: &[Subject], home: &Home) -> BTreeSet<String> {
    let judged = judge(subjects, home);
    subjects.iter().zip(judged).map(|(subject, judgement)| format!("{}: {judgement:?}", subject.label)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_the_entries_has_no_effect(
        (subjects, shuffled) in prop_oneof![subjects(), crowd()].prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        home in homes(),
    ) {
        prop_assert_eq!(seen(&subjects, &home), seen(&shuffled, &home));
    }

    #[test]
    fn no_finding_contains_a_secret(subjects in subjects(), home in homes()) {
        let judged = judge(&subjects, &home);
        let text = format!("{judged:?}");
        prop_assert!(!text.contains(SECRET) && !text.contains("hünter2"), "{}", text);
        let findings = subjects.iter().zip(&judged);
        let findings = findings.flat_map(|(subject, it)| it.findings.iter().map(|found| (subject.label.as_str(), found.clone())));
        let grouped = format!("{:?}", group(findings));
        prop_assert!(!grouped.contains(SECRET), "{}", grouped);
    }

    #[test]
    fn why_code_scanning_can_use_one_never_says_that_it_can_t(subjects in subjects(), home in homes()) {
        for judgement in judge(&subjects, &home) {
            let code_scanning = judgement.consumers.code_scanning;
            let is_open = code_scanning.why.is_some_and(|why| why.starts_with("this depends on how GitHub"));
            let is_maybe = judgement.consumers.dependabot.verdict == Dependabot::Maybe;
            prop_assert!(code_scanning.verdict != CodeScanning::Yes || is_open == is_maybe);
        }
    }

    #[test]
    fn a_finding_is_one_line_with_help_and_is_an_error_only_if_expired(subjects in subjects(), home in homes()) {
        for judgement in judge(&subjects, &home) {
            for finding in judgement.findings {
                let rule = super::rule(finding.rule).expect("a rule");
                prop_assert!(finding.level <= rule.level, "{:?}", finding);
                prop_assert_eq!(finding.level == Level::Error, rule.id == "expired", "{:?}", finding);
                for text in [&finding.message, &finding.help] {
                    prop_assert!(!text.is_empty() && !text.contains('\n') && !text.contains("  "), "{:?}", finding);
                    prop_assert!(!text.ends_with('.') && !text.contains("will fail"), "{:?}", finding);
                }
                prop_assert!(finding.message.contains('`') || finding.message.contains("the secret"), "{:?}", finding);
            }
            prop_assert!(judgement.consumers.dependabot.why.is_some() == (judgement.consumers.dependabot.verdict != Dependabot::Yes));
        }
    }

    #[test]
    fn findings_about_single_entries_do_not_depend_on_other_entries(
        (subjects, fewer) in subjects().prop_flat_map(|all| {
            let most = all.len();
            (Just(all.clone()), subsequence(all, 1..=most))
        }),
        home in homes(),
    ) {
        // Except for the rules that compare an entry with others.
        let depends = ["npm-without-replaces-base", "same-host", "path-prefix", "base-replaced-twice"];
        let found = |subjects: &[Subject]| {
            let judged = judge(subjects, &home);
            let of_one = |(subject, judgement): (&Subject, super::Judgement)| {
                let own = judgement.findings.into_iter().filter(|finding| !depends.contains(&finding.rule));
                own.map(|finding| format!("{} {finding:?}", subject.label)).collect::<Vec<_>>()
            };
            subjects.iter().zip(judged).flat_map(of_one).collect::<BTreeSet<_>>()
        };
        prop_assert!(found(&fewer).is_subset(&found(&subjects)));
    }
}

/// Auth types, with and without a username, for which verdicts are checked.
const WAYS: [(&str, &str); 8] = [
    ("token", ""),
    ("token", " username=me"),
    ("username_password", ""),
    ("oidc_azure", ""),
    ("oidc_aws", ""),
    ("oidc_jfrog", ""),
    ("oidc_cloudsmith", ""),
    ("oidc_gcp", ""),
];

#[test]
fn rules_and_verdicts_say_what_the_table_of_readers_says() {
    for reader in &READERS {
        for (auth_type, rest) in WAYS {
            let kind = reader.registry_type.dependabot();
            let line = format!("{kind} https://registry.acme.dev/a {auth_type} base=true{rest}");
            let judgement = judged(&cloud(), &[&line]).remove(0);
            let is_oidc = auth_type.starts_with("oidc");
            let expected = match (reader.reads, is_oidc, auth_type, rest) {
                (Reads::Neither, ..) => Dependabot::Maybe,
                (_, true, ..) if !reader.oidc => Dependabot::Maybe,
                (_, true, ..) => Dependabot::Yes,
                (_, _, "token", " username=me") => Dependabot::Maybe,
                (Reads::Password, _, "token", _) | (Reads::Token, _, "username_password", _) => Dependabot::No,
                _ => Dependabot::Yes,
            };
            assert_eq!(judgement.consumers.dependabot.verdict, expected, "{line}");
            let rules: Vec<&str> = judgement.findings.iter().map(|finding| finding.rule).collect();
            let is_ignored = reader.reads == Reads::Password && auth_type == "token";
            assert_eq!(rules.contains(&"type-ignores-token"), is_ignored, "{line}");
            let is_needed = reader.reads == Reads::Token && auth_type == "username_password";
            assert_eq!(rules.contains(&"type-needs-token"), is_needed, "{line}");
            let is_out_of_reach = is_oidc && !reader.oidc && reader.reads != Reads::Neither;
            assert_eq!(rules.contains(&"oidc-cannot-reach"), is_out_of_reach, "{line}");
            let expected = match reader.language {
                None => CodeScanning::Other,
                Some(_) if auth_type == "oidc_cloudsmith" || expected == Dependabot::No => CodeScanning::No,
                Some(_) => CodeScanning::Yes,
            };
            assert_eq!(judgement.consumers.code_scanning.verdict, expected, "{line}");
        }
    }
}

#[test]
fn the_worst_case_decides_the_verdict() {
    let both = "docker-registry https://registry.acme.dev:5000 token";
    let judgement = judged(&cloud(), &[both]).remove(0);
    let rules: Vec<&str> = judgement.findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, ["type-ignores-token", "port-ignored"]);
    assert_eq!(judgement.consumers.dependabot.verdict, Dependabot::No);
    assert!(judgement.consumers.dependabot.why.is_some_and(|why| why.contains("ignores tokens")));
}

#[test]
fn ids_are_fixed_and_every_rule_is_complete() {
    let ids: Vec<&str> = all().map(|rule| rule.id).collect();
    let fixed = [
        "type-ignores-token",
        "type-needs-token",
        "oidc-cannot-reach",
        "npm-without-replaces-base",
        "replaces-base-without-effect",
        "replaces-base-github-packages",
        "github-packages-automatic",
        "hex-refused",
        "plain-http",
        "not-printable-ascii",
        "github-token-without-username",
        "visible-to-public",
        "expired",
        "expires-soon",
        "short-lived",
        "oidc-available",
    ];
    assert!(fixed.iter().all(|id| ids.contains(id)), "{ids:?}");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{ids:?}");
    let fields = [
        "registry_type",
        "auth_type",
        "url",
        "username",
        "replaces_base",
        "visibility",
        "secret",
        "role_name",
        "expires",
    ];
    for rule in all() {
        assert!(rule.id.chars().all(|c| c.is_ascii_lowercase() || c == '-') && rule.id != "all", "{}", rule.id);
        assert!(fields.contains(&rule.field), "{}: {}", rule.id, rule.field);
        assert!(!rule.facts.is_empty() && rule.what.ends_with('.') && !rule.help.ends_with('.'), "{}", rule.id);
        assert_eq!(rule.level == Level::Off, rule.id == "oidc-available", "only that one is off by default");
    }
    for fact in all().flat_map(|rule| rule.facts).chain(&super::verdict::FACTS) {
        is_sourced(fact);
    }
}

fn is_sourced(Fact { says, sources }: &Fact) {
    assert!(says.ends_with('.') && !sources.is_empty(), "{says}");
    for source in *sources {
        let facts::Origin { name, base, as_of, release: _ } = source.origin;
        assert!(base.starts_with("https://") && base.ends_with('/') && !source.path.starts_with('/'), "{name}");
        assert!(as_of.starts_with("2026-") && !source.path.is_empty(), "{name}");
    }
}

#[test]
fn an_entry_without_problems_has_no_finding() {
    let lines = [
        "npm-registry https://npm.acme.dev token base=true variable=NPM",
        "maven-repository https://maven.acme.dev/repository username_password",
        "nuget-feed https://pkgs.dev.azure.com/acme/_packaging/main/nuget/v3/index.json oidc_azure",
        "docker-registry https://registry.acme.dev username_password",
        "rubygems-server https://gems.acme.dev username_password",
        "python-index https://pypi.acme.dev/simple/ token",
        "terraform-registry https://terraform.acme.dev token",
        "git https://git.acme.dev username_password",
    ];
    for judgement in judged(&cloud(), &lines) {
        assert!(judgement.findings.is_empty(), "{judgement:?}");
        assert_eq!(judgement.consumers.dependabot.verdict, Dependabot::Yes);
    }
}

#[test]
fn four_similar_npm_registries_share_two_groups_of_findings() {
    let lines: Vec<String> =
        (0..4).map(|n| format!("npm-registry https://npm{n}.acme.dev token visibility=all label=npm-{n}")).collect();
    let subjects: Vec<Subject> = lines.iter().map(|line| entry(line)).collect();
    let judged = judge(&subjects, &cloud());
    let findings = subjects.iter().zip(judged);
    let findings =
        findings.flat_map(|(subject, it)| it.findings.into_iter().map(|found| (subject.label.as_str(), found)));
    let groups = group(findings);
    let seen: Vec<_> = groups.iter().map(|group| (group.finding.rule, group.labels.len())).collect();
    assert_eq!(seen, [("npm-without-replaces-base", 4), ("visible-to-public", 4)]);
}

#[test]
fn a_known_secret_is_checked_but_not_kept() {
    let subject = entry("maven-repository https://maven.acme.dev username_password");
    let value = SecretString::from("hunter2\nand a second line");
    let told = subject.with_facts(Some(SecretFacts::of(&value)));
    let found = judge(std::slice::from_ref(&told), &cloud()).remove(0);
    assert_eq!((found.findings[0].rule, found.findings[0].field), ("not-printable-ascii", "secret"));
    assert!(!format!("{told:?} {found:?}").contains(SECRET));
}
