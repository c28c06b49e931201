//! `update`: changes only what was given and differs, on the one configuration that is meant.

use fake_github::{FakeGitHub, Options, Value, json};

use crate::harness::{Inputs, Run, Step, assert_run};

fn github() -> FakeGitHub {
    let github = FakeGitHub::start();
    github.add(json!({
        "registry_type": "maven_repository", "url": "https://maven.acme.dev", "visibility": "selected",
        "selected_repository_ids": [1001], "auth_type": "username_password", "username": "monalisa", "secret": "old",
        "replaces_base": true,
    }));
    github.add(json!({
        "registry_type": "npm_registry", "url": "https://npm.acme.dev", "visibility": "private", "auth_type": "token",
        "username": "hubot", "secret": "old",
    }));
    github.add(json!({
        "registry_type": "docker_registry", "url": "https://acme.azurecr.io", "visibility": "all",
        "auth_type": "oidc_azure", "tenant_id": "tenant", "client_id": "client",
    }));
    github
}

fn update<'a>(github: &'a FakeGitHub, inputs: Inputs) -> Step<'a> {
    Step::new(github, "update").inputs(inputs)
}

/// Returns the body of each PATCH, without sealed boxes.
fn patched(run: &Run) -> Vec<Value> {
    let patches = run.requests.iter().filter(|request| request.method == "PATCH");
    patches
        .map(|patch| {
            let mut body = patch.body.clone().expect("a body");
            let fields = body.as_object_mut().expect("an object");
            assert_eq!(fields.contains_key("encrypted_value"), fields.remove("key_id").is_some());
            if fields.contains_key("encrypted_value") {
                fields.insert("encrypted_value".into(), "sealed".into());
            }
            body
        })
        .collect()
}

#[test]
fn rotating_a_secret_changes_nothing_else() {
    let github = github();
    let before = github.configuration("MAVEN_REPOSITORY_SECRET").unwrap();
    let run = update(&github, &[("name", "MAVEN_REPOSITORY_SECRET"), ("secret", "new-secret-value")]).run();
    assert_run!(run);
    let mut after = github.configuration("MAVEN_REPOSITORY_SECRET").unwrap();
    assert_eq!(after.secret.as_deref(), Some("new-secret-value"));
    after.secret = before.secret.clone();
    after.updated_at.clone_from(&before.updated_at);
    assert_eq!(after, before);
}

#[test]
fn only_given_fields_that_differ_are_sent() {
    let (maven, npm, docker) = ("MAVEN_REPOSITORY_SECRET", "NPM_REGISTRY_SECRET", "DOCKER_REGISTRY_SECRET");
    let cases: [(&str, Inputs, Value); 10] = [
        (npm, &[("visibility", "all")], json!({"visibility": "all"})),
        (npm, &[("visibility", "private"), ("replaces-base", "True")], json!({"replaces_base": true})),
        (npm, &[("clear-username", "true")], json!({"username": null})),
        (npm, &[("username", "monalisa")], json!({"username": "monalisa"})),
        (npm, &[("url", "https://npm2.acme.dev/")], json!({"url": "https://npm2.acme.dev/"})),
        (
            npm,
            &[("selected-repositories", "1003")],
            json!({"visibility": "selected", "selected_repository_ids": [1003]}),
        ),
        (
            maven,
            &[("selected-repositories", "web")],
            json!({"visibility": "selected", "selected_repository_ids": [1002]}),
        ),
        (
            maven,
            &[("secret", "abcdef"), ("username", "monalisa"), ("registry-type", "maven-repository")],
            json!({"encrypted_value": "sealed"}),
        ),
        (docker, &[("client-id", "other"), ("tenant-id", "tenant")], json!({"client_id": "other"})),
        (
            docker,
            &[("auth-type", "oidc_azure"), ("registry-type", "docker_registry"), ("tenant-id", "t")],
            json!({"tenant_id": "t"}),
        ),
    ];
    for (name, inputs, expected) in cases {
        let github = github();
        let run = update(&github, &[inputs, &[("name", name)]].concat()).run();
        assert_eq!(run.status, Some(0), "{}", run.log);
        assert_eq!(patched(&run), [expected], "{inputs:?}");
        assert_eq!((run.output("changed"), run.output("name")), ("true", name));
        let registry: Value = serde_json::from_str(run.output("registry")).expect("the registry as it is now");
        assert_eq!(registry["name"], name);
    }
}

#[test]
fn an_update_without_differences_is_unchanged_and_writes_nothing() {
    let github = github();
    let run = update(
        &github,
        &[
            ("name", "NPM_REGISTRY_SECRET"),
            ("url", "https://NPM.acme.dev/"),
            ("username", "hubot"),
            ("visibility", "private"),
            ("replaces-base", "false"),
        ],
    )
    .run();
    assert_run!(run);
}

#[test]
fn a_dry_run_shows_the_change_and_only_reads() {
    let github = github();
    let run = update(
        &github,
        &[
            ("registry-type", "npm-registry"),
            ("url", "npm.acme.dev"),
            ("visibility", "all"),
            ("secret", "new-secret-value"),
            ("clear-username", "true"),
            ("dry-run", "true"),
        ],
    )
    .run();
    assert_run!(run);
    assert!(run.requests.iter().all(|request| request.method == "GET"));
}

#[test]
fn exactly_one_configuration_must_match_type_and_url() {
    let github = github();
    let by_key = [("registry-type", "npm-registry"), ("url", "https://npm.acme.dev"), ("visibility", "all")];
    assert_eq!(patched(&update(&github, &by_key).run()), [json!({"visibility": "all"})]);
    github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev/"}));
    let run = update(&github, &by_key).run();
    assert_eq!((run.status, run.writes().len()), (Some(1), 0));
    assert!(run.log.contains("NPM_REGISTRY_SECRET, NPM_REGISTRY_SECRET_2"), "{}", run.log);
    let run =
        update(&github, &[("registry-type", "npm-registry"), ("url", "https://x.dev"), ("visibility", "all")]).run();
    assert_eq!((run.status, run.writes().len()), (Some(1), 0), "{}", run.log);
}

#[test]
fn fields_that_do_not_fit_the_live_configuration_are_refused_before_any_write() {
    let github = github();
    let cases: [(&str, Inputs, &str); 6] = [
        ("NPM_REGISTRY_SECRET", &[("registry-type", "git"), ("visibility", "all")], "`registry-type` is git_source"),
        ("NPM_REGISTRY_SECRET", &[("auth-type", "username_password"), ("secret", "abcdef")], "`auth-type` is"),
        ("NPM_REGISTRY_SECRET", &[("tenant-id", "x")], "`tenant-id` is not a field of auth type token"),
        ("DOCKER_REGISTRY_SECRET", &[("secret", "abcdef")], "`secret` must be left out"),
        ("DOCKER_REGISTRY_SECRET", &[("username", "hubot")], "`username` must be left out"),
        ("MAVEN_REPOSITORY_SECRET", &[("clear-username", "true")], "`clear-username` can't be"),
    ];
    for (name, inputs, message) in cases {
        let run = update(&github, &[inputs, &[("name", name)]].concat()).run();
        assert_eq!((run.status, run.writes().len()), (Some(1), 0), "{inputs:?}");
        assert!(run.log.contains(message), "{message} in {}", run.log);
    }
}

#[test]
fn an_update_without_fields_or_without_a_match_is_an_error() {
    let github = github();
    let run = update(&github, &[("name", "NPM_REGISTRY_SECRET"), ("secret", "")]).run();
    assert_eq!((run.status, run.requests.len()), (Some(2), 0));
    assert!(run.log.contains("no field to change"), "{}", run.log);
    let run = update(&github, &[("name", "GONE"), ("visibility", "all")]).run();
    assert_eq!((run.status, run.writes().len()), (Some(1), 0));
}

#[test]
fn a_server_that_returns_few_fields_gets_all_given_fields() {
    let github = FakeGitHub::with(Options { minimal_answers: true, ..Options::default() });
    let name = github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev", "secret": "old"}));
    let run = update(&github, &[("name", &name), ("username", "hubot"), ("secret", "abcdef")]).run();
    assert_eq!(patched(&run), [json!({"username": "hubot", "encrypted_value": "sealed"})], "{}", run.log);
}
