//! Invalid inputs of a step: all are reported together, and nothing is sent.

use fake_github::{FakeGitHub, Options, json};

use crate::harness::{Inputs, Step, assert_run};

#[test]
fn all_invalid_inputs_are_reported_together() {
    let github = FakeGitHub::start();
    let run = Step::new(&github, "create")
        .with("org", "ac/me")
        .with("api-url", "http://ghes.acme.dev")
        .with("api-version", "latest")
        .with("dry-run", "yes")
        .with("registry-type", "npm_registy")
        .with("url", "https://monalisa:url-password@npm.acme.dev")
        .never_shows("url-password")
        .with("auth-type", "username-pasword")
        .with("visibility", "Selected")
        .with("replaces-base", "tru")
        .with("selected-repositories", "api,other/api,a b")
        .secret_input("secret", "abc\u{7}def")
        .with("max-wait", "10 minutes")
        .with("write-interval", "fast")
        .garbled_env("INPUT_CLIENT-ID")
        .run();
    assert_run!(run);
    assert!(run.requests.is_empty());
}

#[test]
fn a_terminal_gets_the_same_errors() {
    let run = Step::offline("lst").with("resend", "on_change").in_terminal().run();
    assert_run!(run);
}

#[test]
fn each_invalid_value_has_its_own_message() {
    let create = [("registry-type", "git"), ("url", "https://git.acme.dev"), ("visibility", "private")];
    let cases: &[(&str, Inputs, &str)] = &[
        ("creat", &[], "did you mean `create`?"),
        ("LIST", &[], "input `operation`"),
        ("plan", &[("resend", "on_change")], "did you mean `on-change`?"),
        ("plan", &[("max-deletes", "-1")], "input `max-deletes`"),
        ("apply", &[("replace", "delete_first")], "did you mean `delete-first`?"),
        ("plan", &[("prune", "1")], "input `prune` is `1`, which is none of: true"),
        ("plan", &[("fail-on-drift", "on")], "input `fail-on-drift`"),
        ("apply", &[("plan-id", "xyz")], "input `plan-id` is not a plan id: `xyz`"),
        ("apply", &[("plan-id", "0123456789ABCDEF0123456789ABCDEF")], "input `plan-id` is not a plan id"),
        ("apply", &[("plan-id", "***")], "input `plan-id` is not a plan id"),
        ("apply", &[("require-plan-id", "true")], "input `plan-id` is required by `require-plan-id`"),
        ("apply", &[("require-plan-id", "true"), ("plan-id", " ")], "input `plan-id` is required by `require-plan-id`"),
        (
            "apply",
            &[("require-plan-id", "true"), ("dry-run", "true")],
            "input `plan-id` is required by `require-plan-id`",
        ),
        ("apply", &[("require-plan-id", "yes")], "input `require-plan-id` is `yes`, which is none of: true"),
        ("plan", &[("max-wait", "10")], "input `max-wait`"),
        ("list", &[("max-wait", "")], ""),
        ("list", &[("api-url", "https://me:pw@ghes.acme.dev")], "user information"),
        ("list", &[("api-url", "ftp://ghes.acme.dev")], "must be https"),
        ("list", &[("api-url", "ghes.acme.dev")], "input `api-url`"),
        ("list", &[("api-url", "https://github.com")], "its API is https://api.github.com"),
        ("list", &[("token", "two\nlines")], "input `token`"),
        ("list", &[("token", " ")], "input `token` is required"),
        ("list", &[("org", "..")], "input `org`"),
        ("get", &[], "`name` is required, unless both `registry-type` and `url` are set"),
        ("get", &[("registry-type", "git")], "`name` is required, unless both `registry-type` and `url` are set"),
        ("get", &[("name", "..")], "input `name`"),
        ("get", &[("name", "public-key")], "input `name`"),
        ("get", &[("name", "A\nB")], "input `name`"),
        ("create", &[("url", "")], "input `url` is required by create"),
        ("create", &[("visibility", "")], "input `visibility` is required by create"),
        ("create", &[("registry-type", "")], "input `registry-type` is required by create"),
        ("create", &[("secret", "")], "input `secret` is required by auth type token (an unset workflow secret"),
        ("create", &[("secret", "\n")], "input `secret` is empty"),
        ("create", &[("secret", "  ")], "input `secret` is empty"),
        ("create", &[("secret", "tab\tinside")], "control character"),
        ("create", &[("encrypted-value", "AAAA"), ("key-id", "1")], "`encrypted-value`"),
        ("create", &[("encrypted-value", "AAAA")], "`key-id` is required"),
        ("create", &[("key-id", "1")], "`encrypted-value` is required"),
        ("create", &[("secret", "abc"), ("key-id", "1")], "contradicts `encrypted-value`"),
        ("create", &[("secret", "abc"), ("tenant-id", "t"), ("client-id", "c")], "`secret` must be left out"),
        ("create", &[("username", "u"), ("tenant-id", "t"), ("client-id", "c")], "`username` must be left out"),
        ("create", &[("tenant-id", "t"), ("aws-region", "r")], "together with fields of another auth type"),
        ("create", &[("tenant-id", "t")], "input `client-id` is required by auth type oidc_azure"),
        ("create", &[("audience", "a")], "input `auth-type` can't be inferred"),
        ("create", &[("auth-type", "oidc_azure")], "input `tenant-id` is required by auth type oidc_azure"),
        ("create", &[("secret", "abc"), ("selected-repositories", "api")], "`selected-repositories` can't be given"),
        ("update", &[("name", "X"), ("username", "u"), ("clear-username", "true")], "contradicts `username`"),
        ("update", &[("name", "X"), ("selected-repositories", "x/api")], "not in the organization acme"),
        ("update", &[("name", "X"), ("visibility", "selectd")], "did you mean `selected`?"),
        ("update", &[("name", "X"), ("secret", "abc"), ("tenant-id", "t")], "must be left out"),
        ("update", &[("name", "X"), ("username", "two\nlines")], "input `username` has a line break"),
        ("create", &[("tenant-id", "t\u{7}"), ("client-id", "c")], "input `tenant-id` has a line break"),
        ("delete", &[("registry-type", "git"), ("url", "https://")], "input `url`"),
        ("export", &[("export-path", "there.yml")], "input `export-path` names an existing file"),
    ];
    let github = FakeGitHub::start();
    for (operation, inputs, message) in cases {
        let mut step = Step::new(&github, operation).file("there.yml", "");
        if *operation == "create" {
            step = step.inputs(&create);
        }
        let run = step.inputs(inputs).run();
        if message.is_empty() {
            assert_eq!(run.status, Some(0), "{operation} {inputs:?}: {}", run.log);
            continue;
        }
        let log = run.log.replace("%25", "%");
        assert_eq!((run.status, run.requests.len()), (Some(2), 0), "{operation} {inputs:?}: {log}");
        assert!(log.contains(message), "{operation} {inputs:?}: {log}");
        assert!(run.summary.contains("CAUTION") && !run.output("result").is_empty(), "{}", run.summary);
    }
}

#[test]
fn both_spellings_of_a_name_are_one_input() {
    let github = FakeGitHub::start();
    github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev"}));
    let run = Step::new(&github, "get")
        .env("INPUT_REGISTRY_TYPE", " npm_registry\n")
        .env("INPUT_REGISTRY-TYPE", "npm_registry")
        .env("INPUT_URL", "\thttps://npm.acme.dev ")
        .env("INPUT_DRY_RUN", "")
        .run();
    assert_eq!((run.status, run.output("name")), (Some(0), "NPM_REGISTRY_SECRET"), "{}", run.log);
    let run = Step::new(&github, "get")
        .env("INPUT_REGISTRY_TYPE", "npm_registry")
        .env("INPUT_REGISTRY-TYPE", "npm-registry")
        .env("INPUT_URL", "https://npm.acme.dev")
        .run();
    assert_eq!((run.status, run.requests.len()), (Some(2), 0));
    assert!(run.log.contains("input `registry-type` is set twice"), "{}", run.log);
}

#[test]
fn the_value_of_an_unused_input_is_not_checked() {
    let github = FakeGitHub::start();
    let run = Step::new(&github, "list").secret_input("secret", "a-secret\n").run();
    assert!(run.status == Some(0) && run.log.contains("input `secret` is not used by list"), "{}", run.log);
    assert!(!run.log.contains("line break"), "{}", run.log);
}

#[test]
fn inputs_without_effect_are_warned_about_unless_they_are_defaults() {
    let github = FakeGitHub::start();
    let run = Step::new(&github, "list")
        .with("prune", "false")
        .with("max-deletes", "5")
        .with("resend", "always")
        .with("manifest", ".github/private-registries.yml")
        .with("fail-on-drift", "false")
        .with("dry-run", "false")
        .with("write-interval", "1s")
        .with("args", "x")
        .with("visibility", "all")
        .with("plan-id", &"0123456789abcdef".repeat(2))
        .with("registy-type", "git")
        .with("unheard-of", "x")
        .run();
    assert_run!(run);
    assert_eq!(run.status, Some(0));
}

#[test]
fn the_api_version_follows_the_host_and_an_input_overrides_it() {
    let github = FakeGitHub::start();
    let version = |step: Step<'_>| step.run().requests[0].headers["x-github-api-version"].clone();
    assert_eq!(version(Step::new(&github, "list")), "2022-11-28");
    assert_eq!(version(Step::new(&github, "list").with("api-version", "2026-03-10")), "2026-03-10");
    let enterprise = FakeGitHub::with(Options { ghes: true, base_path: "/api/v3".to_owned(), ..Options::default() });
    enterprise.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev"}));
    let run = Step::new(&enterprise, "list").with("api-url", &format!("{}/", enterprise.url())).run();
    assert_eq!((run.status, run.output("total-count")), (Some(0), "1"), "{}", run.log);
    let run = Step::new(&enterprise, "list").with("api-version", "2026-03-10").run();
    assert_run!(run);
}

#[test]
fn org_and_api_url_come_from_the_runner_or_from_inputs() {
    let github = FakeGitHub::start();
    let run = Step::new(&github, "list").env("GITHUB_REPOSITORY_OWNER", "someone").with("org", "Acme").run();
    assert_eq!((run.status, run.requests[0].path.as_str()), (Some(0), "/orgs/Acme/private-registries"));
    let run = Step::new(&github, "list").without("GITHUB_REPOSITORY_OWNER").run();
    assert_eq!((run.status, run.requests.len()), (Some(2), 0));
    assert!(run.log.contains("input `org` is required"), "{}", run.log);
}

#[test]
fn a_misspelt_operation_does_not_hide_other_problems() {
    let github = FakeGitHub::start();
    let wrong = [
        ("visibility", "privat"),
        ("registry-type", "npm"),
        ("auth-type", "tokn"),
        ("url", "https://u:p@x.y"),
        ("resend", "on_change"),
        ("max-deletes", "-1"),
        ("prune", "yes"),
        ("fail-on-drift", "1"),
        ("clear-username", "0"),
        ("max-wait", "10"),
    ];
    for operation in ["aply", "apply", "list"] {
        let step = Step::new(&github, operation);
        let run = step.inputs(&wrong).run();
        assert_eq!((run.status, run.requests.len()), (Some(2), 0), "{}", run.log);
        for (input, _) in wrong {
            let told = run.log.matches(&format!("::input `{input}` ")).count()
                + run.log.matches(&format!("error: input `{input}` ")).count();
            assert_eq!(told, 1, "{operation}: {input}: {}", run.log);
        }
    }
}

/// An input meant to restrict a run must not be ignored because it is misspelt.
#[test]
fn a_misspelt_guard_ends_every_operation_that_writes() {
    let github = FakeGitHub::start();
    let name = github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev"}));
    for (input, meant) in [
        ("dryrun", "dry-run"),
        ("DRY__RUN", "dry-run"),
        ("planid", "plan-id"),
        ("max_delets", "max-deletes"),
        ("maxdeletes", "max-deletes"),
        ("require-planid", "require-plan-id"),
        ("manifests", "manifest"),
    ] {
        let told =
            format!("input `{}` does not exist; did you mean `{meant}`?", input.to_lowercase().replace('_', "-"));
        for operation in ["create", "update", "upsert", "delete", "apply", "aply"] {
            for others in [&[][..], &[("max-wait", "x"), ("visibility", "nobody")]] {
                let step = Step::new(&github, operation).manifest("version: 1\nregistries:\n").with(input, "true");
                let step = step.with("name", &name).secret_input("secret", "abcdef");
                let run = step.inputs(others).run();
                assert_eq!((run.status, run.requests.len()), (Some(2), 0), "{operation} {input}: {}", run.log);
                assert!(run.log.contains(&format!("::error title=Input::{told}")), "{operation} {input}: {}", run.log);
            }
        }
        for (status, max_wait) in [(0, "1s"), (2, "x")] {
            let run = Step::new(&github, "list").with(input, "true").with("max-wait", max_wait).run();
            assert_eq!(run.status, Some(status), "{}", run.log);
            assert!(run.log.contains(&format!("::warning title=Input::{told}")), "{input}: {}", run.log);
            assert!(run.summary.contains("did you mean"), "{}", run.summary);
        }
    }
    // An unknown input that resembles no guard is only a warning.
    for (status, max_wait) in [(0, "1s"), (2, "x")] {
        let step = Step::new(&github, "apply").manifest("version: 1\nregistries:\n").with("unheard-of", "x");
        let run = step.with("max-wait", max_wait).run();
        assert_eq!(run.status, Some(status), "{}", run.log);
        assert!(run.log.lines().any(|line| line == "::warning title=Input::input `unheard-of` does not exist"));
    }
}

#[test]
fn the_log_says_if_no_plan_id_was_given() {
    let github = FakeGitHub::start();
    let step = |operation| Step::new(&github, operation).manifest("version: 1\nregistries:\n");
    let line = "No `plan-id` is given, so the plan made now counts";
    assert!(!step("plan").run().log.contains(line));
    assert!(step("apply").run().log.contains(line));
    assert!(step("apply").with("plan-id", "").with("dry-run", "true").run().log.contains(line));
    let id = step("plan").run().output("plan-id").to_owned();
    let run = step("apply").with("plan-id", &id).with("require-plan-id", "true").run();
    assert!(run.status == Some(0) && !run.log.contains(line), "{}", run.log);
}

/// What a pipeline passes on when nothing has set the variable.
#[test]
fn a_credential_that_nothing_has_resolved_is_sent_nowhere() {
    let github = FakeGitHub::start();
    for value in [
        "$(GITHUB_PAT)",
        "${T}",
        "$T",
        "$env:T",
        "%T%",
        "***",
        "${{ secrets.T }}",
        "${{secrets.T}}",
        "{{T}}",
        "'$T'",
        "Bearer ${T}",
    ] {
        let app = Step::new(&github, "list").without("INPUT_TOKEN").with("app-client-id", "Iv23abc");
        for (input, what, step) in [
            ("token", "token", Step::new(&github, "list").with("token", value)),
            (
                "token",
                "token",
                Step::new(&github, "apply").manifest("version: 1\nregistries: {}\n").with("token", value),
            ),
            ("token", "token", Step::new(&github, "list").in_terminal().without("INPUT_TOKEN").env("GH_TOKEN", value)),
            ("app-private-key", "key", app.with("app-private-key", value)),
        ] {
            let run = step.run();
            assert_eq!((run.status, run.requests.len()), (Some(2), 0), "{value}: {}", run.log);
            let message = format!("input `{input}` is not a {what} but an unexpanded reference");
            let masked: Vec<&str> = run.log.lines().filter(|line| !line.starts_with("::add-mask::")).collect();
            let log = masked.join("\n");
            assert!(log.contains(&message) && !log.contains("$T") && !log.contains("${T}"), "{value}: {}", run.log);
        }
    }
}
