//! Subjects for tests, each parsed from one line.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta};
use secrecy::SecretString;

use super::{Address, GitHub, Home, Judgement, Level, Subject, Told, judge};
use crate::desired::expiry::{Day, Horizon};
use crate::desired::{Desired, Repository, Settings, Username};
use crate::diagnostics::Location;
use crate::registry::{AuthType, RegistryType, RegistryUrl, Visibility};
use crate::secrets::{Reference, SecretFacts, SecretSource, Template};

/// Parses `TYPE URL AUTH_TYPE [KEY=VALUE]…`, with the keys `label`, `username`, `visibility`, `repositories` (separated
/// by `+`), `base`, `variable`, `secret`, `expires` and the OIDC fields.
pub(super) fn desired(line: &str) -> Desired {
    let mut words = line.split_whitespace();
    let registry_type = words.next().and_then(RegistryType::parse_any).expect(line);
    let url = words.next().map(|url| RegistryUrl::parse(url).expect(line));
    let auth_type = words.next().and_then(AuthType::parse).expect(line);
    let keys: BTreeMap<&str, &str> = words.map(|word| word.split_once('=').expect(line)).collect();
    let get = |key: &str| keys.get(key).map(ToString::to_string);
    let default = (auth_type == AuthType::UsernamePassword).then(|| "monalisa".to_owned());
    let reference = |variable: String| {
        let location = Location { file: "m.yml".to_owned(), line: 1, column: 1 };
        SecretSource::Reference(Reference { template: Template::of_variable(variable), location })
    };
    let secret = match get("secret") {
        Some(_) => Some(SecretSource::Given),
        None if auth_type.is_oidc() => None,
        None => Some(reference(get("variable").unwrap_or_else(|| "SECRET".to_owned()))),
    };
    let oidc =
        |field: &crate::registry::OidcField| Some((*field, get(field.as_str()).unwrap_or_else(|| "x".to_owned())));
    let repository = |name: &str| Repository::parse(name).expect(line);
    Desired {
        label: get("label"),
        location: None,
        name: None,
        registry_type,
        auth_type,
        expires: get("expires").map(|day| Day::parse(&day).expect(line)),
        settings: Settings {
            url,
            username: get("username").or(default).map(Username::Is),
            replaces_base: get("base").map(|base| base == "true"),
            visibility: Some(get("visibility").map_or(Visibility::Private, |it| Visibility::parse(&it).expect(line))),
            oidc: auth_type.required().iter().filter_map(oidc).collect(),
            secret,
            repositories: get("repositories")
                .map(|all| all.split('+').filter(|name| !name.is_empty()).map(repository).collect()),
        },
    }
}

/// Returns the entry that a line describes. Its url is exactly that of the line, so it may lack a scheme, like the url
/// of a live configuration.
pub(super) fn entry(line: &str) -> Subject {
    let address = line.split_whitespace().nth(1).and_then(Address::parse).map_or(Told::Unknown, Told::Is);
    let secret = line.split_whitespace().find_map(|word| word.strip_prefix("secret="));
    let facts = secret.map(|secret| SecretFacts::of(&SecretString::from(secret)));
    Subject { address, ..Subject::of_desired(&desired(line)).with_facts(facts) }
}

/// Returns the organization `acme` on github.com.
pub(super) fn cloud() -> Home {
    Home { github: GitHub::Cloud, organization: Some("acme".to_owned()), horizon: horizon() }
}

/// Returns the organization `acme` on a server of this release.
pub(super) fn server(release: Option<(u32, u32)>) -> Home {
    Home {
        github: GitHub::Server { host: "github.acme.dev".to_owned(), release },
        organization: Some("acme".to_owned()),
        horizon: horizon(),
    }
}

/// Returns noon of 2026-11-25, with warnings thirty days ahead.
pub(super) fn horizon() -> Horizon {
    let now = DateTime::parse_from_rfc3339("2026-11-25T12:00:00Z").expect("a time").to_utc();
    Horizon { now, within: TimeDelta::days(30) }
}

/// Judges several entries together.
pub(super) fn judged(home: &Home, lines: &[&str]) -> Vec<Judgement> {
    judge(&lines.iter().map(|line| entry(line)).collect::<Vec<_>>(), home)
}

/// Returns a rule's level for each of several entries on github.com.
pub(super) fn levels(rule: &str, lines: &[&str]) -> Vec<Option<Level>> {
    levels_at(&cloud(), rule, lines)
}

/// Returns a rule's level for each of several entries.
pub(super) fn levels_at(home: &Home, rule: &str, lines: &[&str]) -> Vec<Option<Level>> {
    assert!(super::rule(rule).is_some(), "{rule}");
    let level = |judgement: Judgement| {
        judgement.findings.into_iter().find(|finding| finding.rule == rule).map(|finding| finding.level)
    };
    judged(home, lines).into_iter().map(level).collect()
}

/// Returns a rule's level for a single entry on github.com.
pub(super) fn level(rule: &str, line: &str) -> Option<Level> {
    levels(rule, &[line]).pop().flatten()
}

/// Returns a rule's message for a single entry on github.com.
pub(super) fn message(rule: &str, line: &str) -> String {
    let judgement = judged(&cloud(), &[line]).pop().expect("one");
    judgement.findings.into_iter().find(|finding| finding.rule == rule).expect(line).message
}
