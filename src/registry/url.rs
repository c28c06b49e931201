//! A registry's url: validated when it is parsed, sent as written (with a scheme added if it had none), and compared as
//! GitHub and Dependabot compare it.

use std::borrow::Cow;
use std::fmt;

use ::url::Url;

/// The address of a registry. Two are equal if GitHub and Dependabot would treat them alike: the case of scheme and
/// host, the default port and a trailing slash do not matter.
#[derive(Clone)]
pub struct RegistryUrl {
    written: String,
    is_completed: bool,
    url: Url,
    comparable: String,
}

/// Rewrites a live url to begin with `https://`, so that user information in it can be found: `me:password@host` has no
/// scheme, and `https:/me:password@host` has too few slashes.
pub fn with_plain_start(url: &str) -> String {
    const SLASHES: [char; 2] = ['/', '\\'];
    let is_scheme = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    let rest = match url.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) && rest.starts_with(SLASHES) => rest,
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => rest,
        _ => url,
    };
    format!("https://{}", rest.trim_start_matches(SLASHES))
}

impl RegistryUrl {
    /// Parses a url; one without a scheme means https, as in dependabot.yml.
    ///
    /// # Errors
    /// Says what is wrong without repeating the url, which may contain a password.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(mistake) = mistake(text) {
            return Err(mistake);
        }
        let written = with_scheme(text);
        let url = Url::parse(&written).map_err(|error| format!("is not a url ({error}): {EXAMPLE}"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("contains user information (user:password@): put it in `username` and the secret".to_owned());
        }
        let host = url.host_str().unwrap_or_default();
        let is_completed = matches!(written, Cow::Owned(_));
        let bare_word = is_completed && !host.contains(['.', ':']) && host != "localhost";
        if host.is_empty() || (bare_word && url.port().is_none()) {
            return Err(format!("has no host: {EXAMPLE}"));
        }
        Ok(Self { written: written.into_owned(), is_completed, comparable: comparable_url(url.clone()), url })
    }

    /// The url to send to GitHub: as written, with a scheme.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Reports whether it was written without a scheme.
    pub const fn is_completed(&self) -> bool {
        self.is_completed
    }

    /// The normalized form, for comparisons.
    pub fn comparable(&self) -> &str {
        &self.comparable
    }

    /// Reports whether a url from GitHub means the same registry.
    pub fn is_same(&self, live: &str) -> bool {
        self.written == live || self.comparable == comparable(live)
    }

    /// The scheme, in lower case.
    pub fn scheme(&self) -> &str {
        self.url.scheme()
    }

    /// The host without the port; in lower case for `http` and `https`.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }
}

/// The end of a message about an invalid url.
const EXAMPLE: &str = "write it like https://npm.example.com/path";

/// Recognizes common mistakes, and says what to write instead.
fn mistake(text: &str) -> Option<String> {
    let strange = text.chars().find(|c| c.is_whitespace() || c.is_control());
    let strange = strange.map(|c| match c {
        ' ' => "has a space in it: write `%20` in its place".to_owned(),
        c if c.is_control() => "has a line break or another control character in it: write it on one line".to_owned(),
        c => format!("has an unusual white-space character in it (U+{:04X}), perhaps pasted: remove it", u32::from(c)),
    });
    strange.or_else(|| beginning_mistake(text).map(str::to_owned))
}

/// Recognizes `https:/npm.example.com`, `https//npm.example.com` and `git@github.com:acme/api.git`.
fn beginning_mistake(text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    let rest = lower.strip_prefix("https").or_else(|| lower.strip_prefix("http"));
    if rest.is_some_and(|rest| rest.starts_with([':', '/']) && !rest.starts_with("://") && !is_port(rest)) {
        return Some("does not begin with `https://`: write the colon and both slashes");
    }
    let (user, rest) = text.split_once('@')?;
    let (host, path) = rest.split_once(':')?;
    let is_name = |text: &str| !text.is_empty() && !text.contains(['/', ':', '@']);
    let is_remote = is_name(user) && is_name(host) && !path.starts_with('/') && !is_port(&rest[host.len()..]);
    is_remote.then_some("is the address of a git repository over SSH: write it like https://github.com/acme/api")
}

/// Reports whether a text begins with a port, like `:8080`: what precedes it is a host then, not a scheme.
fn is_port(text: &str) -> bool {
    text.strip_prefix(':').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Adds `https://` to a url without a scheme, which means the same in dependabot.yml.
fn with_scheme(text: &str) -> Cow<'_, str> {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    match text.split_once("://") {
        Some((scheme, _)) if is_scheme(scheme) => text.into(),
        _ => format!("https://{}", text.trim_start_matches('/')).into(),
    }
}

/// Normalizes any url, GitHub's included. Text that is not a url is returned unchanged.
pub(super) fn comparable(text: &str) -> String {
    Url::parse(&with_scheme(text)).map_or_else(|_| text.to_owned(), comparable_url)
}

fn comparable_url(mut url: Url) -> String {
    // The parser keeps the host's case if it does not know the scheme.
    if let Some(host) = url.host_str().map(str::to_lowercase) {
        let _ = url.set_host(Some(&host));
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    url.into()
}

impl PartialEq for RegistryUrl {
    fn eq(&self, other: &Self) -> bool {
        self.comparable == other.comparable
    }
}

impl Eq for RegistryUrl {}

impl fmt::Display for RegistryUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl fmt::Debug for RegistryUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_as_github_does() {
        let url = |text| RegistryUrl::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        for (one, other) in [
            ("https://npm.example.com", "HTTPS://NPM.example.com:443/"),
            ("https://npm.example.com/Path/", "https://npm.example.com/Path"),
            ("npm.example.com", "https://npm.example.com"),
            ("//npm.example.com", "https://npm.example.com"),
            ("npm.example.com/?to=http://a.b", "https://npm.example.com?to=http://a.b"),
            ("https://npm.example.com/a/?q=b/", "https://npm.example.com/a?q=b/"),
            ("git://git.example.com/", "git://GIT.example.com"),
            ("http://npm.example.com:80/a", "http://npm.example.com/a/"),
        ] {
            assert_eq!(url(one), url(other));
        }
        for (one, other) in [
            ("https://npm.example.com/path", "https://npm.example.com/Path"),
            ("https://npm.example.com", "http://npm.example.com"),
            ("https://npm.example.com", "https://npm.example.com:8443"),
            ("https://npm.example.com?q=a/", "https://npm.example.com?q=a"),
            ("https://npm.example.com#a/", "https://npm.example.com#a"),
        ] {
            assert_ne!(url(one), url(other));
        }
        assert_eq!(url("https://npm.example.com/Path/").as_str(), "https://npm.example.com/Path/");
        assert_eq!(url("https://NPM.example.com:8443/x").host(), "npm.example.com");
    }

    #[test]
    fn a_missing_scheme_is_added_and_nothing_else_changes() {
        for (text, sent) in [
            ("npm.example.com/Path/", "https://npm.example.com/Path/"),
            ("//npm.example.com", "https://npm.example.com"),
            ("localhost:8080", "https://localhost:8080"),
            ("npm.example.com?to=http://a.b", "https://npm.example.com?to=http://a.b"),
            ("HTTPS://npm.example.com", "HTTPS://npm.example.com"),
            ("http://npm.example.com/", "http://npm.example.com/"),
            ("git+ssh://git.example.com/x", "git+ssh://git.example.com/x"),
        ] {
            let url = RegistryUrl::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!((url.as_str(), url.is_completed()), (sent, text != sent));
        }
    }

    #[test]
    fn rejects_invalid_urls_without_repeating_a_password() {
        for (text, told) in [
            ("https://npm.acme.dev/my feed", "has a space in it: write `%20`"),
            ("https://npm.acme.dev/my\u{a0}feed", "(U+00A0)"),
            ("https://npm.acme.dev/my\nfeed", "has a line break"),
            ("https:/npm.acme.dev", "does not begin with `https://`"),
            ("https//npm.acme.dev", "does not begin with `https://`"),
            ("HTTP:npm.acme.dev", "does not begin with `https://`"),
            ("git@github.com:acme/api.git", "over SSH: write it like https://"),
            ("ssh://git@github.com/acme", "user information"),
            ("me:hunter2@npm.acme.dev", "user information"),
            ("npmjs", "has no host"),
            ("https://npm.acme.dev:99999", "is not a url (invalid port number)"),
        ] {
            let error = RegistryUrl::parse(text).unwrap_err();
            assert!(error.contains(told), "{text}: {error}");
        }
        for text in ["https.acme.dev", "httpsx://acme.dev", "npm.acme.dev:80/a@b:c", "localhost:8080"] {
            assert!(RegistryUrl::parse(text).is_ok(), "{text}");
        }
        for text in ["npmjs", "https://", "not a url", "https://a.b/\u{7}", "", "/", "//", "/npm", "://npm.example.com"]
        {
            assert!(RegistryUrl::parse(text).is_err(), "{text:?}");
        }
        let error = RegistryUrl::parse("https://me:hunter2@npm.example.com").unwrap_err();
        assert!(error.contains("user information") && !error.contains("hunter2"));
    }
}
