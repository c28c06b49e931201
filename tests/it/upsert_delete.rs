//! `upsert` and `delete`, which can run any number of times.

use fake_github::{FakeGitHub, Fault, Kind, Matcher, NOBODY_TOKEN, Value, json};

use crate::harness::{Inputs, Step, assert_run};

fn upsert<'a>(github: &'a FakeGitHub, inputs: Inputs) -> Step<'a> {
    let step = Step::new(github, "upsert")
        .with("registry-type", "docker-registry")
        .with("url", "https://acme.azurecr.io")
        .with("visibility", "private")
        .with("tenant-id", "tenant")
        .with("client-id", "client");
    step.inputs(inputs)
}

#[test]
fn upsert_creates_then_does_nothing_then_changes_what_differs() {
    let github = FakeGitHub::start();
    let run = upsert(&github, &[("dry-run", "true")]).run();
    assert_eq!((run.output("changed"), run.writes().len()), ("true", 0), "{}", run.log);
    let run = upsert(&github, &[]).run();
    assert_eq!(run.writes(), ["POST /orgs/acme/private-registries"]);
    assert_eq!(run.output("name"), "DOCKER_REGISTRY_SECRET");
    let run = upsert(&github, &[]).run();
    assert_run!(run);
    assert_eq!((run.output("changed"), run.writes().len()), ("false", 0));
    let run = upsert(&github, &[("client-id", "other"), ("visibility", "all")]).run();
    assert_run!("upsert_with_changes", run);
    let live = github.configuration("DOCKER_REGISTRY_SECRET").unwrap();
    assert_eq!((live.client_id.as_deref(), live.visibility.as_str()), (Some("other"), "all"));
}

#[test]
fn upsert_never_changes_the_auth_type() {
    let github = FakeGitHub::start();
    let name = github.add(json!({"registry_type": "docker_registry", "url": "https://acme.azurecr.io"}));
    let run = upsert(&github, &[]).run();
    assert_run!(run);
    let run = upsert(&github, &[("name", &name)]).run();
    assert_eq!((run.status, run.writes().len()), (Some(1), 0), "{}", run.log);
}

#[test]
fn upsert_by_name_changes_the_url_and_never_creates() {
    let github = FakeGitHub::start();
    upsert(&github, &[]).run();
    let run = upsert(&github, &[("name", "DOCKER_REGISTRY_SECRET"), ("url", "https://acme2.azurecr.io")]).run();
    assert_eq!((run.status, run.writes().len()), (Some(0), 1), "{}", run.log);
    assert_eq!(github.configurations()[0].url.as_deref(), Some("https://acme2.azurecr.io"));
    let run = upsert(&github, &[("name", "GONE")]).run();
    assert_eq!((run.status, run.writes().len()), (Some(1), 0), "{}", run.log);
}

#[test]
fn delete_reports_what_it_deleted_and_succeeds_if_it_is_already_gone() {
    let github = FakeGitHub::start();
    let name = github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev"}));
    let run = Step::new(&github, "delete").with("name", &name).with("dry-run", "true").run();
    assert_eq!((run.status, run.output("changed"), run.writes().len()), (Some(0), "true", 0), "{}", run.log);
    let run = Step::new(&github, "delete").with("name", &name).run();
    assert_run!(run);
    assert!(github.configurations().is_empty());
    let run = Step::new(&github, "delete").with("name", &name).run();
    assert_run!("delete_of_a_deleted_registry", run);
    let run = Step::new(&github, "delete").with("registry-type", "git").with("url", "https://git.acme.dev").run();
    assert_eq!((run.status, run.output("changed"), run.output("name")), (Some(0), "false", ""), "{}", run.log);
    let result: Value = serde_json::from_str(run.output("result")).unwrap();
    let change = &result["changes"][0];
    assert_eq!((&change["registry_type"], &change["url"]), (&json!("git_source"), &json!("https://git.acme.dev")));
}

/// Nobody can tell whether it was deleted earlier or is misspelt.
#[test]
fn delete_of_an_absent_registry_succeeds_with_a_warning_that_names_similar_ones() {
    let github = FakeGitHub::start();
    for (registry_type, url) in [("npm_registry", "https://npm.acme.dev"), ("git_source", "https://git.acme.dev")] {
        github.add(json!({"registry_type": registry_type, "url": url}));
    }
    let by_name = |name: &str| Step::new(&github, "delete").with("name", name);
    let by_url = |kind: &str, url: &str| Step::new(&github, "delete").with("registry-type", kind).with("url", url);
    for (step, told) in [
        (
            by_name("npm_registry_secret"),
            "named npm_registry_secret, so there is nothing to delete. Similar: NPM_REGISTRY_SECRET",
        ),
        (
            by_name("NPM_REGISTRY_SECRET_2"),
            "named NPM_REGISTRY_SECRET_2, so there is nothing to delete. Similar: NPM_REGISTRY_SECRET",
        ),
        (by_name("X"), "named X, so there is nothing to delete"),
        (
            by_url("npm-registry", "https://npn.acme.dev"),
            "of type npm_registry with the url https://npn.acme.dev, so there is nothing to delete. Similar: \
             https://npm.acme.dev",
        ),
        (by_name("X").with("dry-run", "true"), "named X, so there is nothing to delete"),
    ] {
        let run = step.run();
        assert_eq!((run.status, run.output("changed"), run.writes().len()), (Some(0), "false", 0), "{}", run.log);
        let told = format!("::warning title=Delete::there is no configuration {told}\n");
        assert!(run.log.contains(&told), "{told}{}", run.log);
        assert!(run.summary.contains("> [!WARNING]\n> there is no configuration"), "{}", run.summary);
    }
    assert_eq!(github.configurations().len(), 2);
}

#[test]
fn nothing_is_found_or_created_if_github_returns_no_url_to_compare() {
    let github = FakeGitHub::start();
    let name =
        github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev", "visibility": "private"}));
    github.change(&name, "url", Value::Null);
    let step = |operation| {
        let step =
            Step::new(&github, operation).with("registry-type", "npm-registry").with("url", "https://npm.acme.dev");
        step.with("visibility", "all").secret_input("secret", "hunter2").with("auth-type", "token")
    };
    for step in [
        step("upsert"),
        Step::new(&github, "delete").with("registry-type", "npm-registry").with("url", "https://npm.acme.dev"),
    ] {
        let run = step.run();
        assert_eq!((run.status, run.writes().len()), (Some(1), 0), "{}", run.log);
        let told =
            format!("may be one of {name}, but GitHub does not return their urls: set `name` to the one you mean");
        assert!(run.log.contains(&told), "{}", run.log);
    }
    // A configuration of another type can't be the one that is meant.
    let run = Step::new(&github, "delete").with("registry-type", "git").with("url", "https://npm.acme.dev").run();
    assert_eq!((run.status, run.output("changed")), (Some(0), "false"), "{}", run.log);
    let run = step("upsert").with("name", &name).run();
    assert_eq!((run.status, run.writes().len()), (Some(0), 1), "{}", run.log);
}

#[test]
fn delete_by_type_and_url() {
    let github = FakeGitHub::start();
    github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev"}));
    github.add(json!({"registry_type": "npm_registry", "url": "https://other.acme.dev"}));
    let run = Step::new(&github, "delete").with("registry-type", "npm-registry").with("url", "npm.acme.dev").run();
    assert_eq!(run.writes(), ["DELETE /orgs/acme/private-registries/NPM_REGISTRY_SECRET"]);
    assert_eq!((run.output("name"), run.output("changed")), ("NPM_REGISTRY_SECRET", "true"));
    assert_eq!(github.configurations().len(), 1);
}

#[test]
fn delete_keeps_a_configuration_other_than_expected() {
    let github = FakeGitHub::start();
    let name = github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev"}));
    for (input, value) in [("url", "https://x.dev"), ("registry-type", "git"), ("auth-type", "oidc_gcp")] {
        let run = Step::new(&github, "delete").with("name", &name).with(input, value).run();
        assert_eq!((run.status, run.writes().len()), (Some(1), 0), "{}", run.log);
    }
}

#[test]
fn delete_with_a_token_without_permission_fails() {
    let github = FakeGitHub::start();
    let name = github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev"}));
    let run = Step::new(&github, "delete").with("name", &name).secret_input("token", NOBODY_TOKEN).run();
    assert_run!(run);
}

#[test]
fn a_deletion_by_somebody_else_is_not_a_failure() {
    let github = FakeGitHub::start();
    let name = github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev"}));
    let not_found = Kind::refusal(404, "Not Found");
    github.fault(Fault::new(Matcher::method("DELETE"), not_found));
    let run = Step::new(&github, "delete").with("name", &name).run();
    assert_eq!((run.status, run.output("changed")), (Some(0), "false"), "{}", run.log);
    assert!(run.log.contains("[1/1] delete NPM_REGISTRY_SECRET: it was already gone"), "{}", run.log);
}
