//! A registry's url: checked when it is read, sent as written, compared as GitHub and Dependabot compare it.

use std::fmt;

use ::url::{ParseError, Url};

/// The address of a registry. Two are equal when GitHub and Dependabot would treat them alike: scheme and host
/// without case, the default port dropped, a trailing slash ignored.
#[derive(Clone)]
pub struct RegistryUrl {
    written: String,
    url: Url,
    comparable: String,
}

impl RegistryUrl {
    /// Reads a url; one without a scheme means https, as in dependabot.yml.
    ///
    /// # Errors
    /// Says what is wrong without repeating the url, which may carry a password.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err("contains white space or a control character".to_owned());
        }
        let url = absolute(text)
            .map_err(|error| format!("is not a url ({error}): write it like https://npm.example.com/path"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("carries user information (user:password@): put it in `username` and the secret".to_owned());
        }
        let host = url.host_str().unwrap_or_default();
        let bare_word = !text.contains("://") && !host.contains(['.', ':']) && host != "localhost";
        if host.is_empty() || (bare_word && url.port().is_none()) {
            return Err("has no host: write it like https://npm.example.com/path".to_owned());
        }
        Ok(Self { written: text.to_owned(), comparable: comparable_url(url.clone()), url })
    }

    /// As the user wrote it, which is what GitHub is sent.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// The form to compare by.
    pub fn comparable(&self) -> &str {
        &self.comparable
    }

    /// Whether a url that GitHub answered is the same registry.
    pub fn is_same(&self, live: &str) -> bool {
        self.written == live || self.comparable == comparable(live)
    }

    /// The scheme, lower-case; `https` when none was written.
    pub fn scheme(&self) -> &str {
        self.url.scheme()
    }

    /// The host without the port, lower-case for the schemes of the web.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }
}

/// Reads a url as GitHub and Dependabot do: without a scheme it means https.
fn absolute(text: &str) -> Result<Url, ParseError> {
    if text.contains("://") { Url::parse(text) } else { Url::parse(&format!("https://{text}")) }
}

/// The comparable form of any url, GitHub's included; text that is no url stands for itself.
pub(super) fn comparable(text: &str) -> String {
    absolute(text).map_or_else(|_| text.to_owned(), comparable_url)
}

fn comparable_url(mut url: Url) -> String {
    // The parser leaves the host of schemes it does not know as written.
    if let Some(host) = url.host_str().map(str::to_lowercase) {
        let _ = url.set_host(Some(&host));
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    url.as_str().trim_end_matches('/').to_owned()
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
            ("http://npm.example.com:80/a", "http://npm.example.com/a/"),
        ] {
            assert_eq!(url(one), url(other));
        }
        for (one, other) in [
            ("https://npm.example.com/path", "https://npm.example.com/Path"),
            ("https://npm.example.com", "http://npm.example.com"),
            ("https://npm.example.com", "https://npm.example.com:8443"),
        ] {
            assert_ne!(url(one), url(other));
        }
        assert_eq!(url("https://npm.example.com/Path/").as_str(), "https://npm.example.com/Path/");
        assert_eq!(url("https://NPM.example.com:8443/x").host(), "npm.example.com");
    }

    #[test]
    fn refuses_what_is_no_address_and_never_repeats_a_password() {
        for text in ["npmjs", "https://", "not a url", "https://a.b/\u{7}", ""] {
            assert!(RegistryUrl::parse(text).is_err(), "{text:?}");
        }
        let error = RegistryUrl::parse("https://me:hunter2@npm.example.com").unwrap_err();
        assert!(error.contains("user information") && !error.contains("hunter2"));
    }
}
