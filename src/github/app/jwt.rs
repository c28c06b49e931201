//! The JSON web token that an App signs in with.
//! <https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app>

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::key::Key;

/// How far a token's issue time is backdated, in seconds: clocks differ, and GitHub refuses an issue time in its
/// future.
pub(super) const BACKDATED: u64 = 60;
/// How long a token is valid from its issue time, in seconds: the maximum that GitHub accepts.
const LIFETIME: u64 = 600;
/// The minimum time that a token must have left to be used again, in seconds: a request may wait, and be sent again.
const SPARE: u64 = 120;

/// A signed JSON web token.
#[derive(Clone, Debug)]
pub(super) struct Jwt {
    pub(super) text: SecretString,
    /// When it expires by the local clock, in seconds since the epoch.
    expires: u64,
}

impl Jwt {
    /// Signs a token for an App. `issuer` is its client id or its numeric id, and `now` is in seconds since the epoch.
    pub(super) fn sign(key: &Key, issuer: &str, now: u64) -> Result<Self, rustls::Error> {
        let since = now.saturating_sub(BACKDATED);
        let expires = since + LIFETIME;
        let encode = |part: serde_json::Value| BASE64.encode(part.to_string());
        let header = encode(json!({"alg": "RS256", "typ": "JWT"}));
        let claims = encode(json!({"exp": expires, "iat": since, "iss": issuer}));
        let signature = BASE64.encode(key.sign(format!("{header}.{claims}").as_bytes())?);
        Ok(Self { text: format!("{header}.{claims}.{signature}").into(), expires })
    }

    /// Returns the signature, which is the part after the last dot.
    pub(super) fn signature(&self) -> SecretString {
        self.text.expose_secret().rsplit('.').next().unwrap_or_default().into()
    }

    /// Returns whether the token outlives a request that starts now.
    pub(super) fn lasts(&self, now: u64) -> bool {
        now.saturating_add(SPARE) <= self.expires
    }

    /// How far the local clock may be ahead of GitHub's, and behind it, for GitHub to accept a token, in seconds.
    pub(super) const TOLERANCE: (u64, u64) = (BACKDATED, LIFETIME - BACKDATED);
}

#[cfg(test)]
mod tests {
    use fake_github::keys;
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_token_is_backdated_and_says_who_signed_it() {
        let key = Key::read(&keys::APP.into()).unwrap();
        for issuer in ["Iv23liabcdefghijklmn", "12345"] {
            let jwt = Jwt::sign(&key, issuer, 1_000_000).unwrap();
            let parts: Vec<&str> = jwt.text.expose_secret().split('.').collect();
            let decoded = |part: &str| serde_json::from_slice::<Value>(&BASE64.decode(part).unwrap()).unwrap();
            assert_eq!(decoded(parts[0]), json!({"alg": "RS256", "typ": "JWT"}));
            assert_eq!(decoded(parts[1]), json!({"iat": 999_940, "exp": 1_000_540, "iss": issuer}));
            let signed = key.sign(format!("{}.{}", parts[0], parts[1]).as_bytes()).unwrap();
            assert_eq!((parts.len(), BASE64.decode(parts[2]).unwrap()), (3, signed));
        }
    }

    #[test]
    fn a_token_is_used_while_it_outlives_the_request() {
        let key = Key::read(&keys::APP.into()).unwrap();
        let jwt = Jwt::sign(&key, "1", 1_000_000).unwrap();
        assert!(jwt.lasts(1_000_000) && jwt.lasts(1_000_420) && !jwt.lasts(1_000_421) && !jwt.lasts(u64::MAX));
    }
}
