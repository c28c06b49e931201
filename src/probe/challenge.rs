//! Token authentication of Docker registries: the registry names a token server.
//!
//! <https://distribution.github.io/distribution/spec/auth/token/>: a request to that server contains the password, and
//! its answer a token for the registry.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use url::Url;

use super::place;

/// Returns the url of the token request that a registry's challenges ask for, if they do. The request has no scope,
/// like that of `docker login`: some registries name the scope of a made-up image, which nobody may read.
///
/// # Errors
/// The reason why the request is not sent, for a verdict.
pub(super) fn token_request(challenges: &[String], registry: &Url) -> Result<Option<Url>, String> {
    let parsed = challenges.iter().flat_map(|text| http_auth::parse_challenges(text).unwrap_or_default());
    let mut bearers = parsed.filter(|challenge| challenge.scheme.eq_ignore_ascii_case("bearer"));
    let Some(challenge) = bearers.next() else { return Ok(None) };
    let parameter = |wanted: &str| {
        let found = challenge.params.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.to_unescaped())
    };
    let realm = parameter("realm").and_then(|realm| Url::parse(&realm).ok());
    let mut url = realm.ok_or("the registry requires a token, but names no server that issues one".to_owned())?;
    place::check_token_server(&url, registry)?;
    url.set_fragment(None);
    let kept: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    {
        let mut query = url.query_pairs_mut();
        query.clear();
        let others = kept.iter().filter(|(name, _)| name != "service" && name != "scope");
        query.extend_pairs(others);
        query.append_pair("service", &parameter("service").unwrap_or_default());
    }
    Ok(Some(url))
}

#[derive(Deserialize)]
struct Granted {
    token: Option<SecretString>,
    access_token: Option<SecretString>,
}

/// Returns the token in a token server's answer.
pub(super) fn token(body: &[u8]) -> Option<SecretString> {
    let Granted { token, access_token } = serde_json::from_slice(body).ok()?;
    [token, access_token].into_iter().flatten().find(|token| !token.expose_secret().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(challenges: &[&str]) -> Result<Option<String>, String> {
        let registry = Url::parse("https://registry.acme.dev/v2/").unwrap();
        let challenges: Vec<String> = challenges.iter().map(|&challenge| challenge.to_owned()).collect();
        token_request(&challenges, &registry).map(|url| url.map(Into::into))
    }

    #[test]
    fn the_token_server_is_the_one_that_the_registry_names() {
        for challenge in [
            r#"Bearer realm="https://auth.acme.dev/token",service="registry.acme.dev""#,
            r#"bearer service="registry.acme.dev", realm="https://auth.acme.dev/token#fragment""#,
            r#"Basic realm="x, y", BEARER realm="https://auth.acme.dev/token", service=registry.acme.dev"#,
        ] {
            let expected = Some("https://auth.acme.dev/token?service=registry.acme.dev".to_owned());
            assert_eq!(request(&["Negotiate", challenge]), Ok(expected), "{challenge}");
        }
        let scoped = r#"Bearer realm="https://auth.acme.dev/token?a=b&service=x",service="r",scope="repository:user/image:pull""#;
        let expected = "https://auth.acme.dev/token?a=b&service=r";
        assert_eq!(request(&[scoped]), Ok(Some(expected.to_owned())));
        for challenges in [&[][..], &["Basic realm=\"Registry\""], &["Bearer realm=\"unclosed"], &[""]] {
            assert_eq!(request(challenges), Ok(None), "{challenges:?}");
        }
    }

    #[test]
    fn a_token_server_that_may_not_get_the_password_is_not_asked() {
        for realm in
            ["http://auth.acme.dev/token", "https://127.0.0.1/token", "https://localhost/", "ftp://a.dev/", "/x", ""]
        {
            assert!(request(&[&format!("Bearer realm=\"{realm}\",service=\"s\"")]).is_err(), "{realm}");
        }
        assert!(request(&["Bearer service=\"s\""]).is_err());
    }

    #[test]
    fn a_token_comes_under_either_of_its_names() {
        let found = |body: &str| token(body.as_bytes()).map(|token| token.expose_secret().to_owned());
        assert_eq!(found(r#"{"token": "a", "access_token": "b", "expires_in": 300}"#).as_deref(), Some("a"));
        assert_eq!(found(r#"{"access_token": "b"}"#).as_deref(), Some("b"));
        assert_eq!(found(r#"{"token": "", "access_token": "b"}"#).as_deref(), Some("b"));
        for body in ["{}", "[]", "a", r#"{"token": 7}"#] {
            assert_eq!(found(body), None, "{body}");
        }
    }
}
