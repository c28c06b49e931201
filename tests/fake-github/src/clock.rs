//! The two ways in which GitHub writes the time.

use chrono::{SecondsFormat, Utc};

/// Now as in `created_at`: RFC 3339, in UTC, to the second.
pub(crate) fn timestamp() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Seconds since the epoch `seconds` from now, as in `x-ratelimit-reset`.
pub(crate) fn epoch_in(seconds: u64) -> u64 {
    Utc::now().timestamp().unsigned_abs() + seconds
}
