//! Where GitHub is, as whom to ask it, and how patiently.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};

use super::Check;
use crate::inputs::raw::Raw;
use crate::inputs::{Connection, Problem};
use crate::proxy::Proxy;
use crate::roots::Roots;

const DEFAULT_API_URL: &str = "https://api.github.com";
pub(super) const DEFAULT_MAX_WAIT: &str = "10m";
pub(super) const DEFAULT_WRITE_INTERVAL: &str = "1s";

impl Check {
    pub(super) fn connection(&mut self) -> Option<Connection> {
        let token = self.token();
        let api_url = self.api_url();
        let api_version = self.api_version(api_url.as_ref());
        let roots = self.roots();
        let proxy = self.proxy(api_url.as_ref());
        let max_wait = self.duration("max-wait", |raw| &raw.max_wait, DEFAULT_MAX_WAIT);
        let write_interval = self.duration("write-interval", |raw| &raw.write_interval, DEFAULT_WRITE_INTERVAL);
        Some(Connection {
            api_url: api_url?,
            api_version: api_version?,
            roots: roots?,
            proxy,
            token: token?,
            max_wait: max_wait?,
            write_interval: write_interval?,
        })
    }

    fn token(&mut self) -> Option<SecretString> {
        let Some(token) = self.given.raw.token.clone() else {
            self.problem(
                "token",
                "is required: a token that may manage the organization's private registries (GITHUB_TOKEN can't; an \
                 unset workflow secret arrives as an empty string)",
            );
            return None;
        };
        if !token.expose_secret().chars().all(|c| c.is_ascii_graphic()) {
            self.problem("token", "has white space or another character inside that no GitHub token has");
            return None;
        }
        Some(token)
    }

    fn api_url(&mut self) -> Option<url::Url> {
        let text = self.given.raw.api_url.clone().or_else(|| self.given.runner.api_url.clone());
        match api_url(text.as_deref().unwrap_or(DEFAULT_API_URL)) {
            Ok(url) => Some(url),
            Err(message) => {
                self.problem("api-url", message);
                None
            }
        }
    }

    fn api_version(&mut self, api_url: Option<&url::Url>) -> Option<String> {
        if let Some(version) = self.given.raw.api_version.clone() {
            let is_date = version.len() == 10
                && version.char_indices().all(|(i, c)| if i == 4 || i == 7 { c == '-' } else { c.is_ascii_digit() });
            if !is_date {
                self.problem("api-version", "is not a date: write it like 2026-03-10");
                return None;
            }
            return Some(version);
        }
        Some(newest_version(api_url?.host_str().unwrap_or_default()).to_owned())
    }

    /// The authorities of `ca-file`; `SSL_CERT_FILE` is read by the TLS library, and only looked at here.
    fn roots(&mut self) -> Option<Roots> {
        let ssl_cert_file = self.given.ssl_cert_file.as_deref().map(Roots::read);
        if let Some(Err(message)) = ssl_cert_file {
            self.problems.push(Problem::of_variable("SSL_CERT_FILE", message));
        }
        let Some(path) = &self.given.raw.ca_file else { return Some(Roots::default()) };
        Roots::read(&self.given.workspace().join(path)).map_err(|message| self.problem("ca-file", message)).ok()
    }

    /// The proxy that leads to the API, if one does.
    fn proxy(&mut self, api_url: Option<&url::Url>) -> Option<Box<Proxy>> {
        let proxy = self.given.proxy.to(api_url?);
        let proxy = proxy.map_err(|error| self.problems.push(Problem::of_variable(error.variable, error.message)));
        proxy.ok().flatten().map(Box::new)
    }

    fn duration(&mut self, input: &str, field: impl Fn(&Raw) -> &Option<String>, default: &str) -> Option<Duration> {
        let text = field(&self.given.raw).as_deref().unwrap_or(default).to_owned();
        let duration = duration(&text);
        if duration.is_none() {
            let shown = text.escape_debug();
            self.problem(
                input,
                format!("is not a duration: `{shown}`; write a number and s, m, h or d, like 30s or 10m"),
            );
        }
        duration
    }
}

/// api.github.com and GHE.com know the newer version; GitHub Enterprise Server may answer 400 to it.
fn newest_version(host: &str) -> &'static str {
    let is_cloud = host == "api.github.com" || (host.starts_with("api.") && host.ends_with(".ghe.com"));
    if is_cloud { "2026-03-10" } else { "2022-11-28" }
}

/// The API's base: https, or http to this machine itself.
fn api_url(text: &str) -> Result<url::Url, String> {
    let mut url = url::Url::parse(text).map_err(|error| format!("is not a url ({error}), like {DEFAULT_API_URL}"))?;
    let is_loopback = match url.host() {
        Some(url::Host::Domain(domain)) => domain == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => return Err(format!("has no host: write it like {DEFAULT_API_URL}")),
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback) {
        return Err(
            "must be https (http is for loopback addresses only): the token would travel in the clear".to_owned()
        );
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("carries user information: the credential is the `token`".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("has a query or a fragment, which no API base has".to_owned());
    }
    match url.host_str() {
        Some("github.com") => return Err(format!("is GitHub's website: its API is {DEFAULT_API_URL}")),
        Some(host) if host.ends_with(".ghe.com") && !host.starts_with("api.") => {
            return Err(format!("is the website: its API is https://api.{host}"));
        }
        _ => {}
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

/// `30s`, `10m`, `2h`, `90d`.
fn duration(text: &str) -> Option<Duration> {
    let unit = text.chars().next_back()?;
    let number = &text[..text.len() - unit.len_utf8()];
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return None,
    };
    if !number.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    number.parse::<u32>().ok().map(|number| Duration::from_secs(u64::from(number) * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_number_and_a_unit() {
        assert_eq!(duration("90d"), Some(Duration::from_hours(90 * 24)));
        assert_eq!(duration("0s"), Some(Duration::ZERO));
        for text in ["", "s", "10", "-1s", "1.5h", "10 s", "99999999999s", "1w", "5µ"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn the_newer_version_is_for_hosts_that_know_it() {
        for (host, version) in [
            ("api.github.com", "2026-03-10"),
            ("api.acme.ghe.com", "2026-03-10"),
            ("ghes.acme.dev", "2022-11-28"),
            ("api.acme.dev", "2022-11-28"),
            ("api.github.com.evil.dev", "2022-11-28"),
        ] {
            assert_eq!(newest_version(host), version, "{host}");
        }
    }

    #[test]
    fn the_api_url_is_https_or_loopback_and_keeps_its_path() {
        assert_eq!(api_url("https://ghes.example.com/api/v3/").unwrap().as_str(), "https://ghes.example.com/api/v3");
        for text in ["http://localhost:1/", "http://127.0.0.2:80", "http://[::1]:8080"] {
            assert!(api_url(text).is_ok(), "{text}");
        }
        for text in [
            "http://ghes.example.com",
            "https://a:b@ghes.example.com",
            "ftp://x.y",
            "ghes.example.com",
            "https://x.y/?a",
            "https://github.com",
            "https://acme.ghe.com",
        ] {
            assert!(api_url(text).is_err(), "{text}");
        }
    }
}
