//! Rate limits: the program waits as GitHub asks, announces each wait, and never exceeds `max-wait`.

use std::time::{Duration, Instant};

use fake_github::{Fault, Kind, Matcher, Options};

use super::{assert_converges, assert_true};
use crate::harness::Run;
use crate::world::state;
use crate::world::writes::{apply, is_converged, organization};

fn announced(run: &Run) -> Vec<&str> {
    run.log.lines().filter(|line| line.starts_with("::notice title=Waiting::waiting ")).collect()
}

#[test]
fn a_wait_beyond_max_wait_is_refused_at_once_and_the_rest_is_skipped() {
    let limits = [
        Kind::RateLimited429 { retry_after: Some(60) },
        Kind::Secondary403 { retry_after: Some(60) },
        Kind::Secondary403 { retry_after: None },
        Kind::PrimaryExhausted { reset_in_secs: 600 },
    ];
    for kind in limits {
        let github = organization(Options::default());
        let before = state(&github);
        github.fault(Fault::new(Matcher::method("PATCH"), kind.clone()).times(usize::MAX));
        let began = Instant::now();
        let run = apply(&github).with("max-wait", "5s").run();
        assert!(began.elapsed() < Duration::from_secs(4), "{kind:?} was waited for");
        assert_true(&run, &before, &state(&github));
        let statuses = ["maven", "npm", "git", "PYTHON_INDEX_SECRET"].map(|title| run.status_of(title));
        assert_eq!(statuses, ["applied", "failed", "skipped", "skipped"], "{}", run.log);
        assert_eq!(run.writes().len(), 2, "{:?}", run.writes());
        assert!(run.log.contains("`max-wait` leaves 5 s") && announced(&run).is_empty(), "{}", run.log);
        for said in ["npm", "max-wait", "skipped"] {
            assert!(run.summary.contains(said), "the summary says nothing of {said}:\n{}", run.summary);
        }
        assert_converges(&github, &run);
    }
}

#[test]
fn the_sum_of_waits_is_bounded_and_each_is_announced() {
    let github = organization(Options::default());
    let limit = Kind::RateLimited429 { retry_after: Some(1) };
    github.fault(Fault::new(Matcher::method("POST"), limit).times(usize::MAX));
    let run = apply(&github).with("max-wait", "2s").run();
    assert_eq!(run.status_of("maven"), "failed", "{}", run.log);
    let waits = announced(&run);
    assert_eq!(waits.len(), 2, "{}", run.log);
    assert!(waits.iter().all(|wait| wait.contains("waiting 1.0 s before POST") && wait.contains("retry-after")));
    assert_eq!(run.writes().len(), 3, "{:?}", run.writes());
}

#[test]
fn a_limit_before_the_first_write_ends_the_run() {
    for on in [Matcher::path("/private-registries"), Matcher::path("/public-key"), Matcher::path("/repos/")] {
        let github = organization(Options::default());
        let before = state(&github);
        github.fault(Fault::new(on, Kind::PrimaryExhausted { reset_in_secs: 3_600 }).times(usize::MAX));
        let run = apply(&github).run();
        assert_eq!((run.status, run.writes().len()), (Some(1), 0), "{}", run.log);
        assert_eq!(state(&github), before);
        assert_true(&run, &before, &before);
        assert!(run.log.contains("::error title=Rate limit::"), "{}", run.log);
    }
}

#[test]
fn every_wait_of_a_run_that_succeeds_is_announced() {
    let github = organization(Options::default());
    github.fault(Fault::new(Matcher::method("GET"), Kind::Secondary403 { retry_after: Some(1) }));
    github.fault(Fault::new(Matcher::method("POST"), Kind::PrimaryExhausted { reset_in_secs: 0 }));
    github.fault(Fault::new(Matcher::method("PATCH"), Kind::DropBefore));
    let run = apply(&github).run();
    assert_eq!((run.status, announced(&run).len()), (Some(0), 3), "{}", run.log);
    assert!(is_converged(&state(&github)));
}
