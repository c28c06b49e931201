//! Whole runs that check credentials: the operation `check`, and operations with `check-credentials`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use fake_github::{FakeGitHub, json};

use crate::harness::{Run, Step, assert_run};
use crate::world::canned::CannedServer;
use crate::world::products::{self, BAD, GOOD, USER};
use crate::world::registry::{Answer, Registry};

/// Returns an entry of a manifest, with a token.
fn entry(label: &str, kind: &str, url: &str, variable: &str) -> String {
    format!(
        "  {label}:\n    type: {kind}\n    url: {url}\n    visibility: private\n    token: ${{{{ secrets.{variable} }}}}\n"
    )
}

/// Returns the entry with a user name, and with the secret as its password.
fn with_password(entry: &str) -> String {
    entry.replace("    token:", &format!("    username: {USER}\n    password:"))
}

fn manifest(entries: &[String]) -> String {
    format!("version: 1\nregistries:\n{}", entries.concat())
}

/// Returns a step that runs `check` and knows no GitHub.
fn check(manifest: &str) -> Step<'static> {
    Step::offline("check").manifest(manifest).secret_env("GOOD", GOOD).secret_env("BAD", BAD)
}

/// The snapshot of a run without the ports of its registries, which differ from run to run.
struct WithoutPorts(String);

impl WithoutPorts {
    fn of(run: &Run, registries: &[&Registry]) -> Self {
        let name = |text: String, (number, registry): (usize, &&Registry)| {
            let (port, name) = (registry.port(), format!("[registry-{number}]"));
            text.replace(&format!("127.0.0.1:{port}"), &name).replace(&format!("127.0.0.1&#58;{port}"), &name)
        };
        Self(registries.iter().enumerate().fold(run.snapshot(), name))
    }

    fn snapshot(self) -> String {
        self.0
    }
}

#[test]
fn check_reports_where_each_secret_goes_and_the_verdict_of_each_registry() {
    let (npm, open) = (products::verdaccio(), products::open());
    let entries = [
        entry("npm", "npm-registry", &npm.url("/npm/"), "GOOD"),
        entry("npm-old", "npm-registry", &npm.url("/old/"), "BAD"),
        entry("open", "python-index", &open.url("/simple/"), "GOOD"),
        entry("maven", "maven-repository", "https://maven.acme.test/", "GOOD"),
        entry("down", "npm-registry", "https://npm..acme.test/", "GOOD"),
    ];
    let run = check(&manifest(&entries)).with("rules", "all=off").run();
    assert_eq!(run.status, Some(1), "{}", run.log);
    let first = run.log.find(" goes to ").expect("an announcement");
    assert!(first < run.log.find("npm: accepted").expect("a verdict"), "{}", run.log);
    assert_run!(WithoutPorts::of(&run, &[&npm, &open]));
}

#[test]
fn check_succeeds_if_none_is_refused_and_needs_neither_token_nor_organization() {
    let npm = products::verdaccio();
    let run = check(&manifest(&[entry("npm", "npm-registry", &npm.url("/npm/"), "GOOD")])).run();
    assert_eq!(run.status, Some(0), "{}", run.log);
    let checks: serde_json::Value = serde_json::from_str(run.output("checks")).expect("JSON");
    assert_eq!((checks[0]["label"].as_str(), checks[0]["verdict"].as_str()), (Some("npm"), Some("accepted")));
    let change = &run.result()["changes"][0];
    assert_eq!((&change["action"], &change["status"]), (&json!(null), &json!(null)));
    assert_eq!(change["check"], json!({"verdict": "accepted", "why": checks[0]["why"]}));
    assert_eq!(run.output("changed"), "false");
}

#[test]
fn check_names_every_missing_secret_and_sends_none() {
    let npm = products::verdaccio();
    let entries = [
        entry("one", "npm-registry", &npm.url("/1/"), "GOOD"),
        entry("two", "npm-registry", &npm.url("/2/"), "ABSENT"),
        entry("three", "npm-registry", &npm.url("/3/"), "MISSING"),
    ];
    let run = check(&manifest(&entries)).run();
    assert_eq!(run.status, Some(2), "{}", run.log);
    assert!(run.log.contains("ABSENT") && run.log.contains("MISSING"), "{}", run.log);
    npm.assert_untouched();
}

#[test]
fn the_runs_own_credentials_are_sent_to_no_registry() {
    let npm = products::verdaccio();
    let manifest = manifest(&[entry("npm", "npm-registry", &npm.url("/npm/"), "MINE")]);
    let token = "ghp_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let run = check(&manifest).secret_input("token", token).secret_env("MINE", token).run();
    assert!(run.status == Some(2) && run.log.contains("this step's `token`"), "{}", run.log);
    // Encoded as `git` writes it into a header, and as `Basic ${{ secrets.MINE }}` would send it.
    let encoded = BASE64.encode(format!("x-access-token:{token}"));
    for manifest in [manifest.clone(), manifest.replace("${{ secrets.MINE }}", "Basic ${{ secrets.MINE }}")] {
        let run = check(&manifest).secret_input("token", token).secret_env("MINE", &encoded).run();
        assert!(run.status == Some(2) && run.log.contains("this step's `token`"), "{}", run.log);
    }
    for variable in ["GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"] {
        let run = check(&manifest).secret_env(variable, token).secret_env("MINE", token).run();
        assert!(run.status == Some(2) && run.log.contains(&format!("the variable {variable}")), "{}", run.log);
    }
    npm.assert_untouched();
}

#[test]
fn a_run_started_by_a_pull_request_contacts_no_registry() {
    let (github, npm) = (FakeGitHub::start(), products::verdaccio());
    let manifest = manifest(&[entry("npm", "npm-registry", &npm.url("/npm/"), "GOOD")]);
    for event in ["pull_request", "pull_request_target", "pull_request_review", "workflow_run", "issue_comment"] {
        let run = check(&manifest).env("GITHUB_EVENT_NAME", event).run();
        assert_eq!(run.status, Some(2), "{}", run.log);
        assert!(run.errors().iter().any(|error| error.contains(event)), "{}", run.log);
        for (operation, mode) in [("apply", "warn"), ("apply", "strict"), ("plan", "warn"), ("create", "strict")] {
            let step = Step::new(&github, operation).manifest(&manifest).env("GITHUB_EVENT_NAME", event);
            let run = step.with("check-credentials", mode).secret_env("GOOD", GOOD).run();
            assert_eq!(run.status, Some(2), "{operation} {event}: {}", run.log);
            assert!(run.log.contains("input `check-credentials` is refused"), "{}", run.log);
            assert!(run.requests.is_empty(), "{:?}", run.requests);
        }
        // Without `check-credentials`, operations that need no secret still run.
        let plan = Step::new(&github, "plan").manifest(&manifest).env("GITHUB_EVENT_NAME", event).run();
        assert_eq!(plan.status, Some(0), "{}", plan.log);
    }
    npm.assert_untouched();
    let run = check(&manifest).env("GITHUB_EVENT_NAME", "schedule").run();
    assert_eq!(run.status, Some(0), "{}", run.log);
}

#[test]
fn a_plan_a_validation_and_a_dry_run_contact_no_registry() {
    let (github, npm) = (FakeGitHub::start(), products::verdaccio());
    let manifest = manifest(&[entry("npm", "npm-registry", &npm.url("/npm/"), "ABSENT")]);
    for step in [
        Step::new(&github, "plan"),
        Step::new(&github, "validate"),
        Step::new(&github, "apply").with("dry-run", "true"),
    ] {
        let run = step.manifest(&manifest).with("check-credentials", "strict").run();
        assert_eq!(run.status, Some(0), "{}", run.log);
        assert!(!run.log.contains("not used by"), "{}", run.log);
    }
    npm.assert_untouched();
}

/// Returns the urls that are stored on GitHub.
fn urls(github: &FakeGitHub) -> Vec<String> {
    github.configurations().iter().filter_map(|live| live.url.clone()).collect()
}

/// Returns an apply that checks credentials.
fn apply<'a>(github: &'a FakeGitHub, manifest: &str, mode: &str) -> Step<'a> {
    let step = Step::new(github, "apply").manifest(manifest).with("check-credentials", mode).with("rules", "all=off");
    step.secret_env("GOOD", GOOD).secret_env("BAD", BAD)
}

#[test]
fn a_refused_credential_is_not_stored_and_nothing_is_deleted_or_replaced() {
    let github = FakeGitHub::start();
    let (npm, open) = (products::verdaccio(), products::open());
    github.add(json!({"name": "LEFT_OVER", "registry_type": "nuget_feed", "url": "https://nuget.acme.dev/index.json",
        "auth_type": "token", "visibility": "private"}));
    github.add(json!({"name": "REPLACED", "registry_type": "npm_registry", "url": npm.url("/replaced/"),
        "auth_type": "username_password", "username": "me", "visibility": "private"}));
    let entries = [
        entry("good", "npm-registry", &npm.url("/npm/"), "GOOD"),
        entry("bad", "npm-registry", &npm.url("/old/"), "BAD"),
        entry("open", "python-index", &open.url("/simple/"), "BAD"),
        entry("replaced", "npm-registry", &npm.url("/replaced/"), "GOOD"),
    ];
    let run = apply(&github, &manifest(&entries), "warn").with("prune", "true").run();
    assert_eq!(run.status, Some(1), "{}", run.log);
    assert_eq!(run.output("failure-count"), "1");
    let urls = urls(&github);
    assert!(urls.contains(&npm.url("/npm/")) && urls.contains(&open.url("/simple/")), "{urls:?}");
    assert!(!urls.contains(&npm.url("/old/")), "{urls:?}");
    assert!(run.writes().iter().all(|write| write.starts_with("POST")), "{:?}", run.writes());
    assert_run!(WithoutPorts::of(&run, &[&npm, &open]));
}

/// In the plan a replace precedes a resend; the checks come before both.
#[test]
fn nothing_is_replaced_if_a_credential_later_in_the_plan_is_refused() {
    let github = FakeGitHub::start();
    let npm = products::verdaccio();
    let live = |path: &str, auth_type: &str| {
        let username = (auth_type == "username_password").then_some("me");
        github.add(json!({"registry_type": "npm_registry", "url": npm.url(path), "auth_type": auth_type,
            "username": username, "visibility": "private", "secret": "old-secret"}));
    };
    live("/replaced/", "username_password");
    live("/sent-again/", "token");
    let entries = [
        entry("replaced", "npm-registry", &npm.url("/replaced/"), "GOOD"),
        entry("sent-again", "npm-registry", &npm.url("/sent-again/"), "BAD"),
    ];
    let run = apply(&github, &manifest(&entries), "warn").run();
    assert_eq!((run.status, run.writes()), (Some(1), vec![]), "{}", run.log);
    assert!(run.log.contains("replace replaced: skipped: nothing is deleted once anything has failed"), "{}", run.log);
}

#[test]
fn strict_stores_only_accepted_credentials() {
    let github = FakeGitHub::start();
    let (npm, open) = (products::verdaccio(), products::open());
    let entries = [
        entry("good", "npm-registry", &npm.url("/npm/"), "GOOD"),
        entry("open", "python-index", &open.url("/simple/"), "GOOD"),
        entry("down", "npm-registry", "https://npm..acme.test/", "GOOD"),
        "  oidc:\n    type: npm-registry\n    url: https://npm.pkg.dev/acme\n    visibility: private\n    \
         workload-identity-provider: pool\n"
            .to_owned(),
    ];
    let run = apply(&github, &manifest(&entries), "strict").run();
    assert_eq!((run.status, run.output("failure-count")), (Some(1), "2"), "{}", run.log);
    assert_eq!(
        urls(&github),
        [npm.url("/npm/"), "https://npm.pkg.dev/acme".to_owned()],
        "no secret is stored for OIDC"
    );
    let changes = run.changes();
    let verdicts: Vec<_> =
        changes.iter().map(|change| (change["label"].as_str(), change["check"]["verdict"].as_str())).collect();
    let expected = [
        (Some("down"), Some("unreachable")),
        (Some("good"), Some("accepted")),
        (Some("oidc"), None),
        (Some("open"), Some("not-proven")),
    ];
    assert_eq!(verdicts, expected);
}

#[test]
fn all_checks_end_before_the_first_write_and_only_sent_secrets_are_checked() {
    let github = FakeGitHub::start();
    let slow = Registry::start(|asked| {
        let answer = if products::who(asked) == products::Who::Known { 200 } else { 401 };
        Answer::Late(std::time::Duration::from_millis(100), Box::new(Answer::status(answer)))
    });
    let npm =
        |number: usize| entry(&format!("npm-{number}"), "maven-repository", &slow.url(&format!("/{number}/")), "GOOD");
    let manifest = manifest(&[with_password(&npm(1)), with_password(&npm(2))]);
    let run = apply(&github, &manifest, "warn").run();
    assert_eq!(run.status, Some(0), "{}", run.log);
    let first_write = run.log.find("[1/2]").expect("a write");
    let last_check = run.log.rfind("accepted").expect("a verdict");
    assert!(last_check < first_write, "{}", run.log);
    assert_eq!(slow.asked().len(), 4);
    // Nothing differs, so nothing is sent again.
    let run = apply(&github, &manifest, "warn").with("resend", "on-change").run();
    assert_eq!(run.status, Some(0), "{}", run.log);
    slow.assert_untouched();
}

#[test]
fn one_off_operations_check_the_secret_that_they_store() {
    let github = FakeGitHub::start();
    let npm = products::verdaccio();
    let step = |operation: &str, secret: &str| {
        let step = Step::new(&github, operation).with("check-credentials", "warn").with("rules", "all=off");
        step.with("registry-type", "npm_registry").with("url", &npm.url("/npm/")).secret_input("secret", secret)
    };
    for operation in ["create", "upsert"] {
        let run = step(operation, BAD).with("visibility", "all").run();
        assert_eq!(run.status, Some(1), "{}", run.log);
        assert!(run.log.contains("input `secret` goes to http://127.0.0.1:"), "{}", run.log);
        assert!(run.writes().is_empty(), "{:?}", run.writes());
    }
    let run = step("create", GOOD).with("visibility", "all").run();
    assert_eq!(run.status, Some(0), "{}", run.log);
    let run = step("update", BAD).run();
    assert_eq!((run.status, run.writes()), (Some(1), vec![]), "{}", run.log);
    npm.asked();
    // No secret is sent, so none is checked.
    let update = Step::new(&github, "update").with("check-credentials", "strict").with("visibility", "private");
    let run = update.with("registry-type", "npm_registry").with("url", &npm.url("/npm/")).run();
    assert_eq!((run.status, run.writes().len()), (Some(0), 1), "{}", run.log);
    npm.assert_untouched();
}

#[test]
fn a_secret_that_a_registry_repeats_is_hidden() {
    let github = FakeGitHub::start();
    // No part of a registry's answer is shown.
    let echo = Registry::start(|asked| {
        let said = asked.authorization.clone().unwrap_or_default();
        Answer::Status(403, vec![("location", said.clone()), ("www-authenticate", said.clone())], said)
    });
    let user = Registry::start(|asked| match &asked.authorization {
        None => Answer::status(401),
        Some(said) => Answer::body(&json!({"username": said}).to_string()),
    });
    // A registry may name any host as its token server.
    let docker = products::docker_with(&format!("http://{GOOD}.acme.test/token"));
    let entries = [
        entry("echo", "npm-registry", &echo.url("/npm/"), "GOOD"),
        entry("user", "npm-registry", &user.url("/npm/"), "GOOD"),
        with_password(&entry("docker", "docker-registry", &docker.url(""), "GOOD")),
    ];
    // The harness searches log, summary and outputs for it.
    let run = apply(&github, &manifest(&entries), "warn").run();
    assert_eq!(run.status, Some(0), "{}", run.log);
    assert!(!run.output("checks").contains("acme.test"), "{}", run.output("checks"));
}

#[test]
fn a_signal_ends_the_checks_and_nothing_is_written() {
    let github = FakeGitHub::start();
    let hanging = Registry::start(|_| Answer::Never);
    let step = apply(&github, &manifest(&[entry("npm", "npm-registry", &hanging.url("/npm/"), "GOOD")]), "warn");
    let running = step.start();
    for _ in 0..200 {
        if !hanging.asked().is_empty() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let began = std::time::Instant::now();
    running.signal("TERM");
    let run = running.wait();
    assert_eq!(run.status, Some(143), "{}", run.log);
    assert!(began.elapsed() < std::time::Duration::from_secs(5));
    assert!(run.writes().is_empty(), "{:?}", run.writes());
}

#[test]
fn a_registry_is_reached_only_through_the_proxy() {
    let proxy = CannedServer::start("HTTP/1.1 403 Forbidden\r\n\r\n");
    let here = products::verdaccio();
    let entries = [
        entry("there", "npm-registry", "https://npm..acme.test/", "GOOD"),
        entry("here", "npm-registry", &here.url("/npm/"), "GOOD"),
    ];
    let url = format!("http://127.0.0.1:{}", proxy.port);
    let run = check(&manifest(&entries)).env("HTTPS_PROXY", &url).run();
    assert_eq!(run.status, Some(0), "{}", run.log);
    assert!(run.log.contains("there: unreachable: npm..acme.test can't be reached: the proxy"), "{}", run.log);
    assert!(run.log.contains("here: accepted"), "no proxy leads to this machine itself: {}", run.log);
    let received = proxy.received();
    assert!(received.iter().all(|received| received.starts_with("CONNECT npm..acme.test:443 ")), "{received:?}");
    assert!(!received.is_empty() && received.iter().all(|received| !received.contains(GOOD)), "{received:?}");
    // A proxy that can't be used is not bypassed.
    let run = check(&manifest(&entries)).env("HTTPS_PROXY", "socks5://127.0.0.1:1").run();
    assert!(run.log.contains("environment variable HTTPS_PROXY names a SOCKS proxy"), "{}", run.log);
}

/// Returns a manifest for several organizations: the entry `shared` for all, and one for each of two.
fn manifest_of_several(registry: &Registry) -> String {
    let only = |entry: String, org: &str| format!("{entry}    organizations: [{org}]\n");
    manifest(&[
        entry("shared", "npm-registry", &registry.url("/shared/"), "GOOD"),
        only(entry("of-acme", "npm-registry", &registry.url("/acme/"), "GOOD"), "acme"),
        only(entry("of-globex", "npm-registry", &registry.url("/globex/"), "BAD"), "globex"),
    ])
}

#[test]
fn check_of_several_organizations_contacts_each_registry_once() {
    let npm = products::verdaccio();
    for (org, rest) in [("acme, globex", None), ("*", Some(()))] {
        let run = check(&manifest_of_several(&npm)).with("org", org).with("rules", "all=off").run();
        assert_eq!(run.status, Some(1), "{}", run.log);
        let checks: serde_json::Value = serde_json::from_str(run.output("checks")).expect("JSON");
        let items: Vec<_> = checks.as_array().expect("a list").iter().collect();
        let labels: Vec<_> = items.iter().map(|item| (item["label"].as_str(), item["verdict"].as_str())).collect();
        let expected = [
            (Some("shared"), Some("accepted")),
            (Some("of-acme"), Some("accepted")),
            (Some("of-globex"), Some("refused")),
        ];
        assert_eq!(labels, expected, "{checks:#}");
        let organizations = items[0]["organizations"].as_array().expect("organizations");
        assert_eq!(organizations.len(), if rest.is_some() { 3 } else { 2 }, "{checks:#}");
        assert_eq!(items[2]["organizations"], json!(["globex"]));
        let asked = npm.asked();
        let secrets = asked.iter().filter(|asked| asked.authorization.is_some()).count();
        assert_eq!((asked.len(), secrets), (6, 3), "{asked:?}");
        let first = run.log.find(" goes to ").expect("an announcement");
        assert!(first < run.log.find("accepted").expect("a verdict"), "{}", run.log);
    }
}

#[test]
fn a_refusal_in_one_organization_does_not_affect_another() {
    let github = FakeGitHub::start();
    github.add_organization("globex");
    let npm = products::verdaccio();
    let left_over = json!({"name": "LEFT_OVER", "registry_type": "nuget_feed", "url": "https://nuget.acme.dev/index.json",
        "auth_type": "token", "visibility": "private"});
    for org in ["acme", "globex"] {
        github.in_organization(org, |organization| organization.add(left_over.clone()));
        github.install_app(org, &[("organization_private_registries", "write"), ("metadata", "read")]);
    }
    let run = apply(&github, &manifest_of_several(&npm), "warn")
        .signed_in_as_app()
        .with("org", "acme, globex")
        .with("prune", "true")
        .run();
    assert_eq!((run.status, run.output("failure-count")), (Some(1), "1"), "{}", run.log);
    let names = |org: &str| -> Vec<String> {
        github.in_organization(org, |it| it.configurations().iter().map(|live| live.name.clone()).collect())
    };
    assert_eq!(names("acme"), ["NPM_REGISTRY_SECRET", "NPM_REGISTRY_SECRET_2"]);
    assert_eq!(names("globex"), ["LEFT_OVER", "NPM_REGISTRY_SECRET"]);
    assert_eq!(npm.asked().len(), 6, "each request once in a run");
    let last_check = run.log.rfind(" goes to ").expect("an announcement");
    assert!(last_check < run.log.find("[1/").expect("a write"), "{}", run.log);
    // No write was sent before the last answer of a registry.
    let result = run.result();
    let globex = &result["organizations"][1]["changes"];
    assert_eq!(globex[0]["check"]["verdict"], "refused", "{globex:#}");
}

#[test]
fn an_expired_entry_is_skipped_and_not_checked() {
    let github = FakeGitHub::start();
    let npm = products::verdaccio();
    let over = entry("over", "npm-registry", &npm.url("/over/"), "BAD") + "    expires: 2020-01-31\n";
    let entries = [over, entry("good", "npm-registry", &npm.url("/good/"), "GOOD")];
    let run = apply(&github, &manifest(&entries), "strict").with("rules", "all=off, expired=warning").run();
    assert_eq!(run.status, Some(0), "{}", run.log);
    assert_eq!(urls(&github), [npm.url("/good/")]);
    assert!(npm.asked().iter().all(|asked| asked.path.starts_with("/good/")), "what is not sent is not tried");
}

#[test]
fn a_composed_secret_is_sent_as_it_would_be_stored() {
    let registry = Registry::start(|asked| match asked.authorization.as_deref() {
        Some("Bearer good-secret-value") => Answer::body("{}"),
        _ => Answer::status(401),
    });
    let cargo = entry("cargo", "cargo-registry", &registry.url("/index/"), "GOOD").replace("${{", "Bearer ${{");
    let run = check(&manifest(&[cargo])).with("rules", "all=off").run();
    assert_eq!(run.status, Some(0), "{}", run.log);
    assert!(run.log.contains("cargo: accepted") && run.log.contains("GOOD goes to http://127.0.0.1:"), "{}", run.log);
}
