//! Composed secrets, which have several references, or a prefix: each is stored as a whole, and each of its parts is
//! masked, named and checked.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use fake_github::{FakeGitHub, WRITE_TOKEN, json};

use crate::harness::{Run, Step};

fn manifest(secret: &str) -> String {
    format!(
        "version: 1\nregistries:\n  npm:\n    type: npm-registry\n    url: https://npm.acme.dev\n    token: {secret}\n    \
         visibility: private\n"
    )
}

fn apply<'a>(github: &'a FakeGitHub, secret: &str) -> Step<'a> {
    Step::new(github, "apply").manifest(&manifest(secret))
}

/// Runs an apply and returns the stored secret, where `NPM_USER` is `monalisa-user` and `NPM_TOKEN` is
/// `npm-token-value`.
fn stored(secret: &str) -> (Run, Option<String>) {
    let github = FakeGitHub::start();
    let step =
        apply(&github, secret).secret_env("NPM_USER", "monalisa-user").secret_env("NPM_TOKEN", "npm-token-value");
    // No form of it that a registry would accept may be shown.
    let step = ["monalisa-user:npm-token-value", "PAT:npm-token-value"]
        .into_iter()
        .fold(step, |step, pair| step.never_shows(&BASE64.encode(pair)));
    let run = step.run();
    let stored = github.configurations().first().and_then(|live| live.secret.clone());
    (run, stored)
}

fn masks(run: &Run) -> Vec<&str> {
    run.log.lines().filter_map(|line| line.strip_prefix("::add-mask::")).collect()
}

#[test]
fn a_composed_secret_is_stored_as_a_whole_and_masked_in_every_form() {
    for (secret, expected) in [
        ("${{ secrets.NPM_TOKEN }}", "npm-token-value"),
        ("Bearer ${{ secrets.NPM_TOKEN }}", "Bearer npm-token-value"),
        ("\"Token ${{secrets.NPM_TOKEN}}\"", "Token npm-token-value"),
        ("Basic ${NPM_TOKEN}", "Basic npm-token-value"),
        ("PAT:${{ secrets.NPM_TOKEN }}", "PAT:npm-token-value"),
        ("${{secrets.NPM_USER}}:${{secrets.NPM_TOKEN}}", "monalisa-user:npm-token-value"),
    ] {
        let (run, stored) = stored(secret);
        assert_eq!((run.status, stored.as_deref()), (Some(0), Some(expected)), "{secret}: {}", run.log);
        let masks = masks(&run);
        assert!(masks.contains(&"npm-token-value") && masks.contains(&expected), "{secret}: {masks:?}");
        let is_pair = expected.contains(':');
        assert_eq!(
            masks.contains(&BASE64.encode(expected).as_str()),
            is_pair || expected.contains(' '),
            "{secret}: {masks:?}"
        );
        assert_eq!(masks.contains(&"monalisa-user"), expected.starts_with("monalisa-user"), "{secret}: {masks:?}");
    }
}

#[test]
fn a_plan_names_the_parts_and_masks_those_that_are_set() {
    let github = FakeGitHub::start();
    let step = Step::new(&github, "plan").manifest(&manifest("${{secrets.NPM_USER}}:${{secrets.NPM_TOKEN}}"));
    let run = step.secret_env("NPM_TOKEN", "npm-token-value").run();
    assert!(run.status == Some(0) && run.log.contains("secret: from ${NPM_USER}:${NPM_TOKEN}"), "{}", run.log);
    assert!(masks(&run).contains(&"npm-token-value"), "{}", run.log);
}

#[test]
fn every_missing_or_invalid_part_is_named_before_the_first_write() {
    let github = FakeGitHub::start();
    let pair = "${{secrets.NPM_USER}}:${{secrets.NPM_TOKEN}}";
    let run = apply(&github, pair).run();
    assert_eq!((run.status, run.errors().len(), run.writes().len()), (Some(2), 3, 0), "{}", run.log);
    assert!(run.errors()[0].contains("2 secrets are missing. Add to this step:%0Aenv:%0A  NPM_USER: "), "{}", run.log);
    for variable in ["NPM_USER", "NPM_TOKEN"] {
        let message = format!("environment variable {variable} is not set");
        assert!(
            run.errors().iter().any(|error| error.contains(&message) && error.contains("line=6,col=12")),
            "{}",
            run.log
        );
    }
    let run = apply(&github, pair).secret_env("NPM_USER", "monalisa-user").run();
    assert!(run.errors().len() == 1 && run.errors()[0].contains("NPM_TOKEN is not set"), "{}", run.log);
    for (value, message) in [
        ("$(NPM_TOKEN)", "(NPM_TOKEN) is not a secret but an unexpanded reference"),
        ("   ", "(NPM_TOKEN) is empty"),
        ("a\tb", "(NPM_TOKEN) contains a control character"),
    ] {
        let run = apply(&github, pair).secret_env("NPM_USER", "monalisa-user").env("NPM_TOKEN", value).run();
        assert_eq!((run.status, run.errors().len(), run.writes().len()), (Some(2), 1, 0), "{}", run.log);
        assert!(run.errors()[0].contains(message), "{}", run.log);
    }
    // A line break at the end of a part would be in the middle of the whole secret.
    let step =
        apply(&github, pair).secret_env("NPM_USER", "monalisa-user\n").secret_env("NPM_TOKEN", "npm-token-value\n");
    let run = step.run();
    assert_eq!(run.log.matches("ends with a line break, which was dropped").count(), 2, "{}", run.log);
    assert_eq!(github.configurations()[0].secret.as_deref(), Some("monalisa-user:npm-token-value"));
}

#[test]
fn no_part_may_be_a_credential_of_the_run() {
    let github = FakeGitHub::start();
    let pair = "${{secrets.NPM_USER}}:${{secrets.NPM_TOKEN}}";
    for (user, token) in [(WRITE_TOKEN, "npm-token-value"), ("monalisa-user", WRITE_TOKEN)] {
        let run = apply(&github, pair).secret_env("NPM_USER", user).secret_env("NPM_TOKEN", token).run();
        assert_eq!((run.status, run.errors().len(), run.writes().len()), (Some(2), 1, 0), "{}", run.log);
        assert!(run.errors()[0].contains("contains this step's `token`"), "{}", run.log);
    }
    for secret in
        ["Bearer ${GITHUB_TOKEN}", "PAT:${{ env.GH_TOKEN }}", "${NPM_USER}:${HTTPS_PROXY}", "${CI_JOB_TOKEN}:${A}"]
    {
        let run = Step::offline("validate").manifest(&manifest(secret)).run();
        assert_eq!((run.status, run.errors().len()), (Some(2), 1), "{secret}: {}", run.log);
        assert!(run.errors()[0].contains("`token` refers to "), "{secret}: {}", run.log);
    }
}

#[test]
fn no_other_text_is_allowed_around_a_reference() {
    for secret in [
        "hunter2${A}",
        "bearer ${A}",
        "ghp_hunter2:${A}",
        "${A}hunter2",
        "${A}${B}",
        "${A}:${B}:${C}",
        "'hunter2 me:${A}'",
    ] {
        let run = Step::offline("validate").manifest(&manifest(secret)).run();
        assert_eq!((run.status, run.errors().len()), (Some(2), 1), "{secret}: {}", run.log);
        assert!(run.errors()[0].contains("`token` must be a reference and nothing else"), "{secret}: {}", run.log);
        let terminal = Step::offline("validate").manifest(&manifest(secret)).in_terminal().run();
        assert!(!terminal.log.contains("hunter2"), "{secret}: {}", terminal.log);
    }
}

#[test]
fn changing_the_composition_changes_the_plan_id() {
    let github = FakeGitHub::start();
    github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev", "visibility": "private",
        "auth_type": "token", "replaces_base": false}));
    let id = |secret: &str| Step::new(&github, "plan").manifest(&manifest(secret)).run().output("plan-id").to_owned();
    let ids = ["${A}", "Bearer ${A}", "Token ${A}", "PAT:${A}", "${A}:${B}", "${B}:${A}"].map(id);
    for (n, one) in ids.iter().enumerate() {
        assert!(one.len() == 32 && !ids[..n].contains(one), "{ids:?}");
    }
    assert_eq!(id("${{ secrets.A }}:${{env.B}}"), ids[4], "the spelling does not matter");
}
