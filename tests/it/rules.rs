//! Checks that the page on the rules is generated from the code, and shows who can use which registry.

use std::fmt::Write as _;
use std::fs;

use chrono::{DateTime, TimeDelta};
use private_registries::internals::desired::expiry::Horizon;
use private_registries::internals::registry::{AuthType, LiveRegistry, RegistryType};
use private_registries::internals::rules::{GitHub, Home, Judgement, Subject, judge, markdown};
use serde_json::{Map, Value};

use crate::world::repository;

#[test]
#[expect(clippy::disallowed_methods, reason = "how a person asks for the file to be written")]
fn the_page_on_the_rules_is_generated_from_the_code() {
    let path = repository("docs/rules.md");
    let generated = markdown();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &generated).expect("the page is written");
    }
    let published = fs::read_to_string(&path).unwrap_or_default();
    assert!(published == generated, "docs/rules.md is stale: run UPDATE_DOCS=1 cargo test --test it rules");
}

/// Token, token with a user name, user name and password, and the five OIDC types.
const WAYS: [(&str, &str); 8] = [
    ("token", ""),
    ("token", "username=me"),
    ("username_password", "username=me"),
    ("oidc_azure", ""),
    ("oidc_aws", "aws_region=eu-west-1"),
    ("oidc_jfrog", ""),
    ("oidc_cloudsmith", ""),
    ("oidc_gcp", ""),
];

/// Returns a configuration on GitHub for private repositories; `fields` can override that.
fn live(registry_type: RegistryType, url: &str, auth_type: &str, fields: &str) -> Subject {
    let given = fields.split_whitespace().filter_map(|field| field.split_once('='));
    let all = [
        ("name", "REGISTRY"),
        ("registry_type", registry_type.as_str()),
        ("url", url),
        ("auth_type", auth_type),
        ("visibility", "private"),
    ];
    let mut raw: Map<String, Value> =
        all.into_iter().chain(given).map(|(field, value)| (field.to_owned(), Value::from(value))).collect();
    let is_base = raw.get("replaces_base").is_none_or(|base| base == "true");
    raw.insert("replaces_base".to_owned(), Value::from(is_base));
    Subject::of_live(&LiveRegistry::from_json(Value::Object(raw)).expect("a configuration"))
}

fn judged(subject: Subject) -> Judgement {
    let horizon = Horizon { now: DateTime::UNIX_EPOCH, within: TimeDelta::days(30) };
    let home = Home { github: GitHub::Cloud, organization: Some("acme".to_owned()), horizon };
    judge(&[subject], &home).remove(0)
}

/// Formats one line with the two verdicts and their reasons.
fn line(head: &str, Judgement { findings: _, consumers }: &Judgement) -> String {
    let (dependabot, code_scanning) = (&consumers.dependabot, &consumers.code_scanning);
    let mut why: Vec<&str> = dependabot.why.as_deref().into_iter().collect();
    // A type that code scanning does not read has the same verdict for every auth type.
    let is_other = code_scanning.verdict.as_str() == "other";
    why.extend(code_scanning.why.as_deref().filter(|other| !is_other && !why.contains(other)));
    let verdicts = format!("{:<5}  {:<5}", dependabot.verdict.as_str(), code_scanning.verdict.as_str());
    format!("{head}  {verdicts}  {}", why.join(" / ")).trim_end().to_owned()
}

#[test]
fn consumers_of_every_registry_type() {
    let mut text = String::from("Dependabot's verdict, code scanning's verdict, and why; each replaces the base\n");
    for registry_type in RegistryType::ALL {
        let _ = writeln!(text, "\n{}", registry_type.dependabot());
        for (auth_type, fields) in WAYS {
            let judgement = judged(live(*registry_type, "https://registry.acme.dev/main", auth_type, fields));
            let name = if auth_type == "token" && !fields.is_empty() { "token, username" } else { auth_type };
            let _ = writeln!(text, "{}", line(&format!("  {name:<17}"), &judgement));
        }
    }
    text.push_str("\nWhat the url and the other fields decide\n");
    for (registry_type, url, auth_type, fields) in CASES {
        let judgement = judged(live(registry_type, url, auth_type, fields));
        let name = format!("{} {url} {auth_type} {fields}", registry_type.dependabot());
        let _ = writeln!(text, "\n  {}\n{}", name.trim_end(), line("   ", &judgement));
        for finding in judgement.findings {
            let _ = writeln!(text, "      {} {} at {}", finding.level, finding.rule, finding.field);
            let _ = writeln!(text, "        {}\n        instead: {}", finding.message, finding.help);
        }
    }
    assert_eq!(AuthType::ALL.len() + 1, WAYS.len(), "a way to sign in is missing");
    insta::assert_snapshot!(text);
}

const CASES: [(RegistryType, &str, &str, &str); 26] = {
    use RegistryType::{
        CargoRegistry, DockerRegistry, GitSource, GoproxyServer, HelmRegistry, HexOrganization, MavenRepository,
        NpmRegistry, NugetFeed, PythonIndex, RubygemsServer,
    };
    [
        (NpmRegistry, "https://npm.acme.dev", "token", "replaces_base=false"),
        (NpmRegistry, "https://npm.acme.dev", "token", "replaces_base=false visibility=all"),
        (NpmRegistry, "https://npm.acme.dev", "token", "replaces_base=false visibility=selected"),
        (NpmRegistry, "https://npm.acme.dev:8443", "token", ""),
        (NpmRegistry, "https://npm.pkg.github.com", "token", ""),
        (NpmRegistry, "npm.acme.dev", "token", ""),
        (DockerRegistry, "https://acme.azurecr.io", "oidc_azure", ""),
        (DockerRegistry, "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com", "oidc_aws", "aws_region=eu-west-1"),
        (DockerRegistry, "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com", "username_password", "username=AKIA"),
        (DockerRegistry, "https://ghcr.io", "username_password", "username=me replaces_base=false"),
        (HelmRegistry, "oci://registry.acme.dev/charts", "username_password", "username=me replaces_base=false"),
        (PythonIndex, "https://pypi.pkg.github.com/acme", "token", ""),
        (PythonIndex, "https://pypi.acme.dev/simple/?token=hunter2", "token", ""),
        (NugetFeed, "https://pkgs.dev.azure.com/acme/_packaging/a/nuget/v3/index.json", "token", ""),
        (NugetFeed, "https://pkgs.dev.azure.com/acme/_packaging/a/nuget/v3/index.json", "oidc_azure", ""),
        (NugetFeed, "https://nuget.pkg.github.com/acme/index.json", "token", ""),
        (NugetFeed, "http://nuget.acme.dev/v3/index.json", "oidc_gcp", ""),
        (MavenRepository, "https://maven.pkg.github.com/acme/", "username_password", "username=me"),
        (MavenRepository, "https://maven.acme.dev", "username_password", "username=José"),
        (MavenRepository, "acme.jfrog.io/artifactory/main", "oidc_jfrog", ""),
        (MavenRepository, "https://maven.acme.dev", "oidc_aws", "aws_region=us-gov-west-1"),
        (GoproxyServer, "http://go.acme.dev", "username_password", "username=me replaces_base=false"),
        (GitSource, "https://github.com/acme", "token", "replaces_base=false"),
        (RubygemsServer, "https://rubygems.pkg.github.com/acme", "token", ""),
        (CargoRegistry, "https://acme.jfrog.io/artifactory/api/cargo/main/index/", "token", ""),
        (HexOrganization, "https://hex.acme.dev", "oidc_new", "replaces_base=false"),
    ]
};
