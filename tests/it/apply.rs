//! `apply`: does exactly what was planned, in the planned order, and deletes nothing after a failure.

use std::time::{Duration, Instant};

use fake_github::{Change, FakeGitHub, Fault, Kind, Matcher, Options, READ_TOKEN, SameUrl, Value, json};

use crate::harness::{Step, assert_run};
use crate::world::changes::{MANIFEST, apply, github, github_with};
use crate::world::sealed_elsewhere;

const BASE: &str = "/orgs/acme/private-registries";

#[test]
fn apply_does_what_was_planned_and_then_nothing_more() {
    let github = github();
    let run = apply(&github, MANIFEST).with("prune", "true").run();
    assert_run!(run);
    let secrets: Vec<_> = github
        .configurations()
        .into_iter()
        .map(|live| (live.name, live.secret.unwrap_or_default(), live.selected_repository_ids))
        .collect();
    let expected: Vec<(String, String, Vec<u64>)> = vec![
        ("NPM_REGISTRY_SECRET".into(), "npm-secret-value".into(), vec![]),
        ("PYTHON_INDEX_SECRET".into(), "pypi-secret-value".into(), vec![]),
        ("HELM_REGISTRY_SECRET".into(), String::new(), vec![]),
        ("MAVEN_REPOSITORY_SECRET".into(), "maven-secret-value".into(), vec![1001, 1002]),
        ("DOCKER_REGISTRY_SECRET_2".into(), String::new(), vec![]),
    ];
    assert_eq!(secrets, expected);

    let run = apply(&github, MANIFEST).with("resend", "on-change").with("prune", "true").run();
    assert_eq!((run.output("changed"), run.output("drift"), run.requests.len()), ("false", "false", 1), "{}", run.log);
    let run = apply(&github, MANIFEST).run();
    assert_run!("a_second_apply", run);
    assert_eq!(run.output("resend-count"), "3");
}

#[test]
fn a_dry_run_is_a_plan() {
    let github = github();
    let run = apply(&github, MANIFEST).with("dry-run", "true").without("NPM_TOKEN").run();
    assert_eq!((run.status, run.output("changed"), run.writes().len()), (Some(0), "true", 0), "{}", run.log);
    assert_eq!(run.result()["dry_run"], true);
    let id = Step::new(&github, "plan").manifest(MANIFEST).run().output("plan-id").to_owned();
    assert_eq!(run.output("plan-id"), id);
}

#[test]
fn missing_secrets_are_all_named_before_the_first_write() {
    let github = github();
    let run = apply(&github, MANIFEST).without("MAVEN_PASSWORD").env("NPM_TOKEN", "").garbled_env("PYPI_TOKEN").run();
    assert_run!(run);
    let run = apply(&github, MANIFEST)
        .without("MAVEN_PASSWORD")
        .without("PYPI_TOKEN")
        .without("NPM_TOKEN")
        .with("resend", "on-change")
        .in_terminal()
        .run();
    assert_eq!((run.status, run.writes().len()), (Some(2), 0));
    assert!(!run.log.contains("PYPI_TOKEN"), "what is not sent is not needed: {}", run.log);
}

#[test]
fn everything_that_is_missing_is_reported_in_one_run() {
    let sealed = "  sealed:\n    type: git\n    url: https://git2.acme.dev\n    encrypted-value: SEALED\n    \
                  key-id: \"1\"\n    visibility: private\n";
    let sealed = sealed.replace("SEALED", &"A".repeat(68));
    let yaml = MANIFEST.replace("acme/web", "acme/wep") + &sealed;
    for resend in ["always", "on-change"] {
        let github = github();
        let run = apply(&github, &yaml).without("MAVEN_PASSWORD").with("resend", resend).run();
        let annotation = |title: &str, line: usize| {
            format!("::error title={title},file=.github/private-registries.yml,line={line},")
        };
        let line = |text: &str| yaml.lines().position(|line| line.contains(text)).unwrap() + 1;
        for told in [
            annotation("Secret", line("MAVEN_PASSWORD")),
            annotation("Repository", line("acme/wep")) + "col=34::there is no repository acme/wep,",
            annotation("Public key", line("sealed:")) + "col=3::`key-id` 1 is not the id of the current key: ",
        ] {
            assert!(run.log.contains(&told), "{told}\n{}", run.log);
        }
        assert_eq!((run.status, run.writes().len()), (Some(2), 0), "{}", run.log);
    }
}

#[test]
fn a_missing_secret_is_reported_even_if_github_refuses_the_other_checks() {
    let github = github();
    let body = json!({"message": "Resource not accessible by integration"});
    github.fault(Fault::new(Matcher::path("/repos/"), Kind::answer(403, body)).times(9));
    let run = apply(&github, MANIFEST).without("NPM_TOKEN").run();
    assert_eq!((run.status, run.writes().len()), (Some(2), 0), "{}", run.log);
    assert!(run.log.contains("NPM_TOKEN is not set, or empty"), "{}", run.log);
}

#[test]
fn a_large_secret_is_warned_about_in_log_and_summary() {
    let github = github();
    let run = apply(&github, MANIFEST).env("NPM_TOKEN", &"x".repeat(49 * 1024)).run();
    let warning = "(NPM_TOKEN) is larger than 48 KB, which GitHub may refuse";
    assert!(run.log.contains(warning) && run.summary.contains("is larger than 48 KB"), "{}", run.log);
}

#[test]
fn a_replacement_deletes_first_only_if_github_refuses_duplicates() {
    let containers = "version: 1\nregistries:\n  containers:\n    type: docker-registry\n    url: https://acme.azurecr.io\n    tenant-id: t\n    client-id: c\n    visibility: private\n";
    let old = format!("{BASE}/DOCKER_REGISTRY_SECRET");
    let github = github();
    assert_eq!(apply(&github, containers).run().writes(), [format!("POST {BASE}"), format!("DELETE {old}")]);

    let github = github_with(Options { same_url: SameUrl::Refuse, ..Options::default() });
    let run = apply(&github, containers).run();
    assert_eq!(run.writes(), [format!("POST {BASE}"), format!("DELETE {old}"), format!("POST {BASE}")]);
    assert_eq!((run.status, run.output("replace-count")), (Some(0), "1"), "{}", run.log);
    assert_eq!(github.configuration("DOCKER_REGISTRY_SECRET").unwrap().auth_type.as_deref(), Some("oidc_azure"));

    // Any other refusal leaves the old one in place.
    let github = github_with(Options { same_url: SameUrl::Refuse, ..Options::default() });
    let refusal = json!({"message": "Validation Failed", "errors": ["tenant_id is unknown"]});
    github.fault(Fault::new(Matcher::method("POST"), Kind::answer(422, refusal)));
    let run = apply(&github, containers).run();
    assert_eq!((run.status, run.writes()), (Some(1), vec![format!("POST {BASE}")]), "{}", run.log);
    assert!(github.configuration("DOCKER_REGISTRY_SECRET").is_some());
}

#[test]
fn a_replacement_not_created_as_requested_keeps_the_old_one() {
    let yaml = "version: 1\nregistries:\n  containers:\n    type: docker-registry\n    url: https://acme.azurecr.io\n    \
                tenant-id: t\n    client-id: c\n    visibility: private\n";
    let as_asked = ["DOCKER_REGISTRY_SECRET_9", "docker_registry", "oidc_azure"];
    let answers = [
        (as_asked, true),
        (["DOCKER_REGISTRY_SECRET_9", "docker_registry", ""], true), // an older server does not return it
        (["DOCKER_REGISTRY_SECRET", "docker_registry", "oidc_azure"], false), // the name of the old one
        (["DOCKER_REGISTRY_SECRET_9", "npm_registry", "oidc_azure"], false),
        (["DOCKER_REGISTRY_SECRET_9", "docker_registry", "token"], false),
    ];
    for ([name, registry_type, auth_type], is_as_asked) in answers {
        let github = github();
        let mut body = json!({"name": name, "registry_type": registry_type, "visibility": "private"});
        if !auth_type.is_empty() {
            body["auth_type"] = json!(auth_type);
        }
        github.fault(Fault::new(Matcher::method("POST"), Kind::answer(201, body)));
        let run = apply(&github, yaml).run();
        assert_eq!(github.configuration("DOCKER_REGISTRY_SECRET").is_none(), is_as_asked, "{}", run.log);
        assert_eq!(run.status == Some(0), is_as_asked, "{}", run.log);
        let left =
            format!("GitHub created {name}, but not as requested, so the old DOCKER_REGISTRY_SECRET was left in place");
        assert_eq!(run.log.contains(&left), !is_as_asked, "{}", run.log);
        let result: Value = serde_json::from_str(run.output("result")).unwrap();
        assert_eq!((&result["changed"], &result["changes"][0]["name"]), (&json!(true), &json!(name)), "{}", run.log);
    }
}

#[test]
fn a_replacement_that_fails_after_the_deletion_says_what_is_gone_and_what_to_do() {
    let yaml = "version: 1\nregistries:\n  containers:\n    type: docker-registry\n    url: https://acme.azurecr.io\n    \
                tenant-id: t\n    client-id: c\n    visibility: private\n    name: DOCKER_REGISTRY_SECRET\n";
    let github = github_with(Options { same_url: SameUrl::Refuse, ..Options::default() });
    let refusal = Kind::refusal(422, "Not today");
    github.fault(Fault::new(Matcher::method("POST"), refusal).skip(1).times(2));
    let run = apply(&github, yaml).with("prune", "true").run();
    assert_run!(run);
    assert!(github.configuration("GIT_SOURCE_SECRET").is_some(), "nothing else is deleted after a failure");
}

#[test]
fn one_failure_stops_deletions_only_and_everything_is_reported() {
    let github = github();
    let refusal = json!({"message": "Validation Failed", "errors": ["username is too short"]});
    github.fault(Fault::new(Matcher::method("PATCH").and_path("NPM_REGISTRY"), Kind::answer(422, refusal)));
    let run = apply(&github, MANIFEST).with("prune", "true").run();
    assert_run!(run);
    assert!(run.writes().iter().all(|write| !write.starts_with("DELETE")));
    let run = apply(&github, MANIFEST).with("prune", "true").run();
    assert_eq!((run.status, run.output("failure-count")), (Some(0), "0"), "running it again finishes the work");
}

#[test]
fn a_read_only_token_fails_at_the_first_write_and_names_the_permission() {
    let github = github();
    let run = apply(&github, MANIFEST).secret_input("token", READ_TOKEN).with("prune", "true").run();
    assert_eq!((run.status, run.output("changed")), (Some(1), "false"), "{}", run.log);
    assert!(run.log.contains("organization_private_registries=write"), "{}", run.log);
    assert_eq!(github.configurations().len(), 5);
}

#[test]
fn only_the_reviewed_plan_is_applied() {
    let github = github();
    let id = Step::new(&github, "plan").manifest(MANIFEST).run().output("plan-id").to_owned();
    let run = apply(&github, MANIFEST).with("plan-id", &"0123456789abcdef".repeat(2)).run();
    assert_run!(run);
    github.change("GIT_SOURCE_SECRET", "visibility", "all");
    let run = apply(&github, MANIFEST).with("plan-id", &id).run();
    assert_eq!((run.status, run.writes().len()), (Some(1), 0), "{}", run.log);
    github.change("GIT_SOURCE_SECRET", "visibility", "private");
    let run = apply(&github, MANIFEST).with("plan-id", &id).run();
    assert_eq!((run.status, run.output("plan-id")), (Some(0), id.as_str()), "{}", run.log);
}

#[test]
fn a_plan_with_more_deletions_than_allowed_is_refused_as_a_whole() {
    let github = FakeGitHub::start();
    for n in 0..6 {
        github.add(json!({"registry_type": "git_source", "url": format!("https://git{n}.acme.dev")}));
    }
    let run = apply(&github, MANIFEST).with("prune", "true").run();
    assert_eq!((run.status, run.writes().len()), (Some(1), 0), "{}", run.log);
    assert!(run.log.contains("6 configurations would be deleted, but `max-deletes` allows 5"), "{}", run.log);
    let run =
        apply(&github, MANIFEST).with("prune", "true").with("max-deletes", "6").with("write-interval", "0s").run();
    assert_eq!((run.status, run.output("delete-count")), (Some(0), "6"), "{}", run.log);
}

#[test]
fn a_replace_counts_as_a_deletion() {
    let github = FakeGitHub::start();
    let old = |n: usize| json!({"registry_type": "npm_registry", "url": format!("https://npm{n}.acme.dev")});
    (0..7).for_each(|n| drop(github.add(old(n))));
    let entry =
        |n| format!("  r{n}: {{type: npm-registry, url: 'https://npm{n}.acme.dev', tenant-id: t, client-id: c}}\n");
    let entries: String = (0..5).map(entry).collect();
    let yaml = format!("version: 1\ndefaults: {{visibility: private}}\nregistries:\n{entries}");
    for operation in ["plan", "apply"] {
        let step = Step::new(&github, operation).manifest(&yaml).with("prune", "true").with("max-deletes", "6");
        let run = step.run();
        assert_eq!((run.status, run.writes().len()), (Some(1), 0), "{}", run.log);
        let told = "7 configurations would be deleted, but `max-deletes` allows 6 (7: 2 deletions, 5 replaces). Deleted: \
                    NPM_REGISTRY_SECRET_6, NPM_REGISTRY_SECRET_7. Replaced, which deletes the old ones: r0, r1, r2, r3, \
                    r4. If this is intended, set `max-deletes: 7`";
        assert!(run.log.contains(told), "{}", run.log);
    }
    let run = apply(&github, &yaml).with("max-deletes", "4").run();
    assert_eq!((run.status, run.writes().len()), (Some(1), 0), "{}", run.log);
    assert!(run.log.contains("(5: 0 deletions, 5 replaces)"), "{}", run.log);
    let run = apply(&github, &yaml).with("write-interval", "0s").run();
    assert_eq!((run.status, run.output("replace-count")), (Some(0), "5"), "{}", run.log);
}

#[test]
fn the_public_key_may_rotate_between_reading_and_writing() {
    let github = github();
    github.fault(Fault::new(Matcher::method("POST"), Kind::RotateKeyFirst));
    let run = apply(&github, MANIFEST).run();
    assert_eq!(run.status, Some(0), "{}", run.log);
    let maven = github.configuration("MAVEN_REPOSITORY_SECRET").unwrap();
    assert_eq!(maven.secret.as_deref(), Some("maven-secret-value"));
}

#[test]
fn a_change_by_somebody_else_during_the_run_is_reported() {
    let github = github();
    let gone = Change::new(|acme| acme.remove("NPM_REGISTRY_SECRET"));
    github.fault(Fault::new(Matcher::method("PATCH"), Kind::ChangeFirst(gone)));
    let run = apply(&github, MANIFEST).run();
    assert_eq!((run.status, run.output("failure-count")), (Some(1), "1"), "{}", run.log);
    assert_eq!(run.output("create-count"), "1");
}

#[test]
fn a_first_apply_needs_the_fewest_possible_requests() {
    let github = FakeGitHub::start();
    let entries = (0..5)
        .map(|n| {
            format!(
                "  r{n}: {{type: git, url: 'https://git{n}.acme.dev', token: '${{NPM_TOKEN}}', visibility: selected, \
                 selected-repositories: [api, web, 1004]}}\n"
            )
        })
        .collect::<Vec<_>>()
        .concat();
    let run = apply(&github, &format!("version: 1\nregistries:\n{entries}")).run();
    let count = |part: &str| run.requests.iter().filter(|request| request.to_string().starts_with(part)).count();
    assert_eq!(
        [count("GET /orgs/acme/private-registries?"), count("GET /orgs"), count("GET /repos"), count("POST")],
        [2, 3, 2, 5]
    );
    assert_eq!(run.requests.len(), 10);
}

#[test]
fn a_stopped_run_reports_what_was_done_and_what_was_not() {
    for (signal, status) in [("TERM", 143), ("INT", 130)] {
        let github = github();
        github.fault(Fault::new(Matcher::method("PATCH"), Kind::RateLimited429 { retry_after: Some(60) }));
        let running = apply(&github, MANIFEST).with("prune", "true").start();
        let began = Instant::now();
        while !github.requests().iter().any(|request| request.method == "PATCH") {
            assert!(began.elapsed() < Duration::from_secs(20), "it comes to the PATCH");
            std::thread::sleep(Duration::from_millis(1));
        }
        running.signal(signal);
        let run = running.wait();
        assert_eq!(run.status, Some(status), "{}", run.log);
        assert_eq!((run.output("create-count"), run.output("changed")), ("1", "true"));
        assert!(run.log.contains(&format!("stopped by SIG{signal}")) && !run.summary.is_empty(), "{}", run.log);
    }
}

/// Returns a manifest whose only entry has a sealed secret.
fn sealed_manifest(sealed: &str, key_id: &str) -> String {
    format!(
        "version: 1\nregistries:\n  npm: {{type: npm-registry, url: 'https://sealed.acme.dev', visibility: private, \
         encrypted-value: '{sealed}', key-id: '{key_id}'}}\n"
    )
}

#[test]
fn a_sealed_secret_of_the_manifest_is_sent_unchanged() {
    let github = FakeGitHub::start();
    let (key_id, sealed) = sealed_elsewhere(&github, "sealed elsewhere");
    let run = Step::new(&github, "apply").manifest(&sealed_manifest(&sealed, &key_id)).run();
    assert_eq!(run.status, Some(0), "{}", run.log);
    assert_eq!(github.configurations()[0].secret.as_deref(), Some("sealed elsewhere"));
    let run = Step::new(&github, "apply").manifest(&sealed_manifest(&sealed, &key_id)).run();
    assert_eq!((run.status, run.output("resend-count")), (Some(0), "1"), "{}", run.log);
    github.rotate_key();
    let run = Step::new(&github, "apply").manifest(&sealed_manifest(&sealed, &key_id)).run();
    assert_eq!((run.status, run.writes().len()), (Some(1), 0), "{}", run.log);
    assert!(run.log.contains(&format!("`key-id` {key_id} is not the id of the current key")), "{}", run.log);
}

#[test]
fn nothing_is_created_if_github_returns_no_url_to_compare() {
    let github = FakeGitHub::start();
    let live = json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev", "visibility": "private"});
    let name = github.add(live);
    github.change(&name, "url", Value::Null);
    let yaml = "version: 1\nregistries:\n  npm: {type: npm-registry, url: 'https://npm.acme.dev', token: '${NPM_TOKEN}', \
                visibility: private}\n";
    let run = apply(&github, yaml).run();
    assert_eq!((run.status, run.writes().len()), (Some(1), 0), "{}", run.log);
    assert!(run.log.contains(&format!("may be one of {name}")), "{}", run.log);
    let pinned = yaml.replace("visibility", &format!("name: {name}, visibility"));
    let run = apply(&github, &pinned).run();
    assert_eq!((run.status, run.output("resend-count")), (Some(0), "1"), "{}", run.log);
}
