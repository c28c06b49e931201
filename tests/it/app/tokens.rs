//! The lifetime of an App's tokens, and that all of them are revoked.

use std::time::{Duration, Instant};

use fake_github::{Fault, Kind, Matcher, json};

use crate::harness::Run;
use crate::world::app::{MANIFEST, READER, WRITER, after_request, github, revocations, step};

#[test]
fn a_token_is_renewed_in_a_long_run_and_all_are_revoked() {
    let github = github(WRITER);
    // Tokens are renewed after half of their lifetime, and are still alive when the run ends.
    github.set_token_lifetime(Duration::from_secs(10));
    let run = step(&github, "apply").manifest(&long()).run();
    assert_eq!((run.status, run.output("create-count")), (Some(0), "16"), "{}", run.log);
    let issued = github.issued_tokens();
    assert!(issued.len() >= 2 && issued.iter().all(|token| token.is_revoked), "{issued:#?}");
    assert!(issued.iter().all(|token| token.permissions.len() == 2), "{issued:#?}");
    assert!(run.requests.iter().all(|request| request.status != Some(401)), "{:#?}", run.requests);
    // The installation is looked up only once.
    let found = run.requests.iter().filter(|request| request.path.ends_with("/installation")).count();
    assert_eq!(found, 1);
}

/// Returns a manifest whose apply takes six seconds, since the first ten writes are sent back to back.
fn long() -> String {
    let other =
        |n| format!("  n{n}: {{type: nuget-feed, url: 'https://n{n}.acme.dev', token: '${{NPM}}', visibility: all}}\n");
    MANIFEST.to_owned() + &(0..14).map(other).collect::<String>()
}

/// A token is renewed well before it expires.
#[test]
fn a_renewal_that_fails_temporarily_does_not_end_the_run() {
    let github = github(WRITER);
    github.set_token_lifetime(Duration::from_secs(10));
    let trouble = Fault::new(Matcher::path("/access_tokens"), Kind::Html { status: 502 });
    github.fault(trouble.skip(1).times(usize::MAX));
    let run = step(&github, "apply").manifest(&long()).with("max-wait", "0s").run();
    assert_eq!((run.status, run.output("create-count")), (Some(0), "16"), "{}", run.log);
    // The renewal is not tried again with every request.
    let tried = run.requests.iter().filter(|request| request.path.ends_with("/access_tokens")).count();
    assert_eq!((tried, github.issued_tokens().len()), (2, 1));
}

/// An owner removes a permission during the run; the report describes the new state.
#[test]
fn a_renewal_that_is_refused_reports_what_has_changed() {
    let github = github(WRITER);
    github.set_token_lifetime(Duration::from_secs(4));
    let running = step(&github, "apply").manifest(&long()).start();
    after_request(&github, "POST", "/private-registries");
    github.set_app_permissions("acme", READER);
    let run = running.wait();
    let created: usize = run.output("create-count").parse().expect("a number");
    assert!(run.status == Some(1) && (1..16).contains(&created), "{}", run.log);
    assert!(run.log.contains("installation on acme has only \"Read-only\""), "{}", run.log);
    assert!(!run.log.contains("it may have been carried out"), "{}", run.log);
}

#[test]
fn a_token_that_stops_working_early_is_replaced_once() {
    let github = github(WRITER);
    github.fault(Fault::new(Matcher::path("/public-key"), Kind::Slow(Duration::from_secs(6))));
    let refusal = Kind::refusal(401, "Bad credentials");
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
        github.fault(Fault::new(matcher, Kind::answer(422, body)));
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
        for (signal, status) in [("TERM", 143), ("INT", 130), ("HUP", 129), ("QUIT", 131)] {
            let github = github(WRITER);
            github.fault(Fault::new(Matcher::method(method).and_path(path), kind.clone()));
            let running = step(&github, "apply").start();
            after_request(&github, method, path);
            let began = Instant::now();
            running.signal(signal);
            let run = running.wait();
            assert!(began.elapsed() < Duration::from_secs(3), "{:?}: {}", began.elapsed(), run.log);
            // Even a run stopped at the very end, when it has done everything, reports the signal.
            assert_eq!(run.status, Some(status), "{method} {path}: {}", run.log);
            assert!(!run.output("result").is_empty() && run.summary.contains(signal), "{}", run.summary);
        }
    }
}

/// A revocation that hangs does not delay a run for long, not even one that is being stopped.
#[test]
fn a_revocation_that_fails_is_warned_about_and_changes_no_exit_status() {
    let status = |status| Kind::refusal(status, "Hm");
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

/// Reports whether the log and the summary warn of tokens whose answers were lost.
fn warns_of_lost(run: &Run, tokens: &str) -> bool {
    let told = format!("GitHub may have issued {tokens} that can't be revoked");
    let warned = run.log.lines().any(|line| line.starts_with("::warning title=Sign-in::") && line.contains(&told));
    assert_eq!(warned, run.summary.contains(&told), "{}\n{}", run.log, run.summary);
    warned
}

/// A token that arrives in time is revoked; one that does not is reported.
#[test]
fn a_token_issued_after_the_signal_is_revoked_or_reported() {
    for (delay, operation, is_seen) in [(5, "apply", true), (5, "list", true), (20, "apply", false)] {
        for (signal, status) in [("TERM", 143), ("INT", 130)] {
            let github = github(WRITER);
            let slow = Kind::Slow(Duration::from_secs(delay));
            github.fault(Fault::new(Matcher::path("/access_tokens"), slow));
            let running = step(&github, operation).start();
            after_request(&github, "POST", "/access_tokens");
            let began = Instant::now();
            running.signal(signal);
            let running = if is_seen { running } else { running.that_can_not_revoke() };
            let run = running.wait();
            assert!(began.elapsed() < Duration::from_secs(7), "{:?}: {}", began.elapsed(), run.log);
            assert_eq!((run.status, github.issued_tokens().len()), (Some(status), 1), "{}", run.log);
            assert_eq!((revocations(&run) == 1, !warns_of_lost(&run, "a token")), (is_seen, is_seen), "{}", run.log);
        }
    }
}

#[test]
fn tokens_in_lost_answers_are_reported_and_the_others_revoked() {
    let trouble = || Kind::Status { status: 500, body: json!({"message": "Hm"}), headers: Vec::new() };
    let unusable = Kind::Status { status: 201, body: json!({"token": "a b"}), headers: Vec::new() };
    let refused = Kind::Status { status: 403, body: json!({"message": "No"}), headers: Vec::new() };
    for (kind, times, told, status) in [
        (Kind::DropAfter, 1, "a token", 0),
        (Kind::DropAfter, 2, "tokens", 0),
        (Kind::DropBefore, 1, "a token", 0),
        (Kind::HtmlAfter { status: 502 }, 1, "a token", 0),
        (Kind::Truncated, 1, "a token", 0),
        (Kind::Empty { status: 201 }, 1, "a token", 0),
        (trouble(), usize::MAX, "tokens", 1),
        (unusable, 1, "a token", 1),
        (refused, 1, "", 1),
        (Kind::RateLimited429 { retry_after: Some(1) }, 1, "", 0),
    ] {
        let github = github(READER);
        github.fault(Fault::new(Matcher::path("/access_tokens"), kind.clone()).times(times));
        let run = step(&github, "plan").run();
        assert_eq!(run.status, Some(status), "{kind:?}: {}", run.log);
        assert_eq!(warns_of_lost(&run, told), !told.is_empty(), "{kind:?}: {}", run.log);
        assert_eq!(run.log.contains("that can't be revoked"), !told.is_empty(), "{kind:?}: {}", run.log);
        assert_eq!(revocations(&run), usize::from(status == 0), "{kind:?}: {}", run.log);
    }
}

/// GitHub's clocks need not agree: a token that has expired on arrival is still used, and revoked.
#[test]
fn a_token_with_an_impossible_lifetime_is_used_revoked_and_reported() {
    for seconds in [-3_600, 0, 1] {
        let github = github(WRITER);
        github.tell_token_lifetime(seconds);
        let run = step(&github, "apply").run();
        assert_eq!((run.status, run.output("create-count")), (Some(0), "2"), "{}", run.log);
        assert_eq!((github.issued_tokens().len(), revocations(&run)), (1, 1), "{}", run.log);
        assert!(run.log.contains("one of its clocks must be wrong"), "{}", run.log);
    }
    // Tokens with a short lifetime are renewed, and each is revoked, expired or not.
    let github = github(WRITER);
    github.tell_token_lifetime(3);
    let run = step(&github, "apply").manifest(&long()).run();
    let issued = github.issued_tokens();
    assert!((2..=6).contains(&issued.len()) && issued.iter().all(|token| token.is_revoked), "{issued:#?}");
    assert!(run.status == Some(0) && !run.log.contains("must be wrong"), "{}", run.log);
}

/// Each request fails in turn; the harness checks that no token stays alive.
#[test]
fn the_token_is_revoked_whichever_request_fails() {
    let kinds = [Kind::DropAfter, Kind::refusal(401, "Bad credentials"), Kind::refusal(404, "Not Found")];
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
