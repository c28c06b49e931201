//! A creation whose answer was lost: carried out or not, carried out late, or preceded by somebody else's.

use std::thread::sleep;
use std::time::Duration;

use fake_github::{Change, FakeGitHub, Fault, Kind, Matcher, Options, SameUrl, Stamps, Value, json};

use crate::harness::{Run, Step};
use crate::world::faults::all;

const POST: &str = "POST /orgs/acme/private-registries";
const OTHERS: &str = "somebody-elses-secret";

fn post(kind: Kind) -> Fault {
    Fault::new(Matcher::method("POST"), kind)
}

/// Returns a step that creates one npm registry with a secret and a selection, by any operation that creates.
fn step<'a>(github: &'a FakeGitHub, operation: &str) -> Step<'a> {
    if operation == "apply" {
        let manifest = "version: 1\nregistries:\n  npm: {type: npm-registry, url: 'https://npm.acme.dev', token: '${A}', \
                        username: monalisa, auth-type: token, selected-repositories: [api, web], visibility: selected}\n";
        return Step::new(github, operation).manifest(manifest).secret_env("A", "the-secret");
    }
    Step::new(github, operation)
        .with("registry-type", "npm_registry")
        .with("url", "https://npm.acme.dev")
        .with("username", "monalisa")
        .with("auth-type", "token")
        .with("selected-repositories", "api, web")
        .secret_input("secret", "the-secret")
}

/// Returns the same step for Azure, which has no secret.
fn azure<'a>(github: &'a FakeGitHub, repositories: &str) -> Step<'a> {
    let step = Step::new(github, "create").with("registry-type", "npm_registry").with("url", "https://npm.acme.dev");
    let step = step.with("tenant-id", "t").with("client-id", "c");
    if repositories.is_empty() {
        step.with("visibility", "private")
    } else {
        step.with("selected-repositories", repositories)
    }
}

fn posts(run: &Run) -> usize {
    run.writes().iter().filter(|write| *write == POST).count()
}

/// Returns all secrets, in the order of creation.
fn secrets(github: &FakeGitHub) -> Vec<String> {
    github.configurations().into_iter().map(|live| live.secret.unwrap_or_default()).collect()
}

/// Returns the warnings, after checking that log, summary and result have the same ones.
fn warnings(run: &Run) -> String {
    let told: Vec<String> = run.log.lines().filter(|line| line.starts_with("::warning ")).map(str::to_owned).collect();
    let result = run.result();
    let documented = result["warnings"].as_array().unwrap();
    assert_eq!(told.len(), documented.len(), "{}\n{result:#}", run.log);
    assert_eq!(run.summary.contains("[!WARNING]"), !told.is_empty(), "{}", run.summary);
    told.join("\n")
}

const OPERATIONS: [&str; 3] = ["create", "upsert", "apply"];

#[test]
fn a_different_configuration_created_meanwhile_is_left_alone() {
    let cases = [
        json!({"auth_type": "username_password"}),
        json!({"username": "hubot"}),
        json!({"username": null}),
        json!({"replaces_base": true}),
        json!({"visibility": "all"}),
        json!({"visibility": "private"}),
        json!({"auth_type": "oidc_azure", "tenant_id": "t", "client_id": "c"}),
    ];
    let cases: Vec<_> = cases.into_iter().zip(OPERATIONS.iter().cycle()).collect();
    all(
        &cases,
        |case| format!("{case:?}"),
        |(fields, operation)| {
            let github = FakeGitHub::start();
            github.fault(post(Kind::Forestalled { fields: fields.clone() }));
            let run = step(&github, operation).run();
            assert_eq!((run.status, posts(&run), run.writes().len()), (Some(0), 2, 2), "{fields}: {}", run.log);
            assert_eq!(secrets(&github), [OTHERS, "the-secret"], "{fields}");
            assert_eq!(run.output("changed"), "true");
            let (field, _) = fields.as_object().unwrap().iter().next().unwrap();
            let told = warnings(&run);
            assert!(told.contains("NPM_REGISTRY_SECRET appeared while") && told.contains(field), "{told}");
            assert!(told.contains("exists 2 times: NPM_REGISTRY_SECRET, NPM_REGISTRY_SECRET_2"), "{told}");
            assert!(told.contains("was sent more than once"), "{told}");
        },
    );
}

#[test]
fn oidc_fields_are_compared_too() {
    let cases = [("tenant_id", json!("other")), ("client_id", Value::Null), ("audience", json!("more"))];
    all(
        &cases,
        |case| format!("{case:?}"),
        |(field, value)| {
            let github = FakeGitHub::start();
            github.fault(post(Kind::Forestalled { fields: json!({*field: value}) }));
            let run = azure(&github, "").run();
            assert_eq!(
                (run.status, posts(&run), github.configurations().len()),
                (Some(0), 2, 2),
                "{field}: {}",
                run.log
            );
            assert!(warnings(&run).contains(&format!("differs in {field}")), "{}", run.log);
        },
    );
}

/// Nobody can tell who created it, so it gets the parts that can't be read; after that it is as requested.
#[test]
fn a_matching_configuration_gets_the_secret_and_the_selection() {
    let kinds = || [Kind::Forestalled { fields: json!({"selected_repository_ids": [1004]}) }, Kind::DropAfter];
    let cases: Vec<_> = OPERATIONS.iter().flat_map(|operation| kinds().map(|kind| (*operation, kind))).collect();
    all(
        &cases,
        |case| format!("{case:?}"),
        |(operation, kind)| {
            let github = FakeGitHub::start();
            github.fault(post(kind.clone()));
            let run = step(&github, operation).run();
            assert_eq!((run.status, posts(&run), run.writes().len()), (Some(0), 1, 2), "{}", run.log);
            let configurations = github.configurations();
            let [live] = configurations.as_slice() else { panic!("{configurations:#?}") };
            assert_eq!(live.secret.as_deref(), Some("the-secret"));
            assert_eq!(live.selected_repository_ids, [1001, 1002]);
            let patch = run.requests.iter().find(|request| request.method == "PATCH").unwrap();
            let said: Vec<&String> = patch.body.as_ref().unwrap().as_object().unwrap().keys().collect();
            assert_eq!(said, ["encrypted_value", "key_id", "selected_repository_ids", "visibility"]);
            assert_eq!(warnings(&run), "");
        },
    );
}

#[test]
fn nothing_is_sent_again_where_every_field_can_be_read() {
    for (repositories, writes) in [("", 1), ("api", 2)] {
        let github = FakeGitHub::start();
        github.fault(post(Kind::DropAfter));
        let run = azure(&github, repositories).run();
        assert_eq!((run.status, run.writes().len()), (Some(0), writes), "{}", run.log);
        assert_eq!(github.configurations().len(), 1);
    }
}

#[test]
fn the_key_may_rotate_before_a_found_creation_gets_its_secret() {
    let github = FakeGitHub::start();
    github.fault(post(Kind::DropAfter));
    github.fault(Fault::new(Matcher::method("PATCH"), Kind::RotateKeyFirst));
    let run = step(&github, "apply").run();
    assert_eq!((run.status, posts(&run), secrets(&github)), (Some(0), 1, vec!["the-secret".to_owned()]), "{}", run.log);
}

#[test]
fn a_found_creation_without_its_secret_is_a_failure_and_replaces_nothing() {
    let github = FakeGitHub::start();
    let npm = json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev", "auth_type": "username_password",
        "username": "old", "secret": "old-secret"});
    let old = github.add(npm);
    github.fault(post(Kind::Forestalled { fields: json!({}) }));
    let body = json!({"message": "Not today"});
    github.fault(Fault::new(Matcher::method("PATCH"), Kind::answer(422, body)));
    let run = step(&github, "apply").run();
    assert_eq!((run.status, run.output("changed")), (Some(1), "true"), "{}", run.log);
    assert_eq!(run.result()["changes"][0]["name"], "NPM_REGISTRY_SECRET_2");
    assert_eq!(secrets(&github), ["old-secret", OTHERS]);
    assert!(run.log.contains(&format!("the old {old} was left in place")), "{}", run.log);
    // Running it again without a deletion would not help.
    assert!(run.log.contains("while both exist, `apply` can't tell which one is meant"), "{}", run.log);
    assert_eq!(step(&github, "apply").run().writes().len(), 0);
    github.remove("NPM_REGISTRY_SECRET_2");
    let again = step(&github, "apply").run();
    assert_eq!((again.status, secrets(&github)), (Some(0), vec!["the-secret".to_owned()]), "{}", again.log);
}

/// The old configuration, whose secret works, is kept until ours exists.
#[test]
fn a_foreign_twin_does_not_count_as_the_replacement() {
    all(
        &[SameUrl::Accept, SameUrl::Refuse],
        |same_url| format!("{same_url:?}"),
        |same_url| {
            let github = FakeGitHub::with(Options { same_url: *same_url, ..Options::default() });
            let fields = json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev", "secret": "old-secret",
            "auth_type": "username_password", "username": "old"});
            github.add(fields);
            github.fault(post(Kind::Forestalled { fields: json!({"username": "hubot"}) }));
            let run = step(&github, "apply").run();
            let expected = match same_url {
                SameUrl::Accept => (Some(0), vec![OTHERS, "the-secret"]),
                SameUrl::Refuse => (Some(1), vec!["old-secret", OTHERS]),
            };
            assert_eq!(
                (run.status, secrets(&github)),
                (expected.0, expected.1.iter().map(|s| (*s).to_owned()).collect())
            );
            assert!(warnings(&run).contains("NPM_REGISTRY_SECRET_2 appeared while"), "{}", run.log);
        },
    );
}

/// A one-off creation has no earlier list, so only the date tells.
#[test]
fn an_older_twin_is_not_taken_for_a_one_off_creation() {
    let old = json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev", "auth_type": "token",
        "username": "monalisa", "visibility": "selected", "created_at": "2026-01-01T00:00:00Z", "secret": "old-secret"});
    let github = FakeGitHub::start();
    github.add(old);
    github.fault(post(Kind::DropBefore));
    let run = step(&github, "create").run();
    assert_eq!((run.status, run.writes()), (Some(0), vec![POST.to_owned(); 2]), "{}", run.log);
    assert_eq!(secrets(&github), ["old-secret", "the-secret"]);
    let told = "exists 2 times: NPM_REGISTRY_SECRET, NPM_REGISTRY_SECRET_2";
    assert!(warnings(&run).contains(told), "{}", run.log);
}

/// With wrong dates too, what a lost POST created is not taken for older, and not created again.
const WRONG_STAMPS: [Stamps; 3] = [Stamps::Constant, Stamps::Ahead(-3_600), Stamps::Ahead(3_600)];

/// What the list did not have just before, and now has as desired, is what was asked for, whatever its date says.
#[test]
fn a_configuration_that_was_absent_before_is_found_whatever_its_date() {
    let kinds = [
        Kind::DropAfter,
        Kind::HtmlAfter { status: 502 },
        Kind::Truncated,
        Kind::Empty { status: 201 },
        Kind::Late(Duration::from_secs(1)),
        Kind::Forestalled { fields: json!({"selected_repository_ids": [1004]}) },
    ];
    let mut cases = Vec::new();
    for stamps in WRONG_STAMPS {
        for operation in ["upsert", "apply"] {
            cases.extend(kinds.iter().map(|kind| (operation, stamps, kind.clone())));
        }
    }
    all(
        &cases,
        |case| format!("{case:?}"),
        |(operation, stamps, kind)| {
            let github = FakeGitHub::with(Options { stamps: *stamps, ..Options::default() });
            github.fault(post(kind.clone()));
            let run = step(&github, operation).run();
            assert_eq!((run.status, posts(&run), run.output("changed")), (Some(0), 1, "true"), "{}", run.log);
            let configurations = github.configurations();
            let [live] = configurations.as_slice() else { panic!("{configurations:#?}") };
            assert_eq!(live.secret.as_deref(), Some("the-secret"));
            assert_eq!(live.selected_repository_ids, [1001, 1002]);
            assert_eq!(warnings(&run), "");
        },
    );
}

/// A configuration that differs, or that existed before, is not ours, whatever its date.
#[test]
fn a_different_or_older_configuration_is_left_alone_whatever_its_date() {
    let cases: Vec<_> = WRONG_STAMPS.iter().flat_map(|stamps| ["upsert", "apply"].map(|it| (*stamps, it))).collect();
    all(
        &cases,
        |case| format!("{case:?}"),
        |(stamps, operation)| {
            let github = FakeGitHub::with(Options { stamps: *stamps, ..Options::default() });
            github.fault(post(Kind::Forestalled { fields: json!({"visibility": "all"}) }));
            let run = step(&github, operation).run();
            assert_eq!((run.status, posts(&run), run.writes().len()), (Some(0), 2, 2), "{}", run.log);
            assert_eq!(secrets(&github), [OTHERS, "the-secret"]);
            let told = warnings(&run);
            assert!(told.contains("differs in visibility") && told.contains("exists 2 times"), "{told}");

            // The configuration that is replaced existed before.
            let github = FakeGitHub::with(Options { stamps: *stamps, ..Options::default() });
            let old = github
                .add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev", "username": "old",
                "auth_type": "username_password", "secret": "old-secret"}));
            github.fault(post(Kind::DropAfter));
            let run = step(&github, "apply").run();
            assert_eq!((run.status, posts(&run), secrets(&github)), (Some(0), 1, vec!["the-secret".to_owned()]));
            assert!(github.configuration(&old).is_none(), "{}", run.log);
        },
    );
}

/// Without an earlier list and with a wrong date, this can't be determined, but duplicates are always reported.
#[test]
fn a_one_off_creation_with_a_wrong_date_reports_the_duplicate() {
    let github = FakeGitHub::with(Options { stamps: Stamps::Constant, ..Options::default() });
    github.fault(post(Kind::DropAfter));
    let run = step(&github, "create").run();
    assert_eq!((run.status, posts(&run), github.configurations().len()), (Some(0), 2, 2), "{}", run.log);
    let told = "exists 2 times: NPM_REGISTRY_SECRET, NPM_REGISTRY_SECRET_2";
    assert!(warnings(&run).contains(told), "{}", run.log);
}

/// Without a creation date nothing distinguishes the two.
#[test]
fn indistinguishable_configurations_are_an_error() {
    let untold =
        json!({"name": "N", "registry_type": "npm_registry", "url": "https://npm.acme.dev", "visibility": "private"});
    let other_url = json!({"name": "N", "registry_type": "npm_registry", "visibility": "private"});
    for (operation, live) in [("create", untold), ("upsert", other_url)] {
        let github = FakeGitHub::start();
        github.fault(post(Kind::DropBefore));
        let list = json!({"total_count": 1, "configurations": [live]});
        let lists = Matcher::path("private-registries");
        let gets_before = if operation == "create" { 1 } else { 2 };
        let list = Kind::answer(200, list);
        github.fault(Fault::new(Matcher { method: Some("GET".into()), ..lists }, list).skip(gets_before));
        let step = Step::new(&github, operation).with("registry-type", "npm_registry").with("visibility", "private");
        let run = step.with("url", "https://npm.acme.dev").secret_input("secret", "the-secret").run();
        assert_eq!((run.status, run.writes(), run.output("changed")), (Some(1), vec![POST.to_owned()], "true"));
        assert!(run.log.contains("N may be what this request created, or somebody else's"), "{}", run.log);
    }
}

#[test]
fn a_creation_carried_out_late_is_found_or_reported_by_name() {
    // After the pauses and before the second look.
    let github = FakeGitHub::start();
    github.fault(post(Kind::Late(Duration::from_secs(1))));
    let run = step(&github, "apply").run();
    assert_eq!((run.status, posts(&run), secrets(&github).len()), (Some(0), 1, 1), "{}", run.log);

    // After the end of the run.
    all(
        &OPERATIONS,
        |operation| (*operation).to_owned(),
        |operation| {
            let github = FakeGitHub::start();
            github.fault(post(Kind::Late(Duration::from_secs(6))));
            let run = step(&github, operation).run();
            assert_eq!((run.status, posts(&run), run.output("changed")), (Some(0), 2, "true"), "{}", run.log);
            let told = warnings(&run);
            let expected = "was sent more than once, because an answer was lost; now there is NPM_REGISTRY_SECRET";
            assert!(told.contains(expected), "{told}");
            assert_eq!(github.configurations().len(), 1);
            sleep(Duration::from_secs(4));
            assert_eq!(github.configurations().len(), 2);
        },
    );

    // Between the second POST and the final look.
    all(
        &OPERATIONS,
        |operation| (*operation).to_owned(),
        |operation| {
            let github = FakeGitHub::start();
            github.fault(post(Kind::DropBefore));
            let late = Change::new(|acme| {
                acme.add(
                    json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev", "secret": "the-secret"}),
                );
            });
            github.fault(post(Kind::ChangeFirst(late)));
            let run = step(&github, operation).run();
            assert_eq!((run.status, posts(&run), github.configurations().len()), (Some(0), 2, 2), "{}", run.log);
            let names = "exists 2 times: NPM_REGISTRY_SECRET, NPM_REGISTRY_SECRET_2. ";
            assert!(warnings(&run).contains(names) && run.summary.contains("Delete all but one"), "{}", run.log);
        },
    );
}

/// The configuration that exists now may be the reason for the refusal.
#[test]
fn a_late_creation_is_found_when_its_repetition_is_refused() {
    let github = FakeGitHub::with(Options { same_url: SameUrl::Refuse, ..Options::default() });
    github.fault(post(Kind::DropBefore));
    let late = Change::new(|acme| {
        acme.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev", "auth_type": "token",
            "username": "monalisa", "visibility": "selected", "secret": "the-secret"}));
    });
    github.fault(post(Kind::ChangeFirst(late)));
    let run = step(&github, "apply").run();
    assert_eq!((run.status, posts(&run), github.configurations().len()), (Some(0), 2, 1), "{}", run.log);
    assert!(warnings(&run).contains("was sent more than once"), "{}", run.log);
}

#[test]
fn a_lost_creation_is_not_sent_again_if_no_wait_is_allowed() {
    let cases: Vec<_> = OPERATIONS.into_iter().flat_map(|operation| [(operation, "0s"), (operation, "1s")]).collect();
    all(
        &cases,
        |case| format!("{case:?}"),
        |(operation, max_wait)| {
            let github = FakeGitHub::start();
            github.fault(post(Kind::Late(Duration::from_millis(1_500))));
            let run = step(&github, operation).with("max-wait", max_wait).run();
            assert_eq!((run.status, run.writes()), (Some(1), vec![POST.to_owned()]), "{}", run.log);
            assert_eq!(run.output("changed"), "true");
            for part in ["it is unknown whether it was carried out", "`max-wait`", "`operation: list`"] {
                assert!(run.log.contains(part), "{part} in {}", run.log);
            }
            sleep(Duration::from_secs(2));
            assert_eq!(github.configurations().len(), 1);
        },
    );
    // A creation that was carried out in time is found without a wait.
    let github = FakeGitHub::start();
    github.fault(post(Kind::DropAfter));
    let run = step(&github, "apply").with("max-wait", "0s").run();
    assert_eq!((run.status, github.configurations().len()), (Some(0), 1), "{}", run.log);
}

#[test]
fn a_lost_creation_is_sent_again_a_limited_number_of_times_and_never_after_a_refusal() {
    let sent = |faults: [Fault; 2], max_wait: &str| {
        let github = FakeGitHub::start();
        for fault in faults {
            github.fault(fault);
        }
        let run = step(&github, "apply").with("max-wait", max_wait).run();
        // It may still be carried out.
        assert_eq!((run.status, run.output("changed"), github.configurations().len()), (Some(1), "true", 0));
        assert_eq!(warnings(&run).contains("was sent more than once"), run.writes().len() > 1, "{}", run.log);
        run.writes().len()
    };
    let lost = || post(Kind::DropBefore);
    let refusal = Kind::refusal(422, "No");
    let cases = [
        ([lost(), lost().times(usize::MAX)], "60s", 4),
        // Pauses of half a second and two seconds, plus at most half as much again.
        ([lost(), lost().times(usize::MAX)], "4s", 2),
        ([lost(), post(refusal).times(usize::MAX)], "60s", 2),
    ];
    all(
        &cases,
        |case| format!("{case:?}"),
        |(faults, max_wait, times)| {
            assert_eq!(sent(faults.clone(), max_wait), *times);
        },
    );
}

/// For example with a wider visibility: whoever asked for less must learn of it.
#[test]
fn a_creation_that_differs_from_the_request_is_a_failure() {
    let asked = json!({"name": "NEW", "registry_type": "npm_registry", "auth_type": "token", "username": "monalisa",
        "url": "https://npm.acme.dev", "visibility": "selected", "selected_repository_ids": [1002, 1001]});
    for operation in OPERATIONS {
        let run_with = |answer: &Value| {
            let github = FakeGitHub::start();
            github.fault(post(Kind::answer(201, answer.clone())));
            step(&github, operation).run()
        };
        assert_eq!(run_with(&asked).status, Some(0));
        for (field, value) in [
            ("visibility", json!("all")),
            ("visibility", json!("private")),
            ("selected_repository_ids", json!([1001, 1002, 1003])),
            ("selected_repository_ids", json!([])),
            ("auth_type", json!("username_password")),
            ("username", json!("hubot")),
            ("username", Value::Null),
            ("url", json!("https://npm.example.com")),
            ("registry_type", json!("git_source")),
            ("replaces_base", json!(true)),
            ("tenant_id", json!("t")),
        ] {
            let mut other = asked.clone();
            other[field] = value.clone();
            let run = run_with(&other);
            assert_eq!((run.status, run.output("changed")), (Some(1), "true"), "{field} {value}: {}", run.log);
            let result = run.result();
            assert_eq!(
                (&result["changes"][0]["status"], &result["changes"][0]["name"]),
                (&json!("failed"), &json!("NEW"))
            );
            let told = result["changes"][0]["error"].as_str().unwrap();
            assert!(told.contains("GitHub created NEW, but not as requested: "), "{told}");
            assert!(told.contains(&field.replace("_repository_ids", "_repositories").replace('_', "-")), "{told}");
            assert!(result["registries"][0]["name"] == "NEW" && run.summary.contains("not as requested"));
            if operation != "apply" {
                assert_eq!(run.output("name"), "NEW");
            }
        }
    }
}
