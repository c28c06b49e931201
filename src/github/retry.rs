//! Decides whether a request is sent again, and after which delay. Pure: it does no waiting itself.

use std::time::Duration;

use chrono::DateTime;
use http::HeaderMap;

use super::error::{ApiError, Kind};
use crate::http::Unreachable;

/// The maximum number of attempts when a request fails.
const MAX_TRIES: u32 = 5;
/// The maximum number of rate limits that one request waits for.
const MAX_LIMITS: u32 = 20;
const FIRST_BACKOFF: Duration = Duration::from_millis(500);
/// The first wait for a rate limit that does not say how long it lasts; GitHub asks for at least a minute.
const UNTOLD_LIMIT: Duration = Duration::from_mins(1);
const LONGEST_UNTOLD_LIMIT: Duration = Duration::from_mins(15);

/// A wait before the same request is sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wait {
    pub(super) how_long: Duration,
    pub(super) reason: String,
}

/// The attempts of one request so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct History {
    pub(super) failures: u32,
    pub(super) limits: u32,
    /// How many attempts got no clear answer and may have been carried out.
    pub(super) losses: u32,
}

/// Returns the wait before a failed request is sent again, or `None` if it must not be sent again.
///
/// `now` is the server's time in seconds since the epoch; `jitter` is between 0 and 1.
pub(super) fn after_failure(
    may_be_repeated: bool,
    error: &ApiError,
    headers: Option<&HeaderMap>,
    history: &mut History,
    now: u64,
    jitter: f64,
) -> Option<Wait> {
    history.losses += u32::from(error.is_lost());
    match &error.kind {
        Kind::Refused(refusal) if refusal.is_rate_limit => {
            history.limits += 1;
            (history.limits <= MAX_LIMITS).then(|| limit_wait(headers, history.limits, now))
        }
        Kind::Refused(refusal) if !refusal.decides_nothing() => None,
        Kind::Stopped { .. }
        | Kind::WaitTooLong { .. }
        | Kind::Unsettled { .. }
        | Kind::Twice { .. }
        | Kind::Restless { .. }
        | Kind::NoAddress { .. }
        | Kind::SignIn(_)
        | Kind::Unreachable(Unreachable { barrier: Some(_), .. }) => None,
        // A creation that may have been carried out is never sent again from here; the caller checks the list first.
        _ if error.is_lost() && !may_be_repeated => None,
        _ => {
            history.failures += 1;
            (history.failures < MAX_TRIES).then(|| Wait {
                // A server error may also come with `retry-after`.
                how_long: backoff(history.failures, jitter).max(retry_after(headers, now).unwrap_or_default()),
                reason: match &error.kind {
                    Kind::Refused(refusal) => format!("{} answered {}", error.host, refusal.status.as_u16()),
                    Kind::Unreadable { detail, .. } => format!("{} answered, but {detail}", error.host),
                    _ => format!("{} did not answer", error.host),
                },
            })
        }
    }
}

/// Returns half a second, then 1, 2, 4 and so on, each up to 50% longer so that concurrent runs do not retry in step.
pub(super) fn backoff(failures: u32, jitter: f64) -> Duration {
    (FIRST_BACKOFF * 2_u32.saturating_pow(failures.saturating_sub(1).min(10))).mul_f64(1.0 + jitter / 2.0)
}

/// Returns the wait for a rate limit: `retry-after`, else until the reset if nothing remains, else a minute that
/// doubles each time.
fn limit_wait(headers: Option<&HeaderMap>, limits: u32, now: u64) -> Wait {
    let number = |name: &str| number(headers, name);
    let at_least_one = |seconds: u64| Duration::from_secs(seconds.max(1));
    if let Some(asked) = retry_after(headers, now) {
        let reason = "GitHub's rate limit asks for it with retry-after".to_owned();
        return Wait { how_long: asked.max(Duration::from_secs(1)), reason };
    }
    // If the limit persists after its reset has passed, the reset can't be relied on.
    if let (Some(0), Some(reset)) = (number("x-ratelimit-remaining"), number("x-ratelimit-reset"))
        && (reset >= now || limits == 1)
    {
        let reason = "GitHub's primary rate limit is used up until its reset".to_owned();
        return Wait { how_long: at_least_one(reset.saturating_sub(now).saturating_add(1)), reason };
    }
    let how_long = (UNTOLD_LIMIT * 2_u32.saturating_pow(limits.saturating_sub(1).min(10))).min(LONGEST_UNTOLD_LIMIT);
    Wait { how_long, reason: "GitHub's rate limit does not say how long to wait".to_owned() }
}

/// Parses `retry-after`, which holds seconds or the date when the wait ends.
fn retry_after(headers: Option<&HeaderMap>, now: u64) -> Option<Duration> {
    let until = || date(headers, "retry-after").map(|at| at.saturating_sub(now));
    number(headers, "retry-after").or_else(until).map(Duration::from_secs)
}

fn number(headers: Option<&HeaderMap>, name: &str) -> Option<u64> {
    text(headers, name)?.parse().ok()
}

/// Parses a header that holds a date, into seconds since the epoch.
pub(super) fn date(headers: Option<&HeaderMap>, name: &str) -> Option<u64> {
    u64::try_from(DateTime::parse_from_rfc2822(text(headers, name)?).ok()?.timestamp()).ok()
}

fn text<'a>(headers: Option<&'a HeaderMap>, name: &str) -> Option<&'a str> {
    headers?.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue, Method, StatusCode};

    use super::*;
    use crate::github::{Asker, Refusal};
    use crate::http::Barrier;

    fn error(kind: Kind) -> ApiError {
        ApiError {
            method: Method::PUT,
            path: "/".into(),
            host: "h".into(),
            base_path: String::new(),
            asker: Asker::Token,
            kind,
            lost_before: false,
        }
    }

    fn answer(status: u16, headers: &[(&'static str, &'static str)]) -> (ApiError, HeaderMap) {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        let status = StatusCode::from_u16(status).unwrap();
        (error(Kind::Refused(Refusal::read(status, &headers, b"{}", str::to_owned))), headers)
    }

    fn seconds(method: &Method, (error, headers): &(ApiError, HeaderMap), history: &mut History) -> Option<f64> {
        after_failure(method != Method::POST, error, Some(headers), history, 1_000, 0.0)
            .map(|wait| wait.how_long.as_secs_f64())
    }

    #[test]
    fn only_a_post_whose_fate_is_unknown_is_never_sent_again() {
        let lost = || error(Kind::Unreachable(Unreachable { detail: "reset".into(), sent: true, barrier: None }));
        let refused = || error(Kind::Unreachable(Unreachable { detail: "refused".into(), sent: false, barrier: None }));
        let barred = || {
            let barrier = Some(Barrier::Untrusted);
            error(Kind::Unreachable(Unreachable { detail: "unknown".into(), sent: false, barrier }))
        };
        let again = |method, error: &ApiError| {
            after_failure(method != Method::POST, error, None, &mut History::default(), 0, 0.0).is_some()
        };
        assert!(again(Method::GET, &lost()) && again(Method::PATCH, &lost()) && again(Method::DELETE, &lost()));
        assert!(!again(Method::GET, &barred()) && !again(Method::POST, &barred()));
        assert!(!again(Method::POST, &lost()) && again(Method::POST, &refused()));
        for status in [500, 502, 599, 600, 999] {
            let error = answer(status, &[]).0;
            assert!(error.is_lost(), "{status}");
            assert!(!again(Method::POST, &error) && again(Method::GET, &error), "{status}");
        }
        for status in [400, 401, 403, 404, 409, 422, 301] {
            assert!(!again(Method::GET, &answer(status, &[]).0), "{status}");
        }
    }

    #[test]
    fn backoff_doubles_and_ends() {
        let mut history = History::default();
        let waits: Vec<_> = std::iter::from_fn(|| seconds(&Method::GET, &answer(500, &[]), &mut history)).collect();
        assert_eq!(waits, [0.5, 1.0, 2.0, 4.0]);
        assert_eq!(backoff(1, 1.0), Duration::from_millis(750));
    }

    #[test]
    fn limits_are_waited_for_as_github_asks_and_for_a_post_too() {
        let wait = |status, headers: &[_]| seconds(&Method::POST, &answer(status, headers), &mut History::default());
        assert_eq!(wait(429, &[("retry-after", "7")]), Some(7.0));
        assert_eq!(wait(429, &[("retry-after", "Thu, 01 Jan 1970 00:17:20 GMT")]), Some(40.0));
        assert_eq!(wait(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1090")]), Some(91.0));
        assert_eq!(wait(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "5")]), Some(1.0));
        assert_eq!(wait(429, &[]), Some(60.0));
        let mut history = History::default();
        let over = answer(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "5")]);
        let waits: Vec<_> = (0..3).map(|_| seconds(&Method::POST, &over, &mut history)).collect();
        assert_eq!(waits, [Some(1.0), Some(120.0), Some(240.0)]);
        let mut history = History { limits: 2, ..History::default() };
        assert_eq!(seconds(&Method::GET, &answer(429, &[]), &mut history), Some(240.0));
    }
}
