//! `list`, `get` and `public-key`: what GitHub stores, unchanged.

use fake_github::{FakeGitHub, NOBODY_TOKEN, Naming, Options, READ_TOKEN, json};
use serde_json::Value;

use crate::harness::{Step, assert_run};

#[test]
fn list_shows_everything_and_keeps_unknown_fields() {
    let github = FakeGitHub::start();
    github.add(json!({
        "registry_type": "npm_registry", "url": "https://npm.acme.dev", "visibility": "private",
        "auth_type": "username_password", "username": "monalisa", "secret": "npm-secret-value",
    }));
    github.add(json!({
        "registry_type": "quantum_registry", "url": "https://q.acme.dev", "visibility": "some_teams",
        "auth_type": "oidc_moon", "moon_phase": {"of": ["full", 1]}, "expires_at": null,
    }));
    let run = Step::new(&github, "list").secret_input("token", READ_TOKEN).never_shows("npm-secret-value").run();
    assert_run!(run);
    let registries: Value = serde_json::from_str(run.output("registries")).unwrap();
    assert_eq!(registries[1]["moon_phase"], json!({"of": ["full", 1]}));
    assert_eq!(registries[1]["expires_at"], Value::Null);
    assert!(!run.output("registries").contains('\n'), "JSON outputs are one line");
}

#[test]
fn list_of_an_empty_organization() {
    let github = FakeGitHub::start();
    let run = Step::new(&github, "list").in_terminal().run();
    assert_run!(run);
}

#[test]
fn list_reads_every_page_once() {
    let github = FakeGitHub::start();
    for n in 0..250 {
        github.add(json!({"registry_type": "npm_registry", "url": format!("https://npm{n}.acme.dev")}));
    }
    let run = Step::new(&github, "list").run();
    assert_eq!(run.output("total-count"), "250");
    let names: Vec<String> = serde_json::from_str(run.output("names")).unwrap();
    assert_eq!(names.len(), 250);
    assert_eq!(serde_json::from_str::<Vec<Value>>(run.output("registries")).unwrap().len(), 250);
    let mut pages: Vec<&str> = run.requests.iter().map(|request| request.query.as_str()).collect();
    pages.sort_unstable();
    assert_eq!(pages, ["per_page=100&page=1", "per_page=100&page=2", "per_page=100&page=3"]);
}

#[test]
fn an_older_server_that_returns_few_fields_is_listed_too() {
    let github = FakeGitHub::with(Options { minimal_answers: true, ghes: true, ..Options::default() });
    github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev"}));
    let run = Step::new(&github, "get").with("name", "NPM_REGISTRY_SECRET").run();
    assert_run!(run);
}

#[test]
fn get_by_name_needs_one_request_whatever_the_name() {
    let github = FakeGitHub::with(Options { naming: Naming::Opaque, ..Options::default() });
    let name = github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev"}));
    let run = Step::new(&github, "get").with("name", &name).run();
    assert_eq!((run.status, run.output("name")), (Some(0), name.as_str()));
    assert_eq!(run.requests.len(), 1);
    assert_eq!(run.requests[0].path, "/orgs/acme/private-registries/npm%20registry%2F%C3%A9%20%231");
}

#[test]
fn get_by_type_and_url_compares_urls_as_github_does() {
    let github = FakeGitHub::start();
    github.add(json!({"registry_type": "git_source", "url": "https://Git.acme.dev/Path/"}));
    for (registry_type, url, status) in [
        ("git", "https://git.acme.dev/Path", 0),
        ("git-source", "HTTPS://GIT.ACME.DEV:443/Path/", 0),
        ("git_source", "git.acme.dev/Path", 0),
        ("git", "https://git.acme.dev/path", 1),
        ("git", "http://git.acme.dev/Path", 1),
        ("npm_registry", "https://git.acme.dev/Path", 1),
    ] {
        let run = Step::new(&github, "get").with("registry-type", registry_type).with("url", url).run();
        assert_eq!(run.status, Some(status), "{registry_type} {url}\n{}", run.log);
        assert_eq!(run.output("name").is_empty(), status != 0);
    }
}

#[test]
fn get_of_an_ambiguous_registry_names_the_candidates() {
    let github = FakeGitHub::start();
    for _ in 0..2 {
        github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev"}));
    }
    let run = Step::new(&github, "get").with("registry-type", "npm-registry").with("url", "https://npm.acme.dev").run();
    assert_run!(run);
}

#[test]
fn get_reports_a_configuration_other_than_expected() {
    let github = FakeGitHub::start();
    let name = github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev"}));
    let run = Step::new(&github, "get")
        .with("name", &name)
        .with("registry-type", "maven-repository")
        .with("auth-type", "oidc_azure")
        .with("url", "https://maven.acme.dev")
        .run();
    assert_run!(run);
}

#[test]
fn get_of_an_absent_registry_is_an_error() {
    let github = FakeGitHub::start();
    let run = Step::new(&github, "get").with("name", "MAVEN_REPOSITORY_SECRET").run();
    assert_run!(run);
}

#[test]
fn a_token_without_permission_gets_an_error_and_not_an_empty_list() {
    let github = FakeGitHub::start();
    let name = github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev"}));
    for operation in ["list", "public-key", "delete"] {
        let run = Step::new(&github, operation).with("name", &name).secret_input("token", NOBODY_TOKEN).run();
        assert_eq!(run.status, Some(1), "{}", run.log);
        assert!(run.log.contains("Organization private registries"), "{}", run.log);
    }
    assert_eq!(github.configurations().len(), 1);
}

#[test]
fn public_key_returns_the_key_to_seal_with() {
    let github = FakeGitHub::start();
    let run = Step::new(&github, "public-key").run();
    assert_run!(run);
    assert_eq!((run.output("key-id").to_owned(), run.output("key").to_owned()), github.public_key());
}

#[test]
fn a_server_with_short_pages_is_listed_completely() {
    let github = FakeGitHub::with(Options { largest_page: 30, ..Options::default() });
    for number in 0..70 {
        github.add(json!({"registry_type": "git_source", "url": format!("https://git{number}.acme.dev")}));
    }
    let run = Step::new(&github, "list").run();
    assert_eq!((run.status, run.requests.len()), (Some(0), 3), "{}", run.log);
    let names: Vec<String> = serde_json::from_str(run.output("names")).unwrap();
    assert_eq!(names.len(), 70);
}
