//! The operations on one configuration, as a step with inputs.

use fake_github::FakeGitHub;

use crate::harness::{Step, assert_run};

#[test]
fn create_seals_the_secret_and_says_what_it_did() {
    let github = FakeGitHub::start();
    let run = Step::new(&github, "create")
        .with("registry-type", "npm-registry")
        .with("url", "https://npm.acme.dev")
        .with("visibility", "selected")
        .with("selected-repositories", "api, web")
        .with("username", "monalisa")
        .secret_input("secret", "npm-secret-value")
        .run();
    assert_run!(run);
    let live = github.configuration(run.output("name")).expect("it was created");
    assert_eq!(live.secret.as_deref(), Some("npm-secret-value"));
    assert_eq!(live.selected_repository_ids, [1001, 1002]);
}
