//! Signals: requests under way are completed, nothing more is sent, and everything is reported in time.

use std::time::{Duration, Instant};

use fake_github::{FakeGitHub, Fault, Kind, Matcher, Options, SameUrl};

use super::{assert_converges, is_half_replaced};
use crate::harness::{Run, Running};
use crate::world::state;
use crate::world::writes::{MANIFEST, apply, of, organization};

/// How long after SIGINT the runner kills a step.
const KILLED: Duration = Duration::from_millis(7_500);

/// Waits until GitHub has received `count` requests with a method.
fn after_requests(github: &FakeGitHub, method: &str, count: usize) {
    let began = Instant::now();
    while github.requests().iter().filter(|request| request.method == method).count() < count {
        assert!(began.elapsed() < Duration::from_secs(20), "{method} was not sent {count} times");
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(100));
}

/// Sends the signal, waits for the end, and expects it within this time.
fn stop(running: Running<'_>, signal: &str, within: Duration) -> Run {
    let began = Instant::now();
    running.signal(signal);
    let run = running.wait();
    assert!(began.elapsed() < within, "it took {:?} to stop\n{}", began.elapsed(), run.log);
    let status = match signal {
        "HUP" => 129,
        "INT" => 130,
        "QUIT" => 131,
        _ => 143,
    };
    assert_eq!(run.status, Some(status), "{}", run.log);
    assert!(run.log.contains(&format!("stopped by SIG{signal}")), "{}", run.log);
    assert!(run.summary.contains(&format!("stopped by SIG{signal}")), "{}", run.summary);
    assert!(!run.output("result").is_empty() && !run.output("changed").is_empty());
    run
}

fn statuses(run: &Run) -> [String; 4] {
    ["maven", "npm", "git", "PYTHON_INDEX_SECRET"].map(|title| run.status_of(title))
}

#[test]
fn a_write_under_way_is_completed_and_nothing_more_is_sent() {
    for signal in ["TERM", "INT", "HUP", "QUIT"] {
        let github = organization(Options::default());
        github.fault(Fault::new(Matcher::method("PATCH"), Kind::Slow(Duration::from_secs(1))));
        let running = apply(&github).start();
        after_requests(&github, "PATCH", 1);
        let run = stop(running, signal, Duration::from_secs(3));
        assert_eq!(statuses(&run), ["applied", "applied", "skipped", "skipped"], "{}", run.log);
        assert_eq!((run.writes().len(), run.output("changed")), (2, "true"));
        assert_eq!((run.output("create-count"), run.output("replace-count")), ("1", "0"));
        assert!(run.summary.contains("the run was stopped"), "{}", run.summary);
        assert_converges(&github, &run);
    }
}

#[test]
fn a_wait_ends_at_once() {
    let github = organization(Options::default());
    github.fault(Fault::new(Matcher::method("POST"), Kind::RateLimited429 { retry_after: Some(30) }));
    let before = state(&github);
    let running = apply(&github).start();
    after_requests(&github, "POST", 1);
    let run = stop(running, "TERM", Duration::from_secs(2));
    assert_eq!(statuses(&run), ["skipped"; 4], "{}", run.log);
    assert_eq!((run.output("changed"), state(&github)), ("false", before));
    assert_converges(&github, &run);
}

#[test]
fn a_get_ends_at_once() {
    for on in ["/private-registries", "/public-key", "/repos/"] {
        let github = organization(Options::default());
        github.fault(Fault::new(Matcher::path(on), Kind::Slow(Duration::from_secs(20))));
        let running = apply(&github).start();
        after_requests(&github, "GET", if on == "/private-registries" { 1 } else { 3 });
        let run = stop(running, "INT", Duration::from_secs(2));
        assert_eq!((run.writes().len(), run.output("changed")), (0, "false"), "{}", run.log);
        assert_converges(&github, &run);
    }
}

/// Half a replacement would leave two configurations for one entry, or none.
#[test]
fn a_replacement_under_way_is_finished() {
    for (same_url, method, number) in [(SameUrl::Accept, "POST", 2), (SameUrl::Refuse, "DELETE", 1)] {
        let github = organization(Options { same_url, ..Options::default() });
        let slow = Kind::Slow(Duration::from_secs(1));
        github.fault(Fault::new(Matcher::method(method), slow).skip(number - 1));
        let running = apply(&github).start();
        after_requests(&github, method, number);
        let run = stop(running, "TERM", Duration::from_secs(4));
        assert_eq!(statuses(&run), ["applied", "applied", "applied", "skipped"], "{}", run.log);
        assert_eq!(of(&state(&github), "git").len(), 1);
        assert_converges(&github, &run);
    }
}

/// The requests needed to finish it are sent too: the look for a lost creation, and the new key.
#[test]
fn a_replacement_under_way_is_finished_whatever_it_takes() {
    for trouble in [Kind::DropBefore, Kind::DropAfter, Kind::Html { status: 502 }, Kind::RotateKeyFirst] {
        let github = organization(Options { same_url: SameUrl::Refuse, ..Options::default() });
        github.fault(Fault::new(Matcher::method("DELETE"), Kind::Slow(Duration::from_millis(500))));
        // The POST before it was refused, and the one before that created another registry.
        github.fault(Fault::new(Matcher::method("POST"), trouble.clone()).skip(2));
        let running = apply(&github).start();
        after_requests(&github, "DELETE", 1);
        let run = stop(running, "TERM", KILLED);
        assert_eq!(statuses(&run), ["applied", "applied", "applied", "skipped"], "{trouble:?}: {}", run.log);
        assert_eq!(of(&state(&github), "git").len(), 1, "{trouble:?}: {}", run.log);
        assert_converges(&github, &run);
    }
}

/// The first ten writes are sent back to back, and the deletion of the replacement is the tenth.
#[test]
fn a_replacement_under_way_does_not_wait_for_its_turn() {
    let github = organization(Options { same_url: SameUrl::Refuse, ..Options::default() });
    github.fault(Fault::new(Matcher::method("DELETE"), Kind::Slow(Duration::from_millis(500))));
    let other =
        |n| format!("  n{n}: {{type: nuget-feed, url: 'https://n{n}.acme.dev', token: '${{NPM}}', visibility: all}}\n");
    let manifest = MANIFEST.to_owned() + &(0..6).map(other).collect::<String>();
    let running = apply(&github).manifest(&manifest).with("write-interval", "20s").start();
    after_requests(&github, "DELETE", 1);
    let run = stop(running, "TERM", Duration::from_secs(3));
    assert_eq!((run.status_of("git").as_str(), run.writes().len()), ("applied", 11), "{}", run.log);
}

#[test]
fn a_replacement_that_cannot_be_finished_in_time_says_what_is_left() {
    let github = organization(Options::default());
    github.fault(Fault::new(Matcher::method("POST"), Kind::Slow(Duration::from_secs(1))).skip(1));
    let limit = Kind::RateLimited429 { retry_after: Some(30) };
    github.fault(Fault::new(Matcher::method("DELETE"), limit).times(usize::MAX));
    let running = apply(&github).start();
    after_requests(&github, "POST", 2);
    let run = stop(running, "TERM", KILLED);
    assert_eq!(statuses(&run), ["applied", "applied", "failed", "skipped"], "{}", run.log);
    assert!(is_half_replaced(&run), "{}", run.log);
    // A rate-limited request is not sent again before its time.
    assert_eq!(run.writes().iter().filter(|write| write.starts_with("DELETE")).count(), 1, "{:?}", run.writes());
    assert_converges(&github, &run);
}

#[test]
fn a_write_that_hangs_is_abandoned_and_reported() {
    for (method, title) in [("POST", "maven"), ("PATCH", "npm")] {
        let github = organization(Options::default());
        github.fault(Fault::new(Matcher::method(method), Kind::Hang { carried_out: true }));
        let running = apply(&github).start();
        after_requests(&github, method, 1);
        let run = stop(running, "INT", Duration::from_secs(5));
        assert_eq!((run.status_of(title), run.output("changed")), ("failed".to_owned(), "true"), "{}", run.log);
        assert!(run.log.contains("it may have been carried out"), "{}", run.log);
        assert_converges(&github, &run);
    }
}

/// A write whose answer was lost is not reported as skipped.
#[test]
fn a_lost_write_is_reported_although_the_signal_came_later() {
    for (method, title) in [("POST", "maven"), ("PATCH", "npm"), ("DELETE", "PYTHON_INDEX_SECRET")] {
        let github = organization(Options::default());
        let skip = usize::from(method == "DELETE");
        github.fault(Fault::new(Matcher::method(method), Kind::DropAfter).skip(skip).times(3));
        let running = apply(&github).start();
        after_requests(&github, method, skip + 1);
        let run = stop(running, "TERM", Duration::from_secs(2));
        assert_eq!((run.status_of(title), run.output("changed")), ("failed".to_owned(), "true"), "{}", run.log);
        assert_converges(&github, &run);
    }
}

/// As `nohup` starts it: the terminal may go, and the run goes on.
#[test]
fn a_hang_up_that_is_to_be_ignored_ends_nothing() {
    let github = organization(Options::default());
    github.fault(Fault::new(Matcher::method("PATCH"), Kind::Slow(Duration::from_secs(1))));
    let running = apply(&github).started_by("nohup").start();
    after_requests(&github, "PATCH", 1);
    running.signal("HUP");
    let run = running.wait();
    assert_eq!(run.status, Some(0), "{}", run.log);
    assert_converges(&github, &run);
}
