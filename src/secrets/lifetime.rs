//! The lifetime of a credential, as far as its own text reveals it. Pure: no clock, and nothing of the text is kept.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

/// The lifetime of a credential, as far as its own text reveals it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// The moment at which it expires; `None` if only its kind is known.
    pub end: Option<DateTime<Utc>>,
    /// The kind of credential, if this kind works for a day at most.
    pub short: Option<&'static str>,
}

/// The longest lifetime of a credential that counts as short: only a program can renew it in time.
const SHORT: TimeDelta = TimeDelta::days(1);

/// The shortest length of a GitHub installation token, in characters.
const SHORTEST_INSTALLATION_TOKEN: usize = 36;

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);

impl Lifetime {
    /// Reads the lifetime from the text of a credential; `None` if the text reveals nothing. Of several parts, as in
    /// `user:token`, the earliest end counts.
    pub fn of(text: &str) -> Option<Self> {
        text.split(|c: char| c.is_whitespace() || c == ':').filter_map(Self::of_word).reduce(|one, other| Self {
            end: one.end.into_iter().chain(other.end).min(),
            short: one.short.or(other.short),
        })
    }

    fn of_word(word: &str) -> Option<Self> {
        let is_of_token = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if word.starts_with("ghs_") && word.len() >= SHORTEST_INSTALLATION_TOKEN && word.chars().all(is_of_token) {
            // https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app
            return Some(Self { end: None, short: Some("a GitHub installation token, which works for an hour") });
        }
        Self::of_web_token(word).or_else(|| Self::of_ecr_password(word))
    }

    /// Reads a JSON Web Token (RFC 7519), which has `exp` in its payload. `CodeArtifact` encrypts the payload and
    /// repeats `exp` in the header, as section 5.3 allows, with `isu` for the time of issue.
    fn of_web_token(word: &str) -> Option<Self> {
        let parts: Vec<&str> = word.split('.').collect();
        if !matches!(parts.len(), 3 | 5) {
            return None;
        }
        let header = object(parts[0], &URL_SAFE)?;
        let payload = object(parts[1], &URL_SAFE).unwrap_or_default();
        let time = |name| [&payload, &header].into_iter().find_map(|claims| instant(claims.get(name)?));
        let end = time("exp")?;
        let issued = ["iat", "nbf", "isu"].into_iter().find_map(time);
        let is_short = issued.is_some_and(|issued| end - issued <= SHORT);
        Some(Self { end: Some(end), short: is_short.then_some("a token that was issued for a day at most") })
    }

    /// Reads the password of `aws ecr get-login-password`, which is base64 of JSON with its expiry in plain text.
    fn of_ecr_password(word: &str) -> Option<Self> {
        let claims = object(word, &STANDARD)?;
        if !["payload", "datakey"].into_iter().all(|name| claims.contains_key(name)) {
            return None;
        }
        let end = instant(claims.get("expiration")?)?;
        Some(Self { end: Some(end), short: Some("an Amazon ECR password, which works for 12 hours") })
    }
}

/// Decodes base64 of a JSON object.
fn object(text: &str, base64: &GeneralPurpose) -> Option<Map<String, Value>> {
    // `ey` is base64 of `{"`. Most secrets do not begin with it, and need not be decoded.
    let bytes = text.starts_with("ey").then(|| base64.decode(text))?.ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Parses seconds since 1970, perhaps with a fraction; `None` if the year is not between 1970 and 9999.
fn instant(value: &Value) -> Option<DateTime<Utc>> {
    const LAST: i64 = 253_402_300_799; // 9999-12-31T23:59:59Z
    #[allow(clippy::cast_possible_truncation, reason = "the range is checked below, and i64 covers it")]
    let seconds = value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds.floor() as i64))?;
    (0..=LAST).contains(&seconds).then(|| DateTime::from_timestamp(seconds, 0))?
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD as PADDED, URL_SAFE_NO_PAD};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const HOUR: i64 = 3600;

    fn jwt(header: &Value, payload: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.c2lnbmF0dXJl", part(header), part(payload))
    }

    fn end(text: &str) -> Option<i64> {
        Lifetime::of(text).and_then(|told| told.end).map(|end| end.timestamp())
    }

    #[test]
    fn a_web_token_contains_its_expiry() {
        let header = json!({"alg": "RS256", "typ": "JWT"});
        let year = jwt(&header, &json!({"iat": 1_800_000_000, "exp": 1_831_536_000}));
        assert_eq!((end(&year), Lifetime::of(&year).unwrap().short), (Some(1_831_536_000), None));
        let hour = jwt(&header, &json!({"nbf": 1_800_000_000, "exp": 1_800_003_600.9}));
        assert_eq!((end(&hour), Lifetime::of(&hour).unwrap().short.is_some()), (Some(1_800_003_600), true));
        // Without the time of issue, it is unknown how long it lasts.
        assert_eq!(Lifetime::of(&jwt(&header, &json!({"exp": 1_800_000_000}))).unwrap().short, None);
        for around in [format!("Bearer {year}"), format!("monalisa:{year}"), format!("{year}\n"), format!(" {year}")] {
            assert_eq!(end(&around), Some(1_831_536_000), "{around}");
        }
        assert_eq!(end(&format!("{year}:{hour}")), Some(1_800_003_600), "the first end counts");
    }

    #[test]
    fn a_codeartifact_token_has_its_expiry_in_the_header() {
        let header = json!({"ver": 1, "isu": 1_800_000_000, "enc": "A128GCM", "exp": 1_800_000_000 + 12 * HOUR,
            "alg": "A128GCMKW", "iv": "x"});
        let token = format!("{}.a2V5.aXY.Y2lwaGVy.dGFn", URL_SAFE_NO_PAD.encode(header.to_string()));
        let told = Lifetime::of(&token).unwrap();
        assert_eq!((told.end.unwrap().timestamp(), told.short.is_some()), (1_800_000_000 + 12 * HOUR, true));
    }

    #[test]
    fn an_ecr_password_contains_its_expiry() {
        let claims =
            json!({"payload": "p", "datakey": "k", "version": "2", "type": "DATA_KEY", "expiration": 1_800_000_000});
        for encoded in [PADDED.encode(claims.to_string()), PADDED.encode(claims.to_string()).replace('=', "")] {
            let told = Lifetime::of(&encoded).unwrap();
            assert_eq!((told.end.unwrap().timestamp(), told.short.is_some()), (1_800_000_000, true));
        }
        assert_eq!(Lifetime::of(&PADDED.encode(r#"{"expiration":1800000000}"#)), None, "any JSON may have that word");
    }

    #[test]
    fn an_installation_token_lasts_an_hour() {
        for token in [format!("ghs_{}", "a1".repeat(18)), format!("ghs_{}.b-c_d", "x".repeat(480))] {
            for text in [token.clone(), format!("x-access-token:{token}"), format!("Bearer {token}")] {
                let told = Lifetime::of(&text).unwrap_or_else(|| panic!("{text}"));
                assert!(told.end.is_none() && told.short.is_some_and(|kind| kind.contains("an hour")), "{text}");
            }
        }
    }

    #[test]
    fn other_texts_have_no_lifetime() {
        let header = json!({"alg": "none"});
        for text in [
            String::new(),
            "hunter2".to_owned(),
            "ghs_short".to_owned(),
            format!("ghp_{}", "a1".repeat(18)),
            format!("ghs_{}", "ü".repeat(36)),
            "a.b.c".to_owned(),
            "eyJ.eyJ.eyJ".to_owned(),
            jwt(&header, &json!({"sub": "me"})),
            jwt(&header, &json!({"exp": "1800000000"})),
            jwt(&header, &json!({"exp": -1})),
            jwt(&header, &json!({"exp": 1e300})),
            jwt(&header, &json!({"exp": 1_800_000_000_000_i64})),
            jwt(&json!("not an object"), &json!({"exp": 1_800_000_000})),
        ] {
            assert_eq!(Lifetime::of(&text), None, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_handled(text in ".{0,200}") {
            let _ = Lifetime::of(&text);
        }

        #[test]
        fn text_around_a_token_does_not_change_its_expiry(
            exp in 0_i64..253_402_300_799,
            lasts in 1_i64..1_000_000_000,
            before in prop_oneof![Just(""), Just("Bearer "), Just("Token "), Just("monalisa:"), Just("PAT:")],
        ) {
            let token = jwt(&json!({"alg": "ES256"}), &json!({"iat": (exp - lasts).max(0), "exp": exp}));
            let told = Lifetime::of(&format!("{before}{token}")).expect("a token");
            prop_assert_eq!(told.end.map(|end| end.timestamp()), Some(exp));
            prop_assert_eq!(told.short.is_some(), lasts.min(exp) <= 24 * HOUR);
        }
    }
}
