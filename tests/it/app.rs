//! Signing in as a GitHub App: a token for the run that has only the permissions it needs, is renewed, and is revoked
//! whatever happens. The harness checks after every run that no token is left alive, and that neither key, signature
//! nor token is shown anywhere.

mod failures;
mod inputs;
mod tokens;

use std::time::{Duration, Instant};

use fake_github::{FakeGitHub, Options, PermissionRequest, json};

use crate::harness::{Step, assert_run};
use crate::world::app::{MANIFEST, READER, REGISTRIES, WRITER, asked, github, others, revocations, step, with};

#[test]
fn an_apply_requests_only_the_permissions_it_needs_and_revokes_its_token() {
    let github = github(WRITER);
    let run = step(&github, "apply").run();
    assert_run!(run);
    assert_eq!(github.issued_tokens().len(), 1);
}

#[test]
fn a_terminal_sees_neither_key_nor_token() {
    let github = github(READER);
    let run = step(&github, "plan").in_terminal().run();
    assert_eq!((run.status, run.log.contains("add-mask")), (Some(0), false), "{}", run.log);
}

/// Compared with a run with a token, there are three more requests: the installation, the token, and its revocation.
#[test]
fn each_operation_requests_the_least_permissions() {
    let read = json!({"permissions": {REGISTRIES: "read"}});
    let read_names = json!({"permissions": {REGISTRIES: "read", "metadata": "read"}});
    let write = json!({"permissions": {REGISTRIES: "write"}});
    let write_names = json!({"permissions": {REGISTRIES: "write", "metadata": "read"}});
    let registry = [("registry-type", "npm_registry"), ("url", "https://other.acme.dev"), ("visibility", "private")];
    let create = |step: Step<'static>| step.inputs(&registry);
    let github: &'static FakeGitHub = Box::leak(Box::new(github(WRITER)));
    github.add(json!({"registry_type": "git_source", "url": "https://git.acme.dev"}));
    let step = |operation: &str| step(github, operation);
    let secret = |step: Step<'static>| step.secret_input("secret", "other-secret-value");
    let name = |step: Step<'static>| step.with("name", "GIT_SOURCE_SECRET");
    for (step, asked_for) in [
        (step("list"), &read),
        (name(step("get")), &read),
        (step("public-key"), &read),
        (step("export"), &read),
        (step("plan"), &read_names),
        (step("apply").with("dry-run", "true"), &read_names),
        (secret(create(step("upsert"))).with("dry-run", "true"), &read),
        (step("apply"), &write_names),
        (secret(create(step("create"))), &write),
        (secret(create(step("upsert"))).with("selected-repositories", "1001").with("visibility", "selected"), &write),
        (name(step("update")).with("selected-repositories", "api"), &write_names),
        (name(step("delete")), &write),
    ] {
        let run = step.run();
        assert_eq!((run.status, asked(&run)), (Some(0), vec![asked_for.clone()]), "{}", run.log);
        let signing = run.requests.len() - others(&run).len();
        assert_eq!((signing, revocations(&run)), (3, 1), "{:?}", run.requests);
        assert!(!run.log.contains("::warning title=Sign-in"), "{}", run.log);
    }
    assert!(Step::offline("validate").manifest(MANIFEST).run().requests.is_empty());
}

#[test]
fn the_permissions_of_the_installation_can_be_inherited() {
    let github = github(&[(REGISTRIES, "write"), ("contents", "write")]);
    let run = step(&github, "list").with("app-permissions", "inherit").run();
    assert_eq!((run.status, asked(&run)), (Some(0), vec![json!({})]), "{}", run.log);
    assert_eq!(github.issued_tokens()[0].permissions.len(), 2);
    assert!(!run.log.contains("::warning"), "{}", run.log);
    // Without this permission only public repositories of a manifest can be found.
    let run = step(&github, "plan").run();
    assert_eq!((run.status, asked(&run)), (Some(1), vec![json!({"permissions": {REGISTRIES: "read"}})]), "{}", run.log);
    assert!(run.log.contains("\"Metadata: Read-only\""), "{}", run.log);
}

#[test]
fn a_token_with_more_than_was_asked_for_is_used_and_warned_about() {
    let options = Options { permission_request: PermissionRequest::Ignored, ..Options::default() };
    let github = with(options, &[(REGISTRIES, "write"), ("contents", "write")]);
    let run = step(&github, "list").run();
    assert_eq!(run.status, Some(0), "{}", run.log);
    let told = "more permissions than requested (contents=write, organization_private_registries=write)";
    assert!(run.log.contains("::warning title=GitHub::") && run.log.contains(told), "{}", run.log);
    assert!(run.summary.contains("more permissions than requested"), "{}", run.summary);
}

/// The request for a token does not count as one of the first ten writes, which are sent back to back.
#[test]
fn the_first_ten_writes_are_sent_back_to_back_with_an_app_too() {
    let github = github(WRITER);
    let entry =
        |n| format!("  n{n}: {{type: nuget-feed, url: 'https://n{n}.acme.dev', token: '${{NPM}}', visibility: all}}\n");
    let manifest = "version: 1\nregistries:\n".to_owned() + &(0..10).map(entry).collect::<String>();
    let began = Instant::now();
    let run = step(&github, "apply").manifest(&manifest).with("write-interval", "20s").run();
    assert_eq!((run.status, run.output("create-count")), (Some(0), "10"), "{}", run.log);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[test]
fn an_app_limited_to_some_repositories_is_mentioned_if_one_is_not_found() {
    let github = github(WRITER);
    github.limit_app_to("acme", &["web"]);
    let run = step(&github, "plan").run();
    assert_eq!(run.status, Some(1), "{}", run.log);
    assert!(
        run.log.contains(
            "or the App may not see it (selected by `maven`). The App is installed only on some repositories of acme"
        ),
        "{}",
        run.log
    );
    github.limit_app_to("acme", &["api"]);
    assert_eq!(step(&github, "plan").run().status, Some(0));
}

#[test]
fn an_enterprise_server_has_the_app_api_below_its_base_path_and_its_pages_outside() {
    let options = Options { base_path: "/api/v3".into(), ghes: true, ..Options::default() };
    let enterprise = with(options, WRITER);
    let run = step(&enterprise, "apply").run();
    assert_eq!((run.status, run.output("create-count")), (Some(0), "2"), "{}", run.log);
    enterprise.suspend_app("acme", true);
    let run = step(&enterprise, "list").run();
    let host = enterprise.url().trim_end_matches("/api/v3").to_owned();
    assert!(run.log.contains(&format!("{host}/organizations/acme/settings/installations/7001")), "{}", run.log);
}
