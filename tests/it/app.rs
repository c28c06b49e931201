//! Signing in as a GitHub App: a token for the run, with only what it needs, renewed, and revoked whatever happens. That
//! none is left alive, and that neither key, signature nor token shows anywhere, the harness checks after every run.

use std::time::{Duration, Instant};

use fake_github::{APP_CLIENT_ID, APP_ID, FakeGitHub, Fault, Kind, Matcher, Options, PermissionRequest, json, keys};

use crate::harness::{Run, Step, assert_run};

const REGISTRIES: &str = "organization_private_registries";
const READER: &[(&str, &str)] = &[(REGISTRIES, "read"), ("metadata", "read")];
const WRITER: &[(&str, &str)] = &[(REGISTRIES, "write"), ("metadata", "read")];

const MANIFEST: &str = "\
version: 1
defaults:
  visibility: private
registries:
  maven:
    type: maven-repository
    url: https://maven.acme.dev
    username: monalisa
    password: ${{ secrets.MAVEN }}
    visibility: selected
    selected-repositories: [api]
  npm:
    type: npm-registry
    url: https://npm.acme.dev
    token: ${{ secrets.NPM }}
    replaces-base: true
";

fn github(permissions: &[(&str, &str)]) -> FakeGitHub {
    with(Options::default(), permissions)
}

fn with(options: Options, permissions: &[(&str, &str)]) -> FakeGitHub {
    let github = FakeGitHub::with(options);
    github.install_app("acme", permissions);
    github
}

fn step<'a>(github: &'a FakeGitHub, operation: &str) -> Step<'a> {
    Step::new(github, operation)
        .signed_in_as_app()
        .manifest(MANIFEST)
        .secret_env("MAVEN", "maven-secret-value")
        .secret_env("NPM", "npm-secret-value")
}

/// What was asked of GitHub about anything but signing in.
fn others(run: &Run) -> Vec<String> {
    let is_other = |path: &str| !path.contains("/installation") && !path.contains("access_tokens");
    run.requests
        .iter()
        .filter(|request| is_other(&request.path))
        .map(|request| format!("{} {}", request.method, request.path))
        .collect()
}

/// The bodies of the requests for a token.
fn asked(run: &Run) -> Vec<serde_json::Value> {
    let requests = run.requests.iter().filter(|request| request.path.ends_with("/access_tokens"));
    requests.filter_map(|request| request.body.clone()).collect()
}

fn revocations(run: &Run) -> usize {
    run.requests.iter().filter(|request| request.path == "/installation/token").count()
}

/// Waits until GitHub has been sent a request.
fn after_request(github: &FakeGitHub, method: &str, path: &str) {
    let began = Instant::now();
    while !github.requests().iter().any(|request| request.method == method && request.path.contains(path)) {
        assert!(began.elapsed() < Duration::from_secs(20), "{method} {path} was not sent");
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(100));
}

#[test]
fn an_apply_signs_in_with_what_it_needs_and_signs_out() {
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

/// One request besides those of a run with a token for each: where it is installed, the token, and its end.
#[test]
fn each_operation_asks_for_the_least() {
    let read = json!({"permissions": {REGISTRIES: "read"}});
    let read_names = json!({"permissions": {REGISTRIES: "read", "metadata": "read"}});
    let write = json!({"permissions": {REGISTRIES: "write"}});
    let write_names = json!({"permissions": {REGISTRIES: "write", "metadata": "read"}});
    let registry = [("registry-type", "npm_registry"), ("url", "https://other.acme.dev"), ("visibility", "private")];
    let create = |step: Step<'static>| registry.iter().fold(step, |step, (input, value)| step.with(input, value));
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
fn an_app_is_named_by_its_client_id_or_its_number_and_its_key_has_two_forms() {
    for (id, key) in [
        (APP_CLIENT_ID.to_owned(), keys::APP.replace('\n', "\\n")),
        (APP_ID.to_string(), keys::APP.to_owned()),
        (APP_ID.to_string(), keys::APP_PKCS8.to_owned()),
        (APP_CLIENT_ID.to_owned(), keys::APP_PKCS8.trim().replace('\n', "\r\n")),
    ] {
        let github = github(READER);
        let run = step(&github, "list").with("app-client-id", &id).secret_input("app-private-key", &key).run();
        assert_eq!(run.status, Some(0), "{}", run.log);
        // Every line of it is hidden by the runner too, and before anything else is printed.
        let masked: Vec<&str> = run.log.lines().map_while(|line| line.strip_prefix("::add-mask::")).collect();
        assert!(key.replace("\\n", "\n").lines().all(|line| masked.contains(&line)), "{}", run.log);
    }
}

#[test]
fn the_permissions_of_the_installation_can_be_inherited() {
    let github = github(&[(REGISTRIES, "write"), ("contents", "write")]);
    let run = step(&github, "list").with("app-permissions", "inherit").run();
    assert_eq!((run.status, asked(&run)), (Some(0), vec![json!({})]), "{}", run.log);
    assert_eq!(github.issued_tokens()[0].permissions.len(), 2);
    assert!(!run.log.contains("::warning"), "{}", run.log);
    // The repositories of a manifest are found without it only where they are public.
    let run = step(&github, "plan").run();
    assert_eq!((run.status, asked(&run)), (Some(1), vec![json!({"permissions": {REGISTRIES: "read"}})]), "{}", run.log);
    assert!(run.log.contains("\"Metadata: Read-only\""), "{}", run.log);
}

#[test]
fn each_trouble_has_its_own_words_and_its_page() {
    type Setting<'a> = (&'a str, Box<dyn Fn() -> FakeGitHub>, &'a str, &'a str, &'a str);
    let options = |permission_request| Options { permission_request, ..Options::default() };
    let clock = |seconds| {
        move || {
            let github = github(WRITER);
            github.set_clock_ahead(seconds);
            github
        }
    };
    let app = "/organizations/acme/settings/apps";
    let installation = "/organizations/acme/settings/installations/7001";
    let inherit = "`app-permissions: inherit`";
    let cases: Vec<Setting<'_>> = vec![
        ("apply", Box::new(FakeGitHub::start), "is not installed on the organization acme", app, "Install App"),
        (
            "apply",
            Box::new(|| {
                let github = github(WRITER);
                github.suspend_app("acme", true);
                github
            }),
            "installation on acme is suspended",
            installation,
            "Unsuspend",
        ),
        (
            "plan",
            Box::new(|| github(&[("metadata", "read")])),
            "needs the organization permission \"Organization private registries: Read-only\", and the App's installation \
             on acme does not have it",
            installation,
            "accepts the new permissions",
        ),
        (
            "apply",
            Box::new(|| github(READER)),
            "\"Organization private registries: Read and write\", and the App's installation on acme has it as \
             \"Read-only\" only",
            installation,
            app,
        ),
        (
            "apply",
            Box::new(clock(-300)),
            "the clock of this machine is 5 minutes ahead of GitHub's",
            "set the clock",
            "",
        ),
        ("apply", Box::new(clock(7_200)), "the clock of this machine is 2 hours behind GitHub's", "set the clock", ""),
        (
            "apply",
            Box::new(move || with(options(PermissionRequest::Refused), WRITER)),
            "gives no token with only the permission organization_private_registries (Invalid request.",
            inherit,
            "does not document",
        ),
        (
            "apply",
            Box::new(move || with(options(PermissionRequest::Unknown), WRITER)),
            "The permissions requested are not granted to this installation.), although it shows",
            inherit,
            installation,
        ),
        (
            "apply",
            Box::new(move || with(options(PermissionRequest::LeftOut), WRITER)),
            "organization_private_registries=write was asked for, and GitHub gave one without it",
            inherit,
            "",
        ),
    ];
    for (operation, github, message, help, also) in cases {
        let github = github();
        let run = step(&github, operation).in_terminal().run();
        assert_eq!((run.status, others(&run).len()), (Some(1), 0), "{}", run.log);
        for told in [message, help, also] {
            assert!(run.log.contains(told), "{told}\n{}", run.log);
        }
        assert_eq!(run.log.matches("error: ").count(), 1, "{}", run.log);
        assert!(!run.output("result").is_empty() && run.summary.contains("CAUTION"), "{}", run.summary);
        // Nothing is asked for that is known to be refused.
        let is_known = message.contains("installation on acme") && !message.contains("although");
        assert!(!is_known || asked(&run).is_empty(), "{:?}", run.requests);
    }
}

#[test]
fn a_key_or_a_client_id_of_another_app_is_told() {
    for (id, key, message) in [
        (APP_CLIENT_ID, keys::OTHER, "`app-private-key` is no key of the App that `app-client-id` names"),
        ("Iv23liSomeOtherApp", keys::APP, "GitHub knows no App with this `app-client-id` (Integration not found)"),
        ("123", keys::APP, "GitHub knows no App with this `app-client-id`"),
    ] {
        let github = github(WRITER);
        let run = step(&github, "list").with("app-client-id", id).secret_input("app-private-key", key).run();
        assert_eq!((run.status, run.requests.len()), (Some(1), 1), "{}", run.log);
        assert!(run.log.contains(message) && run.log.contains("/organizations/acme/settings/apps"), "{}", run.log);
        assert!(run.log.contains("request id: FA4E:"), "{}", run.log);
    }
}

#[test]
fn a_token_with_more_than_was_asked_for_is_used_and_warned_about() {
    let options = Options { permission_request: PermissionRequest::Ignored, ..Options::default() };
    let github = with(options, &[(REGISTRIES, "write"), ("contents", "write")]);
    let run = step(&github, "list").run();
    assert_eq!(run.status, Some(0), "{}", run.log);
    let told = "more than was asked for (contents=write, organization_private_registries=write)";
    assert!(run.log.contains("::warning title=GitHub::") && run.log.contains(told), "{}", run.log);
    assert!(run.summary.contains("more than was asked for"), "{}", run.summary);
}

#[test]
fn what_is_wrong_with_the_inputs_is_told_before_anything_is_sent() {
    let github = github(WRITER);
    let list = || step(&github, "list");
    let key = |key: &str| list().secret_input("app-private-key", key);
    for (step, told) in [
        (list().secret_input("token", "ghp_of_somebody"), "input `token` is given, and so is an App"),
        (list().without("INPUT_APP-PRIVATE-KEY"), "input `app-private-key` is required with `app-client-id`"),
        (list().with("app-private-key", " "), "input `app-private-key` is required with `app-client-id`"),
        (list().without("INPUT_APP-CLIENT-ID"), "input `app-client-id` is required with `app-private-key`"),
        (list().with("app-client-id", "my app"), "input `app-client-id` is no client id of an App"),
        (list().with("app-client-id", keys::OTHER), "input `app-client-id` is a private key"),
        (
            list().with("app-permissions", "narow"),
            "input `app-permissions` is `narow`, which is none of: narrow, inherit",
        ),
        (key(keys::ENCRYPTED), "input `app-private-key` is encrypted with a passphrase"),
        (key(keys::ENCRYPTED_TRADITIONAL), "input `app-private-key` is encrypted with a passphrase"),
        (key(keys::PUBLIC), "input `app-private-key` is a public key"),
        (key(keys::CERTIFICATE), "input `app-private-key` is a certificate"),
        (key(keys::ELLIPTIC), "input `app-private-key` is not an RSA key"),
        (key(keys::SHORT), "no RSA key of 2048 bits or more"),
        (key("hunter2-hunter2"), "input `app-private-key` is not a private key"),
        (
            Step::new(&github, "list").without("INPUT_TOKEN"),
            "or a GitHub App, with `app-client-id` and `app-private-key`",
        ),
    ] {
        let run = step.run();
        assert_eq!((run.status, run.errors().len(), run.requests.len()), (Some(2), 1, 0), "{told}\n{}", run.log);
        assert!(run.log.contains(told), "{told}\n{}", run.log);
    }
}

/// Both spellings of the name, of which one may be wrong.
#[test]
fn a_key_that_is_given_twice_shows_in_neither_spelling() {
    let github = github(WRITER);
    let run = step(&github, "list").secret_env("INPUT_APP_PRIVATE_KEY", keys::OTHER).run();
    assert_eq!((run.status, run.requests.len()), (Some(2), 0), "{}", run.log);
    assert!(run.log.contains("input `app-private-key` is set twice"), "{}", run.log);
}

#[test]
fn no_registry_gets_the_key_of_the_app() {
    let github = github(WRITER);
    let line = keys::APP.lines().nth(7).expect("a line");
    let joined = keys::APP.replace('\n', " ");
    let json = json!({"private_key": keys::APP}).to_string();
    for secret in [keys::APP, &keys::APP.replace('\n', "\\n"), line, &joined, &json] {
        let run = step(&github, "apply").secret_env("NPM", secret).run();
        assert_eq!((run.status, run.writes().iter().filter(|write| write.contains("/orgs/")).count()), (Some(2), 0));
        assert!(
            run.log.contains("(NPM) holds the App's `app-private-key`, which no registry is to get"),
            "{}",
            run.log
        );
    }
    // Another key of the same kind is a secret like any other.
    assert_eq!(step(&github, "apply").secret_env("NPM", keys::OTHER).run().status, Some(0));
}

#[test]
fn a_token_is_renewed_in_a_long_run_and_all_are_revoked() {
    let github = github(WRITER);
    // Renewed after half of that, and alive still when the run ends.
    github.set_token_lifetime(Duration::from_secs(10));
    let run = step(&github, "apply").manifest(&long()).run();
    assert_eq!((run.status, run.output("create-count")), (Some(0), "16"), "{}", run.log);
    let issued = github.issued_tokens();
    assert!(issued.len() >= 2 && issued.iter().all(|token| token.is_revoked), "{issued:#?}");
    assert!(issued.iter().all(|token| token.permissions.len() == 2), "{issued:#?}");
    assert!(run.requests.iter().all(|request| request.status != Some(401)), "{:#?}", run.requests);
    // Where the App is installed is asked once.
    let found = run.requests.iter().filter(|request| request.path.ends_with("/installation")).count();
    assert_eq!(found, 1);
}

/// A manifest whose apply takes six seconds: the first ten writes go at once.
fn long() -> String {
    let other =
        |n| format!("  n{n}: {{type: nuget-feed, url: 'https://n{n}.acme.dev', token: '${{NPM}}', visibility: all}}\n");
    MANIFEST.to_owned() + &(0..14).map(other).collect::<String>()
}

/// A token is renewed while it is good for a while still.
#[test]
fn a_renewal_that_fails_for_now_ends_nothing() {
    let github = github(WRITER);
    github.set_token_lifetime(Duration::from_secs(10));
    let trouble = Fault::new(Matcher::path("/access_tokens"), Kind::Html { status: 502 });
    github.fault(trouble.skip(1).times(usize::MAX));
    let run = step(&github, "apply").manifest(&long()).with("max-wait", "0s").run();
    assert_eq!((run.status, run.output("create-count")), (Some(0), "16"), "{}", run.log);
    // It is not tried again with every request.
    let tried = run.requests.iter().filter(|request| request.path.ends_with("/access_tokens")).count();
    assert_eq!((tried, github.issued_tokens().len()), (2, 1));
}

/// An owner takes a permission away in the middle of a run: what is told is how it is now.
#[test]
fn a_renewal_that_is_refused_tells_what_has_changed() {
    let github = github(WRITER);
    github.set_token_lifetime(Duration::from_secs(4));
    let running = step(&github, "apply").manifest(&long()).start();
    after_request(&github, "POST", "/private-registries");
    github.set_app_permissions("acme", READER);
    let run = running.wait();
    let created: usize = run.output("create-count").parse().expect("a number");
    assert!(run.status == Some(1) && (1..16).contains(&created), "{}", run.log);
    assert!(run.log.contains("installation on acme has it as \"Read-only\" only"), "{}", run.log);
    assert!(!run.log.contains("it may have been carried out"), "{}", run.log);
}

/// Asking for a token does not count among the writes of which the first ten go at once.
#[test]
fn the_first_ten_writes_go_at_once_with_an_app_too() {
    let github = github(WRITER);
    let entry =
        |n| format!("  n{n}: {{type: nuget-feed, url: 'https://n{n}.acme.dev', token: '${{NPM}}', visibility: all}}\n");
    let manifest = "version: 1\nregistries:\n".to_owned() + &(0..10).map(entry).collect::<String>();
    let began = Instant::now();
    let run = step(&github, "apply").manifest(&manifest).with("write-interval", "20s").run();
    assert_eq!((run.status, run.output("create-count")), (Some(0), "10"), "{}", run.log);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

/// GitHub does not know a new token, or what it may do, everywhere at once.
#[test]
fn a_refusal_of_a_new_token_is_not_the_last_word() {
    for (status, message) in [(401, "Bad credentials"), (403, "Resource not accessible by integration")] {
        let github = github(WRITER);
        let refusal = Kind::Status { status, body: json!({"message": message}), headers: Vec::new() };
        github.fault(Fault::new(Matcher::path("/private-registries"), refusal).times(2));
        let run = step(&github, "apply").run();
        assert_eq!((run.status, run.output("create-count")), (Some(0), "2"), "{}", run.log);
        assert!(run.log.contains("GitHub may not know the new token yet"), "{}", run.log);
        assert_eq!(github.issued_tokens().len(), 1);
    }
}

#[test]
fn a_token_that_ends_before_its_time_is_replaced_once() {
    let github = github(WRITER);
    github.fault(Fault::new(Matcher::path("/public-key"), Kind::Slow(Duration::from_secs(6))));
    let refusal = Kind::Status { status: 401, body: json!({"message": "Bad credentials"}), headers: Vec::new() };
    github.fault(Fault::new(Matcher::method("POST").and_path("/private-registries"), refusal.clone()));
    let run = step(&github, "apply").run();
    assert_eq!((run.status, run.output("create-count")), (Some(0), "2"), "{}", run.log);
    assert_eq!((github.issued_tokens().len(), revocations(&run)), (2, 2));
}

#[test]
fn the_token_is_revoked_however_the_run_ends() {
    let failing = |matcher: Matcher| {
        let github = github(WRITER);
        let body = json!({"message": "Hm"});
        github.fault(Fault::new(matcher, Kind::Status { status: 422, body, headers: Vec::new() }));
        github
    };
    let no_list = failing(Matcher::path("/orgs/acme/private-registries"));
    let no_key = failing(Matcher::path("/public-key"));
    let no_write = failing(Matcher::method("POST").and_path("/private-registries"));
    let fine = github(WRITER);
    for (step, status) in [
        (step(&no_list, "list"), 1),
        (step(&no_key, "apply"), 1),
        (step(&no_write, "apply"), 1),
        (step(&fine, "plan").with("fail-on-drift", "true"), 3),
        (step(&fine, "apply").with("plan-id", "0123456789abcdef0123456789abcdef"), 1),
        (step(&fine, "apply").without("NPM"), 2),
        (
            step(&fine, "apply")
                .manifest(&MANIFEST.replace("    replaces-base: true\n", ""))
                .with("rules", "all=error"),
            2,
        ),
        (step(&fine, "get").with("name", "NOT_THERE"), 1),
    ] {
        let run = step.run();
        assert_eq!((run.status, revocations(&run)), (Some(status), 1), "{}", run.log);
        assert!(run.requests.last().is_some_and(|last| last.path == "/installation/token"), "{:?}", run.requests);
    }
}

#[test]
fn the_token_is_revoked_when_a_signal_ends_the_run() {
    let slow = || Kind::Slow(Duration::from_secs(1));
    for (method, path, kind) in [
        ("GET", "/orgs/acme/installation", Kind::Slow(Duration::from_secs(20))),
        ("POST", "/access_tokens", slow()),
        ("GET", "/private-registries", Kind::Slow(Duration::from_secs(20))),
        ("POST", "/private-registries", slow()),
        ("POST", "/private-registries", Kind::RateLimited429 { retry_after: Some(30) }),
        ("DELETE", "/installation/token", slow()),
    ] {
        for (signal, status) in [("TERM", 143), ("INT", 130)] {
            let github = github(WRITER);
            github.fault(Fault::new(Matcher::method(method).and_path(path), kind.clone()));
            let running = step(&github, "apply").start();
            after_request(&github, method, path);
            let began = Instant::now();
            running.signal(signal);
            let run = running.wait();
            assert!(began.elapsed() < Duration::from_secs(3), "{:?}: {}", began.elapsed(), run.log);
            // Whoever is told at the very end has done everything.
            assert_eq!(run.status, Some(status), "{method} {path}: {}", run.log);
            assert!(!run.output("result").is_empty() && run.summary.contains(signal), "{}", run.summary);
        }
    }
}

/// A revocation that hangs holds up no run for long, and no run that is to end.
#[test]
fn a_revocation_that_fails_is_warned_about_and_changes_no_exit_status() {
    let status = |status| Kind::Status { status, body: json!({"message": "Hm"}), headers: Vec::new() };
    let revocation = || Matcher::method("DELETE").and_path("/installation/token");
    for (kind, times, attempts, is_told) in [
        (status(502), 1, 2, false),
        (Kind::DropBefore, 1, 2, false),
        (Kind::DropAfter, 1, 2, false),
        (status(502), 2, 2, true),
        (Kind::DropBefore, 2, 2, true),
        (status(401), 1, 1, false),
        (status(403), 1, 1, true),
        (Kind::RateLimited429 { retry_after: Some(60) }, 1, 1, true),
    ] {
        let github = github(READER);
        github.fault(Fault::new(revocation(), kind.clone()).times(times));
        let run = step(&github, "plan").that_can_not_revoke().run();
        assert_eq!((run.status, revocations(&run)), (Some(0), attempts), "{kind:?}: {}", run.log);
        let warning = "::warning title=Sign-in::the App's token for acme was not revoked";
        assert_eq!(run.log.contains(warning), is_told, "{kind:?}: {}", run.log);
        assert_eq!(run.summary.contains("was not revoked"), is_told, "{kind:?}: {}", run.summary);
        let is_alive = is_told || matches!(kind, Kind::Status { status: 401, .. });
        assert_eq!(!github.live_tokens().is_empty(), is_alive, "{kind:?}");
    }
    let github = github(READER);
    github.fault(Fault::new(revocation(), Kind::Hang { carried_out: false }).times(2));
    let running = step(&github, "plan").that_can_not_revoke().start();
    after_request(&github, "DELETE", "/installation/token");
    let began = Instant::now();
    running.signal("INT");
    let run = running.wait();
    assert!(began.elapsed() < Duration::from_millis(7_500), "{:?}", began.elapsed());
    assert_eq!((run.status, run.log.contains("the run was stopped)")), (Some(130), true), "{}", run.log);
}

/// What nobody was told can't be revoked, but it does no harm to ask again.
#[test]
fn signing_in_is_tried_again_like_a_get() {
    for path in ["/orgs/acme/installation", "/access_tokens"] {
        for kind in [
            Kind::DropBefore,
            Kind::DropAfter,
            Kind::Truncated,
            Kind::Html { status: 502 },
            Kind::HtmlAfter { status: 503 },
            Kind::RateLimited429 { retry_after: Some(1) },
            Kind::Secondary403 { retry_after: Some(1) },
            Kind::OneByteChunks,
        ] {
            let github = github(WRITER);
            github.fault(Fault::new(Matcher::path(path), kind.clone()));
            let run = step(&github, "apply").run();
            assert_eq!((run.status, run.output("create-count")), (Some(0), "2"), "{kind:?}: {}", run.log);
            let told = github.issued_tokens().iter().filter(|token| !token.is_lost).count();
            assert_eq!((told, revocations(&run)), (1, 1), "{kind:?}: {:?}", run.requests);
            assert!(!run.log.contains("carried out"), "{kind:?}: {}", run.log);
        }
    }
}

#[test]
fn signing_in_that_fails_for_good_is_told_once() {
    let status =
        |status, message: &str| Kind::Status { status, body: json!({"message": message}), headers: Vec::new() };
    for path in ["/orgs/acme/installation", "/access_tokens"] {
        for (kind, told) in [
            (Kind::DropBefore, "did not answer"),
            (Kind::Html { status: 502 }, "answered 502"),
            (Kind::RateLimited429 { retry_after: Some(9) }, "`max-wait` leaves 0 s"),
            (status(403, "The organization has an IP allow list enabled"), "IP allow list"),
            (status(200, "not an installation"), "can't sign in"),
            (Kind::Redirect { location: "https://evil.dev/x".to_owned() }, "answered 307"),
        ] {
            let github = github(WRITER);
            github.fault(Fault::new(Matcher::path(path), kind.clone()).times(usize::MAX));
            let run = step(&github, "apply").with("max-wait", "0s").run();
            assert_eq!((run.status, others(&run).len()), (Some(1), 0), "{kind:?}: {}", run.log);
            assert!(run.log.contains("::error title=Sign-in::the App can't sign in"), "{kind:?}: {}", run.log);
            assert!(run.log.contains(told) && !run.log.contains("carried out"), "{kind:?}: {}", run.log);
            assert_eq!((run.errors().len(), run.output("changed")), (1, "false"), "{kind:?}: {}", run.log);
            let sent = run.requests.iter().filter(|request| request.path.contains(path)).count();
            assert_eq!(sent, 1, "{kind:?}: {:?}", run.requests);
        }
    }
}

#[test]
fn an_app_that_sees_some_repositories_says_so_where_one_is_not_found() {
    let github = github(WRITER);
    github.limit_app_to("acme", &["web"]);
    let run = step(&github, "plan").run();
    assert_eq!(run.status, Some(1), "{}", run.log);
    assert!(
        run.log.contains(
            "or the App may not see it (selected by `maven`). The App is installed on some repositories of acme only"
        ),
        "{}",
        run.log
    );
    github.limit_app_to("acme", &["api"]);
    assert_eq!(step(&github, "plan").run().status, Some(0));
}

#[test]
fn an_enterprise_server_has_the_app_below_its_base_path_and_its_pages_beside_it() {
    let options = Options { base_path: "/api/v3".into(), ghes: true, ..Options::default() };
    let enterprise = with(options, WRITER);
    let run = step(&enterprise, "apply").run();
    assert_eq!((run.status, run.output("create-count")), (Some(0), "2"), "{}", run.log);
    enterprise.suspend_app("acme", true);
    let run = step(&enterprise, "list").run();
    let host = enterprise.url().trim_end_matches("/api/v3").to_owned();
    assert!(run.log.contains(&format!("{host}/organizations/acme/settings/installations/7001")), "{}", run.log);
}

/// An owner takes the App away in the middle of a run.
#[test]
fn an_app_that_is_uninstalled_meanwhile_is_told_and_nothing_more_is_written() {
    let github = github(WRITER);
    github.set_token_lifetime(Duration::from_secs(2));
    github.fault(Fault::new(Matcher::path("/public-key"), Kind::Slow(Duration::from_millis(1_500))));
    let running = step(&github, "apply").start();
    after_request(&github, "GET", "/public-key");
    github.uninstall_app("acme");
    let run = running.wait();
    assert_eq!((run.status, run.output("changed")), (Some(1), "false"), "{}", run.log);
    assert!(run.log.contains("is not installed on the organization acme"), "{}", run.log);
    assert_eq!(run.writes().iter().filter(|write| write.contains("/orgs/")).count(), 0, "{:?}", run.writes());
}

/// An owner suspends the App in the middle of a run.
#[test]
fn an_app_that_is_suspended_meanwhile_ends_the_writing() {
    let github = github(WRITER);
    github.fault(Fault::new(Matcher::path("/public-key"), Kind::Slow(Duration::from_millis(500))));
    let running = step(&github, "apply").start();
    after_request(&github, "GET", "/public-key");
    github.suspend_app("acme", true);
    let run = running.that_can_not_revoke().wait();
    assert_eq!((run.status, run.output("changed")), (Some(1), "false"), "{}", run.log);
    assert!(run.log.contains("This installation has been suspended"), "{}", run.log);
    assert!(run.log.contains("GitHub refuses every write of this App, as the first failure says"), "{}", run.log);
    assert_eq!(run.writes().iter().filter(|write| write.contains("/orgs/")).count(), 1, "{:?}", run.writes());
}

/// Whatever becomes of each request in turn: the harness sees to it that no token stays alive.
#[test]
fn the_token_is_revoked_whatever_becomes_of_a_request() {
    let kinds = [
        Kind::DropAfter,
        Kind::Status { status: 401, body: json!({"message": "Bad credentials"}), headers: Vec::new() },
        Kind::Status { status: 404, body: json!({"message": "Not Found"}), headers: Vec::new() },
    ];
    for number in 0..8 {
        for kind in &kinds {
            let github = github(WRITER);
            github.fault(Fault::new(Matcher::any(), kind.clone()).skip(number));
            let run = step(&github, "apply").run();
            assert!(matches!(run.status, Some(0 | 1)), "{number} {kind:?}: {}", run.log);
            let is_done = github.configurations().len() == 2;
            assert!(is_done || run.status == Some(1), "{number} {kind:?}: {}", run.log);
        }
    }
}
