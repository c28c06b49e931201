//! The faults that can occur between a run and GitHub.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fake_github::Kind;

/// Returns the faults, each with how often it occurs and whether a run recovers from it.
pub(crate) fn faults(elsewhere: &str) -> Vec<(&'static str, Kind, usize, bool)> {
    let error = |status, message: &str| Kind::refusal(status, message);
    let to = format!("http://{elsewhere}/orgs/acme/private-registries");
    vec![
        ("dropped before", Kind::DropBefore, 1, true),
        ("dropped before, twice", Kind::DropBefore, 2, true),
        ("dropped after", Kind::DropAfter, 1, true),
        ("dropped after, twice", Kind::DropAfter, 2, true),
        ("truncated", Kind::Truncated, 1, true),
        ("a proxy's 502", Kind::Html { status: 502 }, 1, true),
        ("a proxy's 502 after", Kind::HtmlAfter { status: 502 }, 1, true),
        ("500 twice", error(500, "Server Error"), 2, true),
        ("503", error(503, "Unavailable"), 1, true),
        ("600", error(600, "Beyond HTTP"), 1, true),
        ("429", Kind::RateLimited429 { retry_after: Some(1) }, 1, true),
        ("a secondary limit", Kind::Secondary403 { retry_after: Some(1) }, 1, true),
        ("the primary limit", Kind::PrimaryExhausted { reset_in_secs: 1 }, 1, true),
        ("slow", Kind::Slow(Duration::from_millis(300)), 1, true),
        ("key rotated", Kind::RotateKeyFirst, 1, true),
        ("wrong content type", Kind::WrongContentType, 1, true),
        ("next link elsewhere", Kind::NextLinkElsewhere { url: to.clone() }, 1, true),
        ("empty", Kind::Empty { status: 200 }, 1, true),
        ("huge body", Kind::HugeBody { bytes: 9 << 20 }, 1, true),
        ("one-byte chunks", Kind::OneByteChunks, 1, true),
        ("huge headers", Kind::HugeHeaders, 1, true),
        ("redirected elsewhere", Kind::Redirect { location: to }, 1, false),
        ("forbidden", error(403, "Resource not accessible by integration"), 1, false),
        ("unauthorized", error(401, "Bad credentials"), 1, false),
    ]
}

/// Returns the faults that outlast all attempts of a request.
pub(crate) fn lasting() -> Vec<(&'static str, Kind, usize, bool)> {
    let error = Kind::refusal(500, "Server Error");
    vec![
        ("500 for ever", error, usize::MAX, false),
        ("a proxy's 502 for ever", Kind::Html { status: 502 }, usize::MAX, false),
        ("dropped before for ever", Kind::DropBefore, usize::MAX, false),
    ]
}

/// Runs the cases concurrently, as they mostly wait, and reports all that fail.
pub(crate) fn all<T: Sync>(cases: &[T], name: impl Fn(&T) -> String + Sync, check: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    let failed: Mutex<Vec<String>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if catch_unwind(AssertUnwindSafe(|| check(case))).is_err() {
                        failed.lock().unwrap().push(name(case));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{} of {} failed: {}", failed.len(), cases.len(), failed.join(", "));
}
