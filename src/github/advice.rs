//! Headers in which GitHub explains how to resolve a refusal, or announces that something will stop working.

use chrono::DateTime;
use http::HeaderMap;

/// The header `X-GitHub-SSO: required; url=https://github.com/orgs/acme/sso?authorization_request=…`:
/// <https://docs.github.com/authentication/authenticating-with-single-sign-on/authorizing-a-personal-access-token-for-use-with-single-sign-on>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignOn {
    /// The page where the token can be authorized.
    pub address: Option<String>,
}

/// The scopes of a classic token, and those that the endpoint accepts:
/// <https://docs.github.com/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scopes {
    /// The accepted scopes, any one of which is enough.
    pub accepted: String,
    /// The scopes that the token has, none of which is accepted.
    pub granted: String,
}

impl SignOn {
    pub(super) fn read(headers: &HeaderMap, told: impl Fn(&str) -> String) -> Option<Self> {
        let (kind, rest) = header(headers, "x-github-sso").map(|sso| sso.split_once(';').unwrap_or((sso, "")))?;
        let address = rest.trim().strip_prefix("url=").filter(|address| address.starts_with("https://"));
        (kind.trim() == "required").then(|| Self { address: address.map(told) })
    }

    pub(super) fn hint(&self) -> String {
        let how = "the organization uses single sign-on, and the `token` is not authorized for it yet: authorize it";
        match &self.address {
            Some(address) => format!("{how} at {address} and run again"),
            None => format!("{how} in your settings on GitHub (\"Configure SSO\" next to the token) and run again"),
        }
    }
}

impl Scopes {
    pub(super) fn read(headers: &HeaderMap, told: impl Fn(&str) -> String) -> Option<Self> {
        // GitHub sends this header for classic tokens only, and leaves it empty for one without scopes.
        let granted = header(headers, "x-oauth-scopes")?;
        let accepted = header(headers, "x-accepted-oauth-scopes").filter(|accepted| !accepted.is_empty())?;
        let has = |scope: &str| granted.split(',').any(|granted| granted.trim() == scope);
        let is_enough = accepted.split(',').any(|accepted| has(accepted.trim()));
        (!is_enough).then(|| Self { accepted: told(accepted), granted: told(granted) })
    }
}

impl std::fmt::Display for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let granted = if self.granted.is_empty() { "no scope" } else { &self.granted };
        write!(f, "GitHub accepts the scopes {}, and the `token` has {granted}", self.accepted)
    }
}

/// Returns the predicate of a sentence that says when an endpoint will stop working, from its `Deprecation` (RFC 9745)
/// and `Sunset` (RFC 8594) headers. The subject is the endpoint.
pub(super) fn ending(headers: &HeaderMap) -> Option<String> {
    let since = header(headers, "deprecation").map(|since| day(since).map(|day| format!(" since {day}")));
    let until = header(headers, "sunset").map(|until| day(until).unwrap_or_else(|| until.to_owned()));
    let mut text = match (since.map(Option::unwrap_or_default), until) {
        (None, None) => return None,
        (None, Some(until)) => format!("will not work after {until}"),
        (Some(since), None) => format!("is deprecated{since}"),
        (Some(since), Some(until)) => format!("is deprecated{since}, and will not work after {until}"),
    };
    if let Some(address) = address(headers) {
        text.extend([" (see ", address, ")"]);
    }
    Some(text)
}

/// Returns a warning if GitHub left something out of a successful answer.
pub(super) fn left_out(headers: &HeaderMap) -> Option<String> {
    let (kind, rest) = header(headers, "x-github-sso")?.split_once(';')?;
    let organizations = rest.trim().strip_prefix("organizations=").filter(|_| kind.trim() == "partial-results")?;
    Some(format!(
        "GitHub left out the data of the organizations {organizations}, because the `token` is not authorized for \
         their single sign-on"
    ))
}

/// Returns the page about the deprecation, from the `Link` header.
fn address(headers: &HeaderMap) -> Option<&str> {
    let links = headers.get_all(http::header::LINK).into_iter().filter_map(|links| links.to_str().ok());
    links.flat_map(|links| links.split(',')).find_map(|link| {
        let (address, parameters) = link.split_once(';')?;
        let is_about_it = ["rel=\"deprecation\"", "rel=\"sunset\""].iter().any(|rel| parameters.contains(rel));
        address
            .trim()
            .strip_prefix('<')?
            .strip_suffix('>')
            .filter(|address| is_about_it && address.starts_with("https://"))
    })
}

/// Converts `@1773100800` and `Tue, 10 Mar 2026 00:00:00 GMT` to `2026-03-10`.
fn day(text: &str) -> Option<String> {
    let at = match text.strip_prefix('@') {
        Some(seconds) => DateTime::from_timestamp(seconds.parse().ok()?, 0)?,
        None => DateTime::parse_from_rfc2822(text).ok()?.to_utc(),
    };
    Some(at.date_naive().to_string())
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(headers: &[(&'static str, &str)]) -> HeaderMap {
        let header = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header"))
        };
        headers.iter().map(header).collect()
    }

    #[test]
    fn the_end_of_a_version_is_told_in_days() {
        let ending = |given: &[(&'static str, &str)]| ending(&headers(given));
        let date = "Tue, 10 Mar 2026 00:00:00 GMT";
        assert_eq!(ending(&[]), None);
        assert_eq!(ending(&[("deprecation", "true")]).unwrap(), "is deprecated");
        assert_eq!(ending(&[("deprecation", "@1773100800")]).unwrap(), "is deprecated since 2026-03-10");
        assert_eq!(ending(&[("sunset", date)]).unwrap(), "will not work after 2026-03-10");
        let link =
            "<https://x.dev/next>; rel=\"next\", <https://docs.github.com/x>; rel=\"deprecation\"; type=\"text/html\"";
        let given = [("deprecation", date), ("sunset", "soon"), ("link", link)];
        let told = "is deprecated since 2026-03-10, and will not work after soon (see https://docs.github.com/x)";
        assert_eq!(ending(&given).unwrap(), told);
        assert!(
            ending(&[("sunset", date), ("link", "<http://x.dev>; rel=\"sunset\"")]).unwrap().ends_with("2026-03-10")
        );
    }

    #[test]
    fn scopes_are_told_where_they_are_the_reason() {
        let read = |accepted: &str, granted: &str| {
            let given = headers(&[("x-accepted-oauth-scopes", accepted), ("x-oauth-scopes", granted)]);
            Scopes::read(&given, str::to_owned).map(|scopes| scopes.to_string())
        };
        assert_eq!(read("admin:org", "repo, admin:org"), None);
        assert_eq!(read("", "repo"), None);
        let told = read("admin:org, write:org", "repo, workflow").unwrap();
        assert_eq!(told, "GitHub accepts the scopes admin:org, write:org, and the `token` has repo, workflow");
        assert!(read("admin:org", "").unwrap().ends_with("the `token` has no scope"));
        assert_eq!(Scopes::read(&headers(&[("x-accepted-oauth-scopes", "admin:org")]), str::to_owned), None);
    }

    #[test]
    fn single_sign_on_is_told_with_its_address() {
        let read = |sso: &str| SignOn::read(&headers(&[("x-github-sso", sso)]), str::to_owned);
        let address = "https://github.com/orgs/acme/sso?authorization_request=AB12";
        assert!(read(&format!("required; url={address}")).unwrap().hint().contains(address));
        for sso in ["required", "required; url=javascript:alert(1)", "required; url=http://x.dev"] {
            assert_eq!(read(sso).unwrap().address, None, "{sso}");
        }
        assert_eq!(read("partial-results; organizations=1,2"), None);
        let partial = headers(&[("x-github-sso", "partial-results; organizations=1,2")]);
        assert!(left_out(&partial).unwrap().contains("organizations 1,2,"));
        assert_eq!(left_out(&headers(&[("x-github-sso", "required; url=https://x.dev")])), None);
    }
}
