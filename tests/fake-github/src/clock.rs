//! The formats in which GitHub writes the time.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::options::Stamps;

/// Returns the current time in the format of `created_at`: RFC 3339, in UTC, to the second.
pub(crate) fn timestamp() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Returns the current time as a server gives it whose clock may be wrong.
pub(crate) fn stamp(stamps: Stamps) -> String {
    match stamps {
        Stamps::True => timestamp(),
        Stamps::Constant => "2011-01-26T19:01:12Z".to_owned(),
        Stamps::Ahead(seconds) => rfc3339(epoch_ahead(seconds)),
    }
}

/// Returns the time `seconds` from now, in seconds since the epoch, as in `x-ratelimit-reset`.
pub(crate) fn epoch_in(seconds: u64) -> u64 {
    Utc::now().timestamp().unsigned_abs() + seconds
}

/// Returns the seconds since the epoch on a clock that is `ahead` seconds ahead of the local one.
pub(crate) fn epoch_ahead(ahead: i64) -> i64 {
    Utc::now().timestamp() + ahead
}

/// Formats a time as in the header `date`.
pub(crate) fn http_date(epoch: i64) -> String {
    moment(epoch).format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Formats a time as in `expires_at`.
pub(crate) fn rfc3339(epoch: i64) -> String {
    moment(epoch).to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn moment(epoch: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(epoch, 0).expect("a moment that a test can mean")
}
