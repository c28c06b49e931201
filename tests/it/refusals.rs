//! GitHub's refusals, and an unreachable GitHub: each message says what was requested, what the answer was, and what to
//! do.

use fake_github::{FakeGitHub, Fault, Kind, Matcher, Options, READ_TOKEN, json};

use crate::harness::{Step, assert_run};
use crate::world::create_npm;

fn create(github: &FakeGitHub) -> Step<'_> {
    create_npm(github, "npm-secret-value").with("max-wait", "0s")
}

#[test]
fn a_validation_error_is_quoted() {
    let github = FakeGitHub::start();
    let body = json!({
        "message": "Failed to create private registry configuration",
        "errors": ["registry_type must be one of: maven_repository", {"code": "invalid", "field": "url"}],
        "status": "422",
    });
    github.fault(Fault::new(Matcher::method("POST"), Kind::answer(422, body)));
    let run = create(&github).run();
    assert_run!(run);
}

#[test]
fn a_missing_permission_is_named() {
    let github = FakeGitHub::start();
    let run = create(&github).secret_input("token", READ_TOKEN).run();
    assert_run!(run);
}

#[test]
fn a_terminal_shows_a_refusal_in_lines() {
    let github = FakeGitHub::start();
    let run = create(&github).secret_input("token", READ_TOKEN).in_terminal().run();
    assert_run!(run);
}

#[test]
fn every_refusal_names_status_message_request_and_remedy() {
    let cases = [
        (Kind::refusal(401, "Bad credentials"), "answered 401", "Bad credentials", "`token` is not valid"),
        (Kind::refusal(403, "SAML"), "answered 403", "SAML", "admin:org"),
        (Kind::refusal(404, "Not Found"), "answered 404", "Not Found", "GitHub answers 404 in both cases"),
        (Kind::refusal(400, "no such version"), "answered 400", "no such version", "`api-version`"),
        (Kind::refusal(410, "version retired"), "answered 410", "version retired", "`api-version`"),
        (Kind::answer(422, json!({"message": "Hm", "errors": "alone"})), "answered 422", "- alone", ""),
        (Kind::Html { status: 502 }, "answered 502", "502", "run again later"),
        (Kind::Html { status: 404 }, "answered 404", "this answer is not from GitHub's REST API", "/api/v3"),
        (Kind::Text { status: 406, text: String::new() }, "answered 406", "(an empty answer)", "/api/v3"),
        (Kind::SignInPage, "answered 302", "You are being redirected", "/api/v3"),
        (Kind::Html { status: 200 }, "answered 200", "is not JSON", "/api/v3"),
        (Kind::Empty { status: 200 }, "answered 200", "not JSON", ""),
        (Kind::Truncated, "answered 200", "broke off", ""),
        (Kind::DropBefore, "did not answer", "", "check `api-url`"),
        (Kind::Redirect { location: "https://evil.dev/x".to_owned() }, "answered 307", "evil.dev", "not followed"),
        (Kind::answer(200, json!([])), "answered 200", "its body is not a list", ""),
        (Kind::answer(200, json!({"configurations": []})), "answered 200", "no `total_count`", ""),
        (
            Kind::answer(200, json!({"total_count": 1, "configurations": [{"url": 1}]})),
            "answered 200",
            "without a name",
            "",
        ),
    ];
    for (kind, first, message, hint) in cases {
        let github = FakeGitHub::start();
        github.fault(Fault::new(Matcher::any(), kind.clone()).times(usize::MAX));
        let run = Step::new(&github, "list").with("max-wait", "0s").run();
        assert_eq!(run.status, Some(1), "{kind:?}: {}", run.log);
        for part in [first, message, hint, "GET /orgs/acme/private-registries"] {
            assert!(run.log.contains(part), "{kind:?}: {part} in {}", run.log);
        }
        let has_id = !matches!(kind, Kind::Html { .. } | Kind::SignInPage | Kind::DropBefore);
        assert_eq!(run.log.contains("request id: FA4E:"), has_id, "{kind:?}: {}", run.log);
        assert!(!run.output("result").is_empty() && run.summary.contains("CAUTION"));
    }
}

/// GitHub's headers say where the token can be authorized, and which permissions it needs.
#[test]
fn remedies_in_headers_are_reported() {
    type Headers<'a> = &'a [(&'a str, &'a str)];
    let address = "https://github.com/orgs/acme/sso?authorization_request=AB12";
    let sso = format!("required; url={address}");
    let message = "Resource protected by organization SAML enforcement.";
    let scopes: Headers<'_> = &[("x-oauth-scopes", "repo, workflow"), ("x-accepted-oauth-scopes", "admin:org")];
    let told_scopes = "GitHub accepts the scopes admin:org, and the `token` has repo, workflow";
    let cases: &[(u16, Headers<'_>, &str)] = &[
        (403, &[("x-github-sso", &sso)], address),
        (404, &[("x-github-sso", &sso)], address),
        (403, &[("x-github-sso", &sso), ("x-ratelimit-remaining", "0")], address),
        (403, &[("x-github-sso", "required")], "Configure SSO"),
        (403, scopes, told_scopes),
        (404, scopes, told_scopes),
        (404, &[("x-accepted-github-permissions", "organization_private_registries=read")], "private_registries=read"),
    ];
    for (status, headers, told) in cases {
        let github = FakeGitHub::start();
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let body = json!({"message": message});
        github.fault(Fault::new(Matcher::any(), Kind::Status { status: *status, body, headers }));
        let run = Step::new(&github, "list").in_terminal().run();
        assert!(run.status == Some(1) && run.log.contains(told), "{told}: {}", run.log);
        assert!(run.summary.contains(&told.replace("https:", "https&#58;")[..12]), "{told}: {}", run.summary);
    }
}

#[test]
fn a_deprecated_api_version_is_warned_about_once() {
    let github = FakeGitHub::start();
    let headers = [
        ("deprecation", "Tue, 10 Mar 2026 00:00:00 GMT"),
        ("sunset", "Fri, 10 Mar 2028 00:00:00 GMT"),
        ("link", "<https://docs.github.com/rest/versions>; rel=\"deprecation\"; type=\"text/html\""),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let list = json!({"total_count": 0, "configurations": []});
    github.fault(Fault::new(Matcher::any(), Kind::Status { status: 200, body: list, headers: headers.clone() }));
    let refusal = Kind::Status { status: 410, body: json!({"message": "Gone"}), headers };
    github.fault(Fault::new(Matcher::any(), refusal).times(2));
    let told = "of API version 2022-11-28 is deprecated since 2026-03-10, and will not work after 2028-03-10 (see \
                https://docs.github.com/rest/versions): set `api-version`";
    for status in [0, 1] {
        let step = Step::new(&github, "upsert").with("registry-type", "git").with("url", "https://git.acme.dev");
        let step = step.with("visibility", "all").with("dry-run", "true").secret_input("secret", "the-secret");
        let run = step.run();
        assert_eq!(run.status, Some(status), "{}", run.log);
        assert_eq!(run.log.matches("::warning title=GitHub::").count(), 1, "{}", run.log);
        assert!(run.log.contains(told) && run.summary.contains("is deprecated since 2026-03-10"), "{}", run.log);
    }
}

#[test]
fn a_proxy_that_repeats_the_token_is_not_quoted() {
    let github = FakeGitHub::start();
    let told = format!("no route for Authorization: Bearer {}", fake_github::WRITE_TOKEN);
    github.fault(Fault::new(Matcher::any(), Kind::answer(400, json!({"message": told, "errors": [{"was": told}]}))));
    let run = Step::new(&github, "list").in_terminal().run();
    assert!(run.status == Some(1) && run.log.contains("Bearer ***"), "{}", run.log);
}

#[test]
fn an_unreachable_host_is_named() {
    let run = Step::offline("list")
        .with("api-url", "http://localhost:9")
        .with("org", "acme")
        .with("max-wait", "0s")
        .secret_input("token", "abcdef")
        .run();
    assert_run!(run);
}

#[test]
fn an_incomplete_list_is_not_a_success() {
    let github = FakeGitHub::start();
    github.add(json!({"registry_type": "npm_registry", "url": "https://npm.acme.dev"}));
    github.fault(Fault::new(Matcher::any(), Kind::IncompleteList).times(2));
    let run = Step::new(&github, "list").run();
    assert_run!(run);
    let run = Step::new(&github, "delete").with("registry-type", "git").with("url", "https://git.acme.dev").run();
    assert_eq!((run.status, run.writes().len()), (Some(1), 0), "{}", run.log);
}

/// Returns an apply of a manifest with this many entries.
fn apply(github: &FakeGitHub, entries: usize) -> Step<'_> {
    let entry =
        |n| format!("  r{n:02}: {{type: npm-registry, url: 'https://npm.acme.dev/{n}', token: '${{TOKEN}}'}}\n");
    let entries: Vec<String> = (0..entries).map(entry).collect();
    let yaml = format!("version: 1\ndefaults: {{visibility: private}}\nregistries:\n{}", entries.concat());
    Step::new(github, "apply").manifest(&yaml).secret_env("TOKEN", "the-secret").with("write-interval", "0s")
}

#[test]
fn a_refusal_that_affects_every_write_stops_further_writes() {
    let forbidden = |message: &str, headers: &[(&str, &str)]| Kind::Status {
        status: 403,
        body: json!({"message": message}),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
    };
    for refusal in [
        Kind::refusal(401, "Bad credentials"),
        forbidden("Resource not accessible by integration", &[]),
        forbidden("Forbidden", &[("x-accepted-github-permissions", "organization_private_registries=write")]),
        forbidden("Resource protected by organization SAML enforcement.", &[]),
    ] {
        let github = FakeGitHub::start();
        github.add(json!({"registry_type": "git_source", "url": "https://git.acme.dev"}));
        github.fault(Fault::new(Matcher::method("POST"), refusal.clone()).skip(2).times(usize::MAX));
        let run = apply(&github, 90).with("prune", "true").run();
        assert_eq!((run.status, run.writes().len()), (Some(1), 3), "{refusal:?}: {}", run.log);
        let counts = [run.output("create-count"), run.output("failure-count"), run.output("changed")];
        assert_eq!(counts, ["2", "1", "true"], "{}", run.log);
        let result = run.result();
        let skipped = "skipped: GitHub refuses every write with this `token`; see the first failure";
        let changes = result["changes"].as_array().unwrap();
        assert_eq!(changes.iter().filter(|change| change["error"] == skipped).count(), 88, "{}", run.log);
        assert_eq!(result["errors"].as_array().unwrap().len(), 1);
        assert!(run.errors().len() == 1 && run.log.contains("2 created, 1 failed, 88 skipped"), "{}", run.log);
        assert_eq!(run.summary.matches("refuses every write").count(), 1, "{}", run.summary);
    }
}

/// A refusal for one entry does not imply one for the next.
#[test]
fn equal_errors_are_reported_once_with_their_number() {
    let github = FakeGitHub::start();
    for n in 0..30 {
        github.add(json!({"registry_type": "npm_registry", "url": format!("https://npm.acme.dev/{n}")}));
    }
    let refusal = json!({"message": "Validation Failed", "errors": ["visibility is not allowed here"]});
    github.fault(Fault::new(Matcher::method("PATCH"), Kind::answer(422, refusal)).skip(2).times(usize::MAX));
    github.fault(Fault::new(Matcher::method("POST"), Kind::Html { status: 403 }).times(usize::MAX));
    let run = apply(&github, 34).run();
    assert_eq!((run.status, run.writes().len(), run.output("failure-count")), (Some(1), 34, "32"), "{}", run.log);
    let errors = run.errors();
    let names: Vec<String> = (3..23).map(|n| format!("update r{n:02}")).collect();
    let told = format!("%0Athe same for 27 more: {} and 7 more", names.join(", "));
    // In the order of the file, though the creations came first.
    assert!(errors.len() == 2 && errors[0].ends_with(&told), "{}", run.log);
    assert!(
        errors[1]
            .starts_with("::error title=Failed%3A create r30 and 3 more,file=.github/private-registries.yml,line="),
        "{}",
        errors[1]
    );
    assert!(errors[1].contains("%0Athe same for 3 more: create r31, create r32, create r33"), "{}", errors[1]);
    let result = run.result();
    let told = result["errors"].as_array().unwrap();
    assert!(told.len() == 2 && told[1].as_str().unwrap().contains("the same for 27 more"), "{told:?}");
    for (words, times) in [("visibility is not allowed here", 1), ("as for <code>r", 30), ("the same for 27 more", 1)] {
        assert_eq!(run.summary.matches(words).count(), times, "{words}: {}", run.summary);
    }
}

/// The website of a server is not its API, and the path is easily forgotten in a server's url.
#[test]
fn an_api_url_without_its_path_is_corrected_in_the_message() {
    let answers = [
        Kind::Html { status: 404 },
        Kind::Text { status: 406, text: String::new() },
        Kind::SignInPage,
        Kind::Html { status: 200 },
    ];
    for (base_path, told) in [
        ("", "The REST API of a GitHub Enterprise Server is below /api/v3: set `api-url` to https://127.0.0.1:"),
        ("/api", "Check `api-url`: on GitHub Enterprise Server it ends in /api/v3"),
    ] {
        for kind in &answers {
            let github = FakeGitHub::with(Options { base_path: base_path.to_owned(), ..Options::default() });
            github.fault(Fault::new(Matcher::any(), kind.clone()).times(usize::MAX));
            for operation in ["list", "create"] {
                let run = create(&github).with("operation", operation).run();
                assert!(run.status == Some(1) && run.log.contains(told), "{kind:?}: {}", run.log);
            }
        }
    }
    // An answer from GitHub's API is not about the path.
    let github = FakeGitHub::start();
    let run = Step::new(&github, "get").with("name", "NOBODY").run();
    assert!(run.status == Some(1) && !run.log.contains("/api/v3"), "{}", run.log);
}
