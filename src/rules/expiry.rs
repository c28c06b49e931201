//! Rules about credentials that expire: on the manifest's date, at a time that the secret itself contains, or within
//! hours.

use super::facts::{AWS, AZURE, DOCS, Fact, GOOGLE, RFC, Source};
use super::oidc::offer;
use super::subject::Told;
use super::{Case, Level, Rule, Scene, Subject};
use crate::desired::expiry::{Day, distance};
use crate::registry::AuthType;
use crate::secrets::Lifetime;

static STORED: Fact = Fact {
    says: "GitHub stores a credential without its expiry, warns nobody when it expires, and never shows it again.",
    sources: &[Source { origin: &DOCS, path: "rest/private-registries/organization-configurations" }],
};
static WEB_TOKEN: Fact = Fact {
    says: "A JSON Web Token contains in `exp` the time from which it must not be accepted; if its payload is \
           encrypted, the header may contain it.",
    sources: &[Source { origin: &RFC, path: "rfc7519" }],
};
static INSTALLATION: Fact = Fact {
    says: "An installation token of a GitHub App works for an hour; a job's `GITHUB_TOKEN` is one, and expires with \
           the job.",
    sources: &[
        Source {
            origin: &DOCS,
            path: "apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app",
        },
        Source { origin: &DOCS, path: "actions/concepts/security/github_token" },
    ],
};
static CODEARTIFACT: Fact = Fact {
    says: "A CodeArtifact token works for at most 12 hours.",
    sources: &[Source { origin: &AWS, path: "codeartifact/latest/APIReference/API_GetAuthorizationToken.html" }],
};
static ECR: Fact = Fact {
    says: "A password for Amazon ECR's user `AWS` works for 12 hours.",
    sources: &[Source { origin: &AWS, path: "AmazonECR/latest/APIReference/API_GetAuthorizationToken.html" }],
};
static ACCESS_TOKEN: Fact = Fact {
    says: "Google accepts an access token, which works for an hour, with the user name `oauth2accesstoken`.",
    sources: &[Source { origin: &GOOGLE, path: "artifact-registry/docs/docker/authentication" }],
};
static REGISTRY_TOKEN: Fact = Fact {
    says: "An Azure container registry accepts a Microsoft Entra token, which must be renewed every 3 hours, with the \
           user name `00000000-0000-0000-0000-000000000000`.",
    sources: &[Source { origin: &AZURE, path: "azure/container-registry/container-registry-authentication" }],
};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "expired",
        level: Level::Error,
        field: "expires",
        help: "store a new credential and write its last day as `expires`",
        what: "The last day that the manifest gives as `expires` has passed, in UTC; or the secret itself contains a \
               time that has passed, which is checked if its value is available. The registry refuses requests of \
               Dependabot and code scanning, and nobody is notified. At `error` nothing is written; at a lower level, \
               or if the entry allows it, `apply` skips the entry and does the rest.",
        facts: &[&STORED, &WEB_TOKEN],
        check: expired,
    },
    Rule {
        id: "expires-soon",
        level: Level::Warning,
        field: "expires",
        help: "store a new credential before that and write its last day as `expires`",
        what: "The credential still works, but expires within the time that the input `expires-within` sets.",
        facts: &[&STORED, &WEB_TOKEN],
        check: expires_soon,
    },
    Rule {
        id: "short-lived",
        level: Level::Warning,
        field: "secret",
        help: "store a credential that lasts; or renew this one on a schedule, and allow the rule for the entry",
        what: "The credential works for some hours, and a stored credential is not renewed. The rule finds secrets \
               whose value is available and contains its expiry, CodeArtifact tokens, and user names that are used \
               only with such credentials.",
        facts: &[&INSTALLATION, &WEB_TOKEN, &CODEARTIFACT, &ECR, &ACCESS_TOKEN, &REGISTRY_TOKEN],
        check: short_lived,
    },
];

fn lifetime(subject: &Subject) -> Option<Lifetime> {
    subject.secret.facts?.lifetime
}

fn expired(subject: &Subject, scene: &Scene) -> Option<Case> {
    let horizon = scene.home.horizon;
    let today = horizon.today();
    if let Some(last) = subject.expires.filter(|last| horizon.is_over(*last)) {
        let message = format!("`expires: {last}` was the last day of the credential {}", from_today(last, today));
        return Some(Case::new(Level::Error, message));
    }
    let end = lifetime(subject)?.end.filter(|end| *end <= horizon.now)?;
    let at = end.format("%Y-%m-%d at %H:%M UTC");
    let message = format!("the secret expired on {at} {}", from_today(Day::of(end), today));
    Some(Case::new(Level::Error, message).at("secret").help("give a new credential"))
}

fn expires_soon(subject: &Subject, scene: &Scene) -> Option<Case> {
    if expired(subject, scene).is_some() {
        return None;
    }
    let horizon = scene.home.horizon;
    let told = lifetime(subject).filter(|told| told.short.is_none()).and_then(|told| told.end);
    let told = told.filter(|end| horizon.is_soon(Day::of(*end)));
    let written = subject.expires.filter(|last| horizon.is_soon(*last));
    if let Some(end) = told.filter(|end| written.is_none_or(|last| Day::of(*end) < last)) {
        let (at, in_days) = (end.format("%Y-%m-%d at %H:%M UTC"), from_today(Day::of(end), horizon.today()));
        let message = format!("the secret expires on {at} {in_days}");
        return Some(Case::warning(message).at("secret"));
    }
    let last = written?;
    let in_days = from_today(last, horizon.today());
    Some(Case::warning(format!("`expires: {last}` is the last day of the credential {in_days}")))
}

/// Describes a day's distance from today, for the end of a sentence.
fn from_today(day: Day, today: Day) -> String {
    format!("({})", distance(day.days_from(today)))
}

fn short_lived(subject: &Subject, scene: &Scene) -> Option<Case> {
    if subject.auth_type.is_none_or(AuthType::is_oidc) {
        return None;
    }
    let case = match lifetime(subject) {
        Some(Lifetime { short: Some(kind), end }) => {
            let until = end.map_or_else(String::new, |end| end.format(", until %Y-%m-%d at %H:%M UTC").to_string());
            Case::warning(format!("the secret is {kind}{until}"))
        }
        _ => of_user(subject).or_else(|| of_host(subject))?,
    };
    Some(match offer(subject, scene) {
        Some(fields) => case.help(format!("{fields}; or renew it on a schedule, and allow the rule for the entry")),
        None => case,
    })
}

/// Recognizes a user name that is used only with short-lived credentials.
fn of_user(subject: &Subject) -> Option<Case> {
    let Told::Is(username) = &subject.username else { return None };
    let is_ecr = || subject.address().is_some_and(super::Address::is_ecr);
    let kind = match username.as_str() {
        "oauth2accesstoken" => "a Google access token, which works for an hour",
        "00000000-0000-0000-0000-000000000000" => {
            "a token for an Azure container registry, which works for three hours"
        }
        "AWS" if is_ecr() => "an Amazon ECR password, which works for 12 hours",
        _ => return None,
    };
    Some(Case::warning(format!("`{username}` is the user name for {kind}")).at("username"))
}

/// Recognizes a host that accepts only short-lived credentials.
fn of_host(subject: &Subject) -> Option<Case> {
    let host = &subject.address().filter(|address| address.is_codeartifact())?.host;
    Some(Case::warning(format!("`{host}` accepts CodeArtifact tokens, which work for at most 12 hours")))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use chrono::{DateTime, TimeDelta, Utc};
    use proptest::prelude::*;
    use secrecy::SecretString;

    use super::super::fixture::{cloud, entry, horizon, level, message};
    use super::super::{Finding, Home, judge};
    use super::*;
    use crate::desired::expiry::Horizon;
    use crate::secrets::SecretFacts;

    const ENTRY: &str = "python-index https://pypi.acme.dev/simple/ token";
    const RULES: [&str; 3] = ["expired", "expires-soon", "short-lived"];

    fn token(issued: i64, end: i64) -> SecretString {
        let part = |text: String| URL_SAFE_NO_PAD.encode(text);
        let payload = part(format!(r#"{{"iat":{issued},"exp":{end}}}"#));
        SecretString::from(format!("{}.{payload}.c2lnbmF0dXJl", part(r#"{"alg":"ES256"}"#.to_owned())))
    }

    /// Returns an entry with a known secret.
    fn with(line: &str, secret: &SecretString) -> Subject {
        entry(line).with_facts(Some(SecretFacts::of(secret)))
    }

    /// Returns the findings of this file's rules about an entry at a time.
    fn found(subject: Subject, horizon: Horizon) -> Vec<Finding> {
        let home = Home { horizon, ..cloud() };
        let findings = judge(&[subject], &home).remove(0).findings;
        findings.into_iter().filter(|finding| RULES.contains(&finding.rule)).collect()
    }

    fn ids(findings: &[Finding]) -> Vec<&str> {
        findings.iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn the_last_day_is_a_warning_and_the_day_after_an_error() {
        for (day, expected, words) in [
            (
                "2026-11-20",
                Some(("expired", Level::Error)),
                "`expires: 2026-11-20` was the last day of the credential (5 days ago)",
            ),
            ("2026-11-24", Some(("expired", Level::Error)), "(yesterday)"),
            ("2026-11-25", Some(("expires-soon", Level::Warning)), "(today)"),
            ("2026-11-26", Some(("expires-soon", Level::Warning)), "(tomorrow)"),
            ("2026-12-25", Some(("expires-soon", Level::Warning)), "(in 30 days)"),
            ("2026-12-26", None, ""),
        ] {
            let findings = found(entry(&format!("{ENTRY} expires={day}")), horizon());
            let seen = findings.first().map(|finding| (finding.rule, finding.level));
            assert_eq!((findings.len(), seen), (usize::from(expected.is_some()), expected), "{day}");
            assert!(findings.iter().all(|finding| finding.field == "expires" && finding.message.contains(words)));
        }
        assert!(found(entry(ENTRY), horizon()).is_empty());
    }

    #[test]
    fn the_earlier_of_the_secret_s_expiry_and_the_manifest_s_counts() {
        let now = horizon().now;
        let ends =
            |days: i64| token((now - TimeDelta::days(400)).timestamp(), (now + TimeDelta::days(days)).timestamp());
        let told = |line: &str, days| found(with(line, &ends(days)), horizon());
        let over = told(ENTRY, 0);
        assert_eq!((ids(&over), over[0].field), (vec!["expired"], "secret"));
        assert_eq!(over[0].message, "the secret expired on 2026-11-25 at 12:00 UTC (today)");
        let soon = told(ENTRY, 7);
        assert_eq!((ids(&soon), soon[0].field), (vec!["expires-soon"], "secret"));
        assert_eq!(soon[0].message, "the secret expires on 2026-12-02 at 12:00 UTC (in 7 days)");
        assert!(told(ENTRY, 31).is_empty());
        let both = |day| format!("{ENTRY} expires={day}");
        assert_eq!(told(&both("2026-12-01"), 7)[0].field, "expires", "the manifest's date is earlier");
        assert_eq!(told(&both("2026-12-02"), 7)[0].field, "expires", "the same day");
        assert_eq!(told(&both("2026-12-03"), 7)[0].field, "secret", "the secret ends first");
        assert_eq!(ids(&told(&both("2030-01-31"), -1)), ["expired"], "the manifest's date can't be true");
    }

    #[test]
    fn short_lived_credentials_are_found_by_value_user_or_host() {
        let short = "short-lived";
        for (line, expected) in [
            ("docker-registry https://europe-docker.pkg.dev username_password username=oauth2accesstoken", true),
            ("docker-registry https://mirror.acme.dev username_password username=oauth2accesstoken", true),
            ("docker-registry https://1.dkr.ecr.eu-west-1.amazonaws.com username_password username=AWS", true),
            (
                "docker-registry https://acme.azurecr.io username_password username=00000000-0000-0000-0000-000000000000",
                true,
            ),
            ("npm-registry https://acme-1.d.codeartifact.eu-west-1.amazonaws.com/npm/main/ token base=true", true),
            (
                "maven-repository https://acme-1.d.codeartifact.eu-west-1.amazonaws.com/maven/main/ username_password username=aws",
                true,
            ),
            ("maven-repository https://acme-1.d.codeartifact.eu-west-1.amazonaws.com/maven/main/ oidc_aws", false),
            ("docker-registry https://registry.acme.dev username_password username=AWS", false),
            ("docker-registry https://1.dkr.ecr.eu-west-1.amazonaws.com username_password username=AKIA", false),
            ("docker-registry https://acme.azurecr.io username_password username=acme", false),
            (ENTRY, false),
        ] {
            assert_eq!(level(short, line), expected.then_some(Level::Warning), "{line}");
        }
        let now = horizon().now.timestamp();
        let hours = found(with(ENTRY, &token(now - 60, now + 3600)), horizon());
        assert_eq!(ids(&hours), [short], "`expires-soon` would add nothing");
        assert!(hours[0].message.ends_with(", until 2026-11-25 at 13:00 UTC"), "{}", hours[0].message);
        let installation = found(with(ENTRY, &SecretString::from("ghs_".repeat(10))), horizon());
        assert_eq!(installation[0].message, "the secret is a GitHub installation token, which works for an hour");
        let codeartifact =
            "nuget-feed https://acme-1.d.codeartifact.eu-west-1.amazonaws.com/nuget/main/v3/index.json token";
        assert!(message(short, codeartifact).contains("12 hours"));
        let help = &found(entry(codeartifact), horizon())[0].help;
        assert!(help.contains("`domain: acme`") && help.contains("renew it"), "{help}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn an_entry_is_well_then_near_its_end_then_over_and_never_two_of_these(
            last in 10_000_i64..40_000, from_last in -800_i64..800, second in 0_i64..86_400, within in 0_i64..400,
        ) {
            let day = |days: i64| Day::of(DateTime::<Utc>::from_timestamp(days * 86_400, 0).expect("a time"));
            let now = DateTime::from_timestamp((last + from_last) * 86_400 + second, 0).expect("a time");
            let subject = Subject { expires: Some(day(last)), ..entry(ENTRY) };
            let findings = found(subject, Horizon { now, within: TimeDelta::days(within) });
            let expected = match -from_last {
                ..=-1 => vec!["expired"],
                ahead if ahead <= within => vec!["expires-soon"],
                _ => vec![],
            };
            prop_assert_eq!(ids(&findings), expected);
        }

        #[test]
        fn a_token_is_over_from_the_very_second_that_it_names(end in 1_700_000_000_i64..4_000_000_000, seconds in -100_000_i64..100_000) {
            let now = DateTime::from_timestamp(end + seconds, 0).expect("a time");
            let subject = with(ENTRY, &token(end - 100 * 86_400, end));
            let findings = found(subject, Horizon { now, within: TimeDelta::zero() });
            prop_assert_eq!(ids(&findings).contains(&"expired"), seconds >= 0);
        }
    }
}
