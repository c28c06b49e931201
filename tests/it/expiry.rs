//! Credentials that expire: the findings about them, and when they are reported.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fake_github::{FakeGitHub, Fault, Kind, Matcher, json};
use serde_json::Value;

use crate::harness::{Run, Step};

/// 2099-06-15T12:00:00Z.
const NOW: &str = "4085208000";

const MANIFEST: &str = "\
version: 1
defaults: {visibility: private}
registries:
  pypi: {type: python-index, url: 'https://pypi.acme.dev', token: '${PYPI_TOKEN}', expires: 2099-06-20}
  gems: {type: rubygems-server, url: 'https://gems.acme.dev', token: '${GEMS_TOKEN}', expires: 2100-01-31}
  cargo: {type: cargo-registry, url: 'https://cargo.acme.dev', token: '${CARGO_TOKEN}'}
";

fn validate(yaml: &str) -> Step<'static> {
    Step::offline("validate").manifest(yaml).env("SOURCE_DATE_EPOCH", NOW)
}

fn expired() -> String {
    MANIFEST.replace("2099-06-20", "2099-06-14")
}

/// Returns the levels and rules of the findings, in the order of the log.
fn found(run: &Run) -> Vec<(&str, &str)> {
    let annotations = run.log.lines().filter_map(|line| line.strip_prefix("::")?.split_once(" title="));
    annotations.filter_map(|(level, rest)| Some((level, rest.split_once(',')?.0))).collect()
}

#[test]
fn a_credential_that_expires_soon_is_a_warning_and_an_expired_one_an_error() {
    let run = validate(MANIFEST).run();
    assert_eq!((run.status, found(&run)), (Some(0), vec![("warning", "expires-soon")]), "{}", run.log);
    let warning = "line=4,col=84::`pypi`: `expires: 2099-06-20` is the last day of the credential (in 5 days)";
    assert!(run.log.contains(warning), "{}", run.log);
    let run = validate(&expired()).run();
    assert_eq!((run.status, found(&run)), (Some(2), vec![("error", "expired")]), "{}", run.log);
    let error = "line=4,col=84::`pypi`: `expires: 2099-06-14` was the last day of the credential (yesterday)";
    assert!(run.log.contains(error), "{}", run.log);
}

#[test]
fn the_warning_period_is_an_input() {
    for (within, expected) in [("4d", 0), ("5d", 1), ("229d", 1), ("230d", 2), ("120h", 1), ("0s", 0)] {
        let run = validate(MANIFEST).with("expires-within", within).run();
        assert_eq!((run.status, found(&run).len()), (Some(0), expected), "{within}: {}", run.log);
    }
    let run = validate(MANIFEST).with("expires-within", "a month").run();
    assert!(
        run.status == Some(2) && run.errors()[0].contains("input `expires-within` is not a duration"),
        "{}",
        run.log
    );
}

#[test]
fn levels_and_exceptions_apply() {
    let run = validate(MANIFEST).with("rules", "expires-soon=error").run();
    assert_eq!((run.status, found(&run)), (Some(2), vec![("error", "expires-soon")]));
    let run = validate(&expired()).with("rules", "expired=warning").run();
    assert_eq!((run.status, found(&run)), (Some(0), vec![("warning", "expired")]));
    let allowing = expired().replace("2099-06-14", "2099-06-14, allow: [expired]");
    let run = validate(&allowing).run();
    assert_eq!((run.status, found(&run)), (Some(0), vec![]));
}

#[test]
fn an_invalid_expiry_date_is_reported_at_its_place() {
    let told = |value: &str| {
        let run = validate(&MANIFEST.replace("2099-06-20", value)).run();
        assert_eq!((run.status, run.errors().len()), (Some(2), 1), "{value}: {}", run.log);
        run.errors()[0].split_once("::`").expect("a message").1.to_owned()
    };
    assert_eq!(told("2099-6-20"), "expires` must be a day like 2027-01-31, year first: write 2099-06-20");
    assert_eq!(told("2099-06-31"), "expires` is not a day of the calendar: it must be a day like 2027-01-31");
    assert_eq!(told("never"), "expires` must be a day like 2027-01-31, year first");
    assert_eq!(told("''"), "expires` is empty");
    assert_eq!(told("[2099-06-20]"), "expires` is a list, but must be a single value");
    assert!(told("'${X}'").starts_with("expires` contains a reference"));
    let oidc = "version: 1\nregistries:\n  npm: {type: npm-registry, url: 'https://acme.jfrog.io', jfrog-oidc-provider-name: p, visibility: \
                private, expires: 2099-06-20}\n";
    let run = validate(oidc).run();
    assert_eq!((run.status, run.errors().len()), (Some(2), 1), "{}", run.log);
    assert!(run.errors()[0].ends_with("auth type oidc_jfrog stores none: leave it out"), "{}", run.log);
}

fn step<'a>(github: &'a FakeGitHub, operation: &str, yaml: &str) -> Step<'a> {
    let step = Step::new(github, operation).manifest(yaml).env("SOURCE_DATE_EPOCH", NOW);
    step.secrets(&[
        ("PYPI_TOKEN", "pypi-secret-value"),
        ("GEMS_TOKEN", "gems-secret-value"),
        ("CARGO_TOKEN", "cargo-secret-value"),
    ])
}

/// Returns `action status`, and the error.
fn outcome(run: &Run, label: &str) -> (String, String) {
    let change = run.change(label);
    let word = |key: &str| change[key].as_str().unwrap_or_default();
    (format!("{} {}", word("action"), word("status")), word("error").to_owned())
}

#[test]
fn entries_with_a_date_are_listed_in_order_of_expiry() {
    let github = FakeGitHub::start();
    let manifest = MANIFEST.replace("2100-01-31", "2099-06-20");
    let manifest = manifest.replace("token: '${CARGO_TOKEN}'", "token: '${CARGO_TOKEN}', expires: 2100-01-31");
    let expected = r#"[{"label":"gems","expires":"2099-06-20","days":5},{"label":"pypi","expires":"2099-06-20","days":5},{"label":"cargo","expires":"2100-01-31","days":230}]"#;
    for operation in ["validate", "plan", "apply"] {
        let run = step(&github, operation, &manifest).run();
        assert_eq!((run.status, run.output("expiring")), (Some(0), expected), "{operation}: {}", run.log);
        let expires = ["pypi", "cargo"].map(|label| run.change(label)["expires"].clone());
        assert_eq!(expires, ["2099-06-20", "2100-01-31"]);
    }
    let run = step(&github, "validate", &expired()).run();
    assert!(
        run.output("expiring").starts_with(r#"[{"label":"pypi","expires":"2099-06-14","days":-1},"#),
        "{}",
        run.log
    );
    let run = step(&github, "plan", "version: 1\nregistries: {}\n").run();
    assert_eq!(run.output("expiring"), "[]");
    // They are reported even if GitHub does not answer.
    github.fault(Fault::new(Matcher::any(), Kind::Html { status: 502 }).times(usize::MAX));
    let run = step(&github, "plan", MANIFEST).with("max-wait", "0s").run();
    assert!(run.status == Some(1) && run.output("expiring").contains("2099-06-20"), "{}", run.log);
}

#[test]
fn an_expired_entry_stops_the_run_at_level_error_and_is_skipped_below_it() {
    let github = FakeGitHub::start();
    let run = step(&github, "apply", &expired()).run();
    assert_eq!((run.status, run.writes().len(), run.output("create-count")), (Some(2), 0, "0"), "{}", run.log);
    let allowing = expired().replace("2099-06-14", "2099-06-14, allow: [expired]");
    for (yaml, rules, findings) in [
        (&expired(), "expired=warning", 1),
        (&expired(), "expired=notice", 1),
        (&expired(), "expired=off", 0),
        (&allowing, "all=error, visible-to-public=off", 0),
    ] {
        let github = FakeGitHub::start();
        let plan = step(&github, "plan", yaml).with("rules", rules).run();
        assert_eq!((plan.status, plan.output("create-count")), (Some(0), "2"), "{rules}: {}", plan.log);
        // An entry that is not sent needs no secret.
        let run = step(&github, "apply", yaml).with("rules", rules).with("plan-id", plan.output("plan-id"));
        let run = run.without("PYPI_TOKEN").run();
        assert_eq!(
            (run.status, run.writes().len(), run.output("create-count")),
            (Some(0), 2, "2"),
            "{rules}: {}",
            run.log
        );
        for run in [&plan, &run] {
            let (state, why) = outcome(run, "pypi");
            assert_eq!(state, "create skipped", "{rules}");
            assert_eq!(why, "skipped: `expires: 2099-06-14` was the last day of its credential", "{rules}");
            assert!(run.log.contains("skipped: `expires: 2099-06-14`"), "{}", run.log);
            assert_eq!(
                found(run).iter().filter(|(_, rule)| *rule == "expired").count(),
                findings,
                "{rules}: {}",
                run.log
            );
        }
        assert_eq!(outcome(&run, "gems").0, "create applied");
        assert!(
            run.summary.contains("### Skipped") && run.summary.contains("2099-06-14, yesterday"),
            "{}",
            run.summary
        );
    }
}

#[test]
fn an_expired_entry_is_still_desired_and_does_not_affect_others() {
    let github = FakeGitHub::start();
    let add = |registry_type: &str, url: &str, auth_type: &str| {
        github.add(json!({"registry_type": registry_type, "url": url, "visibility": "private", "auth_type": auth_type,
            "username": "u", "secret": "old", "replaces_base": false}))
    };
    let pypi = add("python_index", "https://pypi.acme.dev", "username_password");
    add("npm_registry", "https://npm.acme.dev", "token");
    let apply = || step(&github, "apply", &expired()).with("rules", "expired=warning").with("prune", "true");
    let run = apply().with("max-deletes", "1").run();
    assert_eq!(run.status, Some(0), "a replace that is not tried deletes nothing: {}", run.log);
    assert_eq!(outcome(&run, "pypi").0, "replace skipped");
    assert_eq!((run.output("delete-count"), run.output("replace-count"), run.output("failure-count")), ("1", "0", "0"));
    let live = github.configuration(&pypi).expect("it is there still");
    assert_eq!(live.secret.as_deref(), Some("old"));
    let again = apply().with("resend", "on-change").run();
    assert_eq!((again.status, again.writes().len(), again.output("changed")), (Some(0), 0, "false"), "{}", again.log);
    let plan = step(&github, "plan", &expired()).with("rules", "expired=warning").with("fail-on-drift", "true");
    assert_eq!(plan.with("resend", "on-change").run().status, Some(0), "nothing is to be done");
}

#[test]
fn a_plan_changes_once_an_entry_expires() {
    let github = FakeGitHub::start();
    let at = |operation: &str, now: &str| {
        step(&github, operation, MANIFEST).with("rules", "expired=warning").env("SOURCE_DATE_EPOCH", now)
    };
    let plan = at("plan", NOW).run();
    // 2099-06-20T23:59:59Z and one second later
    let (last_second, after) = ("4085683199", "4085683200");
    assert_eq!(at("plan", last_second).run().output("plan-id"), plan.output("plan-id"));
    let late = at("apply", after).with("plan-id", plan.output("plan-id")).run();
    assert_eq!((late.status, late.writes().len()), (Some(1), 0), "{}", late.log);
    let in_time = at("apply", last_second).with("plan-id", plan.output("plan-id")).run();
    assert_eq!((in_time.status, in_time.writes().len()), (Some(0), 3), "{}", in_time.log);
}

/// Returns a JSON web token that expires at a time.
fn token(issued: i64, end: i64) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.c2lnbmF0dXJl", part(json!({"alg": "ES256"})), part(json!({"iat": issued, "exp": end})))
}

#[test]
fn the_expiry_in_a_secret_is_found_when_it_is_sent_but_not_in_a_plan() {
    let github = FakeGitHub::start();
    let now: i64 = NOW.parse().unwrap();
    let with = |operation: &str, secret: &str| step(&github, operation, MANIFEST).secret_env("CARGO_TOKEN", secret);
    let over = token(now - 90 * 86_400, now);
    let plan = with("plan", &over).run();
    assert_eq!((plan.status, found(&plan)), (Some(0), vec![("warning", "expires-soon")]), "{}", plan.log);
    let run = with("apply", &over).run();
    assert_eq!((run.status, run.writes().len()), (Some(2), 0), "{}", run.log);
    assert!(
        run.errors()[0].contains("line=6,col=64::`cargo`: the secret expired on 2099-06-15 at 12:00 UTC (today)"),
        "{}",
        run.log
    );
    let run = with("apply", &over).with("rules", "expired=warning").with("plan-id", plan.output("plan-id")).run();
    assert_eq!((run.status, run.writes().len()), (Some(0), 2), "the plan is the same: {}", run.log);
    assert_eq!(
        outcome(&run, "cargo"),
        ("create skipped".to_owned(), "skipped: its secret says that it expired on 2099-06-15 at 12:00 UTC".to_owned())
    );
    assert_eq!(run.change("cargo")["expires"], "2099-06-15");
    assert!(
        run.output("expiring").starts_with(r#"[{"label":"cargo","expires":"2099-06-15","days":0},"#),
        "{}",
        run.log
    );
    let soon = with("apply", &format!("Bearer {}", token(now - 90 * 86_400, now + 86_400))).run();
    assert_eq!(found(&soon), [("warning", "expires-soon"), ("warning", "expires-soon")], "{}", soon.log);
    let hours = with("apply", &format!("ghs_{}", "a1".repeat(20))).run();
    assert_eq!(found(&hours), [("warning", "expires-soon"), ("warning", "short-lived")], "{}", hours.log);
    // The same for one registry given by inputs.
    let create = Step::new(&github, "create").env("SOURCE_DATE_EPOCH", NOW).secret_input("secret", &over);
    let create = create
        .with("registry-type", "cargo-registry")
        .with("url", "https://c.acme.dev")
        .with("visibility", "private")
        .run();
    assert!(create.status == Some(2) && create.errors()[0].contains("the secret expired on"), "{}", create.log);
}

/// Does what `examples/workflows/rotate.yml` does.
#[test]
fn a_rotation_resends_every_secret_and_changes_nothing_that_was_not_reviewed() {
    let github = FakeGitHub::start();
    assert_eq!(step(&github, "apply", MANIFEST).run().status, Some(0));
    let plan = || step(&github, "plan", MANIFEST).with("fail-on-drift", "true").run();
    let apply = |plan: &Run| {
        let step =
            step(&github, "apply", MANIFEST).with("plan-id", plan.output("plan-id")).with("require-plan-id", "true");
        step.secret_env("PYPI_TOKEN", "rotated-secret-value").run()
    };
    let agreed = plan();
    let run = apply(&agreed);
    assert_eq!((agreed.status, run.status, run.output("resend-count")), (Some(0), Some(0), "3"), "{}", run.log);
    let secrets: Vec<Option<String>> = github.configurations().into_iter().map(|live| live.secret).collect();
    assert!(secrets.contains(&Some("rotated-secret-value".to_owned())), "{secrets:?}");
    github.change("PYTHON_INDEX_SECRET", "visibility", "all");
    assert_eq!(plan().status, Some(3), "what differs is left to a review");
}

/// Does what `examples/workflows/rotate-codeartifact.yml` does.
#[test]
fn a_new_codeartifact_token_changes_nothing_else_and_causes_no_findings() {
    let url = "https://acme-123456789012.d.codeartifact.eu-west-1.amazonaws.com/maven/main/";
    let entry = format!(
        "version: 1\nregistries:\n  maven: {{type: maven-repository, url: '{url}', username: aws, password: '${{GEMS_TOKEN}}', \
         visibility: private, allow: [short-lived]}}\n"
    );
    let github = FakeGitHub::start();
    let run = step(&github, "apply", &entry).run();
    assert_eq!((run.status, found(&run)), (Some(0), vec![]), "{}", run.log);
    let strict = step(&github, "validate", &entry.replace(", allow: [short-lived]", "")).run();
    assert!(
        found(&strict) == [("warning", "short-lived")] && strict.log.contains("`domain-owner: 123456789012`"),
        "{}",
        strict.log
    );
    let now: i64 = NOW.parse().unwrap();
    let header = json!({"ver": 1, "isu": now, "enc": "A128GCM", "exp": now + 12 * 3600, "alg": "A128GCMKW"});
    let token = format!("{}.a2V5.aXY.Y2lwaGVydGV4dA.dGFn", URL_SAFE_NO_PAD.encode(header.to_string()));
    let update = |rules: &str| {
        let step = Step::new(&github, "update").env("SOURCE_DATE_EPOCH", NOW).with("registry-type", "maven-repository");
        step.with("url", url).secret_input("secret", &token).with("rules", rules).run()
    };
    let run = update("short-lived=off");
    assert_eq!((run.status, found(&run), run.writes().len()), (Some(0), vec![], 1), "{}", run.log);
    assert_eq!(github.configurations()[0].secret.as_deref(), Some(token.as_str()));
    let run = update("");
    assert!(run.log.contains("issued for a day at most, until 2099-06-16 at 00:00 UTC"), "{}", run.log);
}

#[test]
fn each_date_is_reported_once_with_all_its_organizations() {
    let github = FakeGitHub::start();
    github.add_organization("globex");
    let yaml = MANIFEST.replace("2099-06-20", "2099-06-14, organizations: [globex]");
    let many = |operation: &str, rules: &str| {
        step(&github, operation, &yaml)
            .with("org", "acme, globex")
            .with("rules", rules)
            .with("write-interval", "0s")
            .run()
    };
    let expected = r#"[{"label":"pypi","expires":"2099-06-14","days":-1,"organizations":["globex"]},{"label":"gems","expires":"2100-01-31","days":230,"organizations":["acme","globex"]}]"#;
    for (operation, rules, status) in [
        ("validate", "", 2),
        ("plan", "", 2),
        ("apply", "", 2),
        ("validate", "expired=warning", 0),
        ("plan", "expired=warning", 0),
        ("apply", "expired=warning", 0),
    ] {
        let run = many(operation, rules);
        assert_eq!((run.status, run.output("expiring")), (Some(status), expected), "{operation} {rules}: {}", run.log);
        let of_rule = found(&run).into_iter().filter(|(_, rule)| *rule == "expired").count();
        assert_eq!(of_rule, 1, "{operation} {rules}: {}", run.log);
    }
    let again = many("apply", "expired=warning");
    let result = again.result();
    let globex = result["organizations"].as_array().unwrap().iter().find(|one| one["org"] == "globex").unwrap();
    let pypi = globex["changes"].as_array().unwrap().iter().find(|change| change["label"] == "pypi").expect("pypi");
    assert_eq!(pypi["status"], "skipped", "{globex}");
    assert_eq!((again.output("resend-count"), again.output("create-count")), ("4", "0"), "{}", again.log);
}
