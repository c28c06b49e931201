//! Reasons why an App can't sign in, permanent or temporary.

use std::time::Duration;

use fake_github::{APP_CLIENT_ID, FakeGitHub, Fault, Kind, Matcher, Options, PermissionRequest, keys};

use crate::world::app::{READER, WRITER, after_request, asked, github, others, revocations, step, with};

#[test]
fn each_reason_has_its_own_message_and_page() {
    type Setting<'a> = (&'a str, Box<dyn Fn() -> FakeGitHub>, &'a str, &'a str, &'a str);
    let options = |permission_request| Options { permission_request, ..Options::default() };
    let clock = |seconds| {
        move || {
            let github = github(WRITER);
            github.set_clock_ahead(seconds);
            github
        }
    };
    let app = "/github-apps/APP/installations/new";
    let installation = "/organizations/acme/settings/installations/7001";
    let inherit = "`app-permissions: inherit`";
    let cases: Vec<Setting<'_>> = vec![
        (
            "apply",
            Box::new(FakeGitHub::start),
            "is not installed on the organization acme",
            app,
            "an owner of acme can install it",
        ),
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
            "must accept the new",
        ),
        (
            "apply",
            Box::new(|| github(READER)),
            "\"Organization private registries: Read and write\", and the App's installation on acme has only \
             \"Read-only\"",
            installation,
            installation,
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
            "refuses a token with only the permission organization_private_registries (Invalid request.",
            inherit,
            "does not document",
        ),
        (
            "apply",
            Box::new(move || with(options(PermissionRequest::Unknown), WRITER)),
            "The permissions requested are not granted to this installation.), although the App's installation on acme has it",
            inherit,
            installation,
        ),
        (
            "apply",
            Box::new(move || with(options(PermissionRequest::LeftOut), WRITER)),
            "GitHub returned a token without the permission when the App requested organization_private_registries=write",
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
        // A request that is known to be refused is not sent.
        let is_known = message.contains("installation on acme") && !message.contains("although");
        assert!(!is_known || asked(&run).is_empty(), "{:?}", run.requests);
    }
}

#[test]
fn a_key_or_a_client_id_of_another_app_is_reported() {
    for (id, key, message) in [
        (APP_CLIENT_ID, keys::OTHER, "`app-private-key` is not a key of the App with this `app-client-id`"),
        (
            "Iv23liSomeOtherApp",
            keys::APP,
            "GitHub does not know an App with this `app-client-id` (Integration not found)",
        ),
        ("123", keys::APP, "GitHub does not know an App with this `app-client-id`"),
    ] {
        let github = github(WRITER);
        let run = step(&github, "list").with("app-client-id", id).secret_input("app-private-key", key).run();
        assert_eq!((run.status, run.requests.len()), (Some(1), 1), "{}", run.log);
        assert!(run.log.contains(message) && !run.log.contains("/settings/apps"), "{}", run.log);
        assert!(run.log.contains("in the settings of its owner"), "{}", run.log);
        assert!(run.log.contains("request id: FA4E:"), "{}", run.log);
    }
}

/// A new token, and its permissions, may not be known to all of GitHub's servers immediately.
#[test]
fn a_new_token_is_tried_again_after_a_refusal() {
    for (status, message) in [(401, "Bad credentials"), (403, "Resource not accessible by integration")] {
        let github = github(WRITER);
        let refusal = Kind::refusal(status, message);
        github.fault(Fault::new(Matcher::path("/private-registries"), refusal).times(2));
        let run = step(&github, "apply").run();
        assert_eq!((run.status, run.output("create-count")), (Some(0), "2"), "{}", run.log);
        assert!(run.log.contains("GitHub may not know the new token yet"), "{}", run.log);
        assert_eq!(github.issued_tokens().len(), 1);
    }
}

/// A token that the client never received can't be revoked, but asking again does no harm.
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
fn a_permanent_sign_in_failure_is_reported_once() {
    let status = |status, message: &str| Kind::refusal(status, message);
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

/// An owner uninstalls the App during the run.
#[test]
fn an_app_uninstalled_during_the_run_is_reported_and_nothing_more_is_written() {
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

/// An owner suspends the App during the run.
#[test]
fn an_app_suspended_during_the_run_stops_further_writes() {
    let github = github(WRITER);
    github.fault(Fault::new(Matcher::path("/public-key"), Kind::Slow(Duration::from_millis(500))));
    let running = step(&github, "apply").start();
    after_request(&github, "GET", "/public-key");
    github.suspend_app("acme", true);
    let run = running.that_can_not_revoke().wait();
    assert_eq!((run.status, run.output("changed")), (Some(1), "false"), "{}", run.log);
    assert!(run.log.contains("This installation has been suspended"), "{}", run.log);
    assert!(run.log.contains("GitHub refuses every write by this App; see the first failure"), "{}", run.log);
    assert_eq!(run.writes().iter().filter(|write| write.contains("/orgs/")).count(), 1, "{:?}", run.writes());
}
