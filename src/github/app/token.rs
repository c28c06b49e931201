//! An installation's token and its lifetime.

use std::time::Duration;

use chrono::DateTime;
use http::HeaderValue;
use secrecy::SecretString;
use serde_json::Value;
use tokio::time::Instant;

use super::installation::Installation;

/// How long before its end a token is renewed, because a request may wait, and be sent again.
const EARLIEST_RENEWAL: Duration = Duration::from_mins(5);
/// The lifetime of a token whose answer does not state it.
const USUAL_LIFETIME: Duration = Duration::from_hours(1);
/// A shorter lifetime is not credible: one of GitHub's clocks must be wrong.
const SHORTEST_LIFETIME: Duration = Duration::from_secs(2);
/// How long it may take until all of GitHub knows a new token and its permissions:
/// <https://github.com/octokit/auth-app.js/issues/65>, <https://github.com/octokit/auth-app.js/issues/589>
const SPREADING: Duration = Duration::from_secs(5);

/// An installation's token.
#[derive(Clone, Debug)]
pub(super) struct InstallationToken {
    pub(super) text: SecretString,
    /// The `Authorization` header that holds it.
    pub(super) authorization: HeaderValue,
    issued: Instant,
    lifetime: Duration,
    /// Whether GitHub gave so short a lifetime that the usual one is assumed instead.
    pub(super) ends_too_soon: bool,
    /// The permissions that it has.
    pub(super) granted: Installation,
}

impl InstallationToken {
    /// Parses the answer to a token request. `date` is the time of the answer by GitHub's clock, in seconds since the
    /// epoch, and `now` is the same moment here, so a wrong local clock does not matter.
    ///
    /// # Errors
    /// What is wrong with the answer, phrased to follow "it has".
    pub(super) fn from_json(json: &Value, date: u64, now: Instant) -> Result<Self, String> {
        let text = json.get("token").and_then(Value::as_str).ok_or("no `token`")?;
        let expires = json.get("expires_at").and_then(Value::as_str).and_then(seconds);
        let told = expires.map(|expires| Duration::from_secs(expires.saturating_sub(date)));
        let ends_too_soon = told.is_some_and(|told| told < SHORTEST_LIFETIME);
        let lifetime = told.filter(|_| !ends_too_soon).unwrap_or(USUAL_LIFETIME);
        let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        let authorization = HeaderValue::from_str(&format!("Bearer {text}")).ok().filter(|_| is_plain);
        let mut authorization = authorization.ok_or("a `token` with a character that a header can't hold")?;
        authorization.set_sensitive(true);
        let granted = Installation::of_fields(json);
        Ok(Self { text: text.into(), authorization, issued: now, lifetime, ends_too_soon, granted })
    }

    /// Returns whether it is time to renew it.
    pub(super) fn is_old(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.issued) >= renewal(self.lifetime)
    }

    /// Reports whether it has expired.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.issued) > self.lifetime
    }

    /// Returns whether it is so new that a 401 or 403 may only mean that it is not known everywhere yet.
    pub(super) fn is_new(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.issued) < SPREADING
    }
}

/// Returns how long after its issue a token is renewed.
fn renewal(lifetime: Duration) -> Duration {
    lifetime.saturating_sub(EARLIEST_RENEWAL.min(lifetime / 2))
}

/// Parses a timestamp into seconds since the epoch.
fn seconds(timestamp: &str) -> Option<u64> {
    u64::try_from(DateTime::parse_from_rfc3339(timestamp).ok()?.timestamp()).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::ExposeSecret as _;
    use serde_json::json;

    use super::*;

    fn after(token: &InstallationToken, seconds: u64) -> Instant {
        token.issued + Duration::from_secs(seconds)
    }

    #[test]
    fn a_token_is_renewed_five_minutes_before_its_end_whatever_the_clock_here_says() {
        let json = json!({"token": "ghs_16C7e42F292c6912E7710c838347Ae178B4a", "expires_at": "1970-01-12T14:46:40Z"});
        let token = InstallationToken::from_json(&json, 1_000_000, Instant::now()).unwrap();
        assert_eq!(token.lifetime, Duration::from_hours(1));
        assert!(!token.is_old(after(&token, 3_299)) && token.is_old(after(&token, 3_300)));
        assert!(!token.is_over(after(&token, 3_600)) && token.is_over(after(&token, 3_601)));
        assert!(token.is_new(after(&token, 4)) && !token.is_new(after(&token, 5)));
    }

    #[test]
    fn a_token_without_an_end_lives_an_hour() {
        for expires in [json!(null), json!("soon"), json!(7)] {
            let json = json!({"token": "ghs_x", "expires_at": expires});
            assert_eq!(InstallationToken::from_json(&json, 0, Instant::now()).unwrap().lifetime, USUAL_LIFETIME);
        }
    }

    #[test]
    fn an_end_that_can_not_be_meant_is_not_believed() {
        // 1,000,000 is 1970-01-12T13:46:40Z.
        for (expires, seconds, ends_too_soon) in [
            ("1970-01-12T12:46:40Z", 3_600, true),
            ("1970-01-12T13:46:40Z", 3_600, true),
            ("1970-01-12T13:46:41Z", 3_600, true),
            ("1970-01-12T13:46:42Z", 2, false),
            ("1970-01-12T14:46:40Z", 3_600, false),
        ] {
            let json = json!({"token": "ghs_x", "expires_at": expires});
            let token = InstallationToken::from_json(&json, 1_000_000, Instant::now()).unwrap();
            assert_eq!((token.lifetime.as_secs(), token.ends_too_soon), (seconds, ends_too_soon), "{expires}");
        }
    }

    #[test]
    fn tokens_of_every_length_are_taken_and_nothing_that_is_none() {
        let long = "ghs_".to_owned() + &"aZ0.-_".repeat(86);
        for token in ["ghs_16C7e42F292c6912E7710c838347Ae178B4a", &long] {
            let read = InstallationToken::from_json(&json!({"token": token}), 0, Instant::now()).unwrap();
            assert_eq!(read.text.expose_secret(), token);
            assert!(!format!("{read:?}").contains(token));
        }
        for token in [json!(null), json!(""), json!("ghs_a b"), json!("ghs_a\n"), json!("ghs_ü"), json!(1)] {
            assert!(InstallationToken::from_json(&json!({"token": token}), 0, Instant::now()).is_err(), "{token}");
        }
    }

    proptest! {
        /// A token is used for at least half of its lifetime, however short, and never after its end.
        #[test]
        fn renewal_comes_after_half_the_life_and_before_its_end(seconds in 0_u64..100_000) {
            let lifetime = Duration::from_secs(seconds);
            let renewal = renewal(lifetime);
            prop_assert!(renewal >= lifetime / 2 && renewal <= lifetime);
            prop_assert!(lifetime < EARLIEST_RENEWAL * 2 || renewal + EARLIEST_RENEWAL == lifetime);
        }
    }
}
