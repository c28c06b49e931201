//! A secret that GitHub, or a server in its place, repeats is never shown, in whatever encoding. Every run here asserts
//! that: see `harness/leaks.rs`.

use fake_github::{FakeGitHub, Fault, Kind, Matcher, Value, json, keys};

use crate::harness::{Run, SECRETS, Step, spellings};
use crate::world::{app, create_npm};

fn create<'a>(github: &'a FakeGitHub, secret: &str) -> Step<'a> {
    create_npm(github, secret).with("max-wait", "0s")
}

fn create_with(secret: &str, answer: Kind) -> Run {
    let github = FakeGitHub::start();
    github.fault(Fault::new(Matcher::method("POST"), answer).times(usize::MAX));
    create(&github, secret).run()
}

#[test]
fn a_secret_in_a_refusal_is_hidden_in_every_encoding() {
    let told = SECRETS.iter().flat_map(|secret| spellings(secret).into_iter().map(move |(_, told)| (*secret, told)));
    for (secret, told) in told {
        let body = json!({"message": format!("got {told}."), "errors": [{"value": told}, told]});
        let header = if told.bytes().all(|byte| byte.is_ascii_graphic()) { told.as_str() } else { "1" };
        let headers = vec![("x-github-request-id".to_owned(), header.to_owned())];
        let run = create_with(secret, Kind::Status { status: 422, body, headers });
        assert!(run.status == Some(1) && run.log.contains("***"), "{told}: {}", run.log);
        // A body that is not JSON, or is truncated JSON.
        for text in [format!("<p>got {told}"), format!("{{\"message\": \"got {told}")] {
            let run = create_with(secret, Kind::Text { status: 400, text });
            assert!(run.status == Some(1) && run.log.contains("***"), "{told}: {}", run.log);
        }
    }
}

/// The key of the App, and the token of its installation, which is not in any input.
#[test]
fn an_app_key_or_token_that_github_repeats_is_hidden() {
    let list = |github: &FakeGitHub| app::step(github, "list").with("max-wait", "0s").run();
    let first = app::github(app::READER);
    list(&first);
    let token = first.issued_tokens()[0].token.clone();
    let line = keys::APP.lines().nth(7).expect("a line of the key");
    for (_, told) in [token.as_str(), line].into_iter().flat_map(spellings) {
        let github = app::github(app::READER);
        github.fault(Fault::new(Matcher::path("/private-registries"), Kind::refusal(400, &format!("got {told}."))));
        let run = list(&github);
        assert_eq!(github.issued_tokens()[0].token, token, "the fake's tokens are the same each time");
        assert!(run.status == Some(1) && run.log.contains("***"), "{told}: {}", run.log);
    }
}

#[test]
fn a_secret_in_any_field_of_a_configuration_is_hidden() {
    let digits = "7391846205";
    for (secret, field, value) in [
        ("the-secret", "name", json!("a-the-secret")),
        ("the-secret", "registry_type", json!("the-secret")),
        ("the-secret", "visibility", json!("the-secret")),
        ("the-secret", "url", json!("https://the-secret.acme.dev/")),
        ("the-secret", "x", json!({"deep": ["dGhlLXNlY3JldA=="]})),
        (digits, "id", json!(7_391_846_205_u64)),
        (digits, "x", json!([{"of": -7_391_846_205_i64}, 7_391_846_205.5])),
    ] {
        let mut configuration = json!({"name": "A", "registry_type": "npm_registry", "visibility": "private"});
        configuration[field] = value;
        let answer = |status, body: &Value| Kind::answer(status, body.clone());
        create_with(secret, answer(201, &configuration));
        // An existing configuration is shown by a plan, and by a run that deletes it.
        let list = json!({"total_count": 1, "configurations": [configuration]});
        let manifest = "version: 1\nregistries:\n  npm: {type: npm-registry, url: https://npm.acme.dev, token: \"${A}\", \
                        visibility: all}\n";
        for operation in ["plan", "apply"] {
            let github = FakeGitHub::start();
            github.fault(Fault::new(Matcher::method("GET").and_path("private-registries?"), answer(200, &list)));
            github.fault(Fault::new(Matcher::method("GET"), answer(200, &list)));
            let step = Step::new(&github, operation).manifest(manifest).secret_env("A", secret);
            let step = if operation == "apply" { step.with("prune", "true") } else { step };
            let run = step.run();
            let is_shown = ["name", "registry_type", "url"].contains(&field) && operation == "plan";
            assert!(!is_shown || run.summary.contains("&#42;&#42;&#42;"), "{field}: {}", run.summary);
        }
    }
}

#[test]
fn progress_lines_are_redacted_before_they_are_escaped() {
    let secret = "hunter\u{202e}2-of-acme";
    let configuration = json!({"name": secret, "registry_type": "npm_registry", "visibility": "private"});
    let run = create_with(secret, Kind::answer(201, configuration));
    assert!(run.log.contains("[1/1] create npm_registry https://npm.acme.dev (***)"), "{}", run.log);
}

/// A plan neither resolves nor sends secrets. Those that are set anyway are known, since a server may repeat them.
#[test]
fn a_plan_hides_secrets_that_happen_to_be_set() {
    let manifest = "version: 1\nregistries:\n  npm: {type: npm-registry, url: https://npm.acme.dev, token: \"${A}\", \
                    visibility: all, username: me}\n";
    for (operation, dry_run) in [("plan", "false"), ("apply", "true")] {
        let github = FakeGitHub::start();
        let body = json!({"message": "what is the-secret, or bWU6dGhlLXNlY3JldA==?"});
        github.fault(Fault::new(Matcher::any(), Kind::answer(400, body)));
        let step = Step::new(&github, operation).manifest(manifest).with("dry-run", dry_run);
        let run = step.secret_env("A", "the-secret").run();
        assert_eq!(run.status, Some(1), "{}", run.log);
        assert!(run.log.contains("what is ***, or ***"), "{}", run.log);
        assert!(run.log.contains("::add-mask::the-secret\n"), "{}", run.log);
        // Without the secret there is still a plan.
        let run = Step::new(&github, operation).manifest(manifest).with("dry-run", dry_run).run();
        assert_eq!((run.status, run.output("create-count")), (Some(0), "1"), "{}", run.log);
    }
}

#[test]
fn a_url_with_a_password_is_shown_without_it_and_warned_about() {
    let password = "pässword-of-npm";
    let written = "p%C3%A4ssword-of-npm";
    let url = format!("https://me:{written}@npm.acme.dev/x");
    let manifest =
        "version: 1\nregistries:\n  git: {type: git, url: https://git.acme.dev, token: \"${A}\", visibility: all}\n";
    for operation in ["list", "get", "plan", "export", "update", "delete", "apply"] {
        let github = FakeGitHub::start();
        let name = github.add(json!({"registry_type": "npm_registry", "url": url, "secret": "x", "visibility": "all"}));
        let mut step = Step::new(&github, operation).never_shows(password).never_shows(written).manifest(manifest);
        step = match operation {
            "get" | "delete" => step.with("name", &name),
            "update" => step.with("name", &name).with("url", "https://npm.acme.dev/x"),
            "plan" => step.with("prune", "true"),
            "apply" => step.with("prune", "true").secret_env("A", "the-secret"),
            "export" => step.with("export-path", "exported.yml"),
            _ => step,
        };
        let run = step.run();
        assert_eq!(run.status, Some(0), "{operation}: {}", run.log);
        let warnings: Vec<&str> = run.log.lines().filter(|line| line.contains(&format!("::{name} has user"))).collect();
        assert_eq!(warnings.len(), 1, "{operation}: {}", run.log);
        assert!(run.summary.contains("user information"), "{operation}: {}", run.summary);
        assert!(run.log.contains(&format!("::add-mask::{password}\n")), "{operation}: {}", run.log);
        let exported = run.files.get(std::path::Path::new("exported.yml"));
        let told = exported.unwrap_or(&run.log);
        assert!(told.contains("://***@npm.acme.dev/x"), "{operation}: {told}");
        assert_eq!((exported.is_some(), told.contains("pässword-of")), (operation == "export", exported.is_none()));
        if operation == "list" || operation == "get" {
            assert!(run.output("result").contains("https://***@npm.acme.dev/x"), "{}", run.output("result"));
        }
    }
}

/// The text before the password does not matter.
#[test]
fn a_password_in_a_url_with_an_invalid_scheme_is_hidden_too() {
    let beginnings = ["", "//", "https:/", "https:\\\\", "https:", "HTTPS://", "git+https:///"];
    for beginning in beginnings {
        let github = FakeGitHub::start();
        let url = format!("{beginning}me:the-password@npm.acme.dev/x");
        github.add(json!({"registry_type": "npm_registry", "url": url, "visibility": "all"}));
        for operation in ["list", "export"] {
            let run = Step::new(&github, operation).never_shows("the-password").run();
            assert!(run.status == Some(0) && run.log.contains("::add-mask::the-password\n"), "{url}: {}", run.log);
            assert!(run.log.contains("::NPM_REGISTRY_SECRET has user information"), "{url}: {}", run.log);
        }
    }
    for url in ["git@github.com:acme/api.git", "npm.acme.dev:8443/@scope", "npm.acme.dev/a:b@c", "me@npm.acme.dev"] {
        let github = FakeGitHub::start();
        github.add(json!({"registry_type": "git_source", "url": url, "visibility": "all"}));
        let run = Step::new(&github, "list").run();
        assert!(!run.log.contains("user information") && run.log.contains(url), "{url}: {}", run.log);
        assert_eq!(run.log.matches("::add-mask::").count(), 1, "{url}: {}", run.log);
    }
}

#[test]
fn masks_come_before_anything_else() {
    let github = FakeGitHub::start();
    let manifest = "version: 1\nregistries:\n  npm: {type: npm-registry, url: http://npm.acme.dev, token: \"${A}\", \
                    visibility: all, username: me}\n";
    for operation in ["plan", "apply"] {
        let step = Step::new(&github, operation).manifest(manifest).secret_env("A", "the-secret").with("no-input", "x");
        let run = step.with("username", "unused").run();
        let masks = run.log.lines().take_while(|line| line.starts_with("::add-mask::")).count();
        assert!(masks >= 3 && run.log.matches("::add-mask::").count() == masks, "{}", run.log);
        assert!(run.log.matches("::warning title=Input::").count() == 2, "{}", run.log);
    }
    // It is unknown which of the two is meant, so neither may be shown.
    let run = Step::new(&github, "list").secret_env("INPUT_Token", "another-token").run();
    assert_eq!(run.status, Some(2), "{}", run.log);
    for token in ["another-token", fake_github::WRITE_TOKEN] {
        assert!(run.log.contains(&format!("::add-mask::{token}\n")), "{}", run.log);
    }
}
