//! Chooses the proxy for a host from the usual variables `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in upper or lower
//! case.
//!
//! reqwest can read them too, but it treats an empty variable as set, connects directly if it can't parse one, and
//! supports neither ports nor `*` in `NO_PROXY`.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::environment::Environment;
use crate::secrets;

/// The variables for https, of which the first that is set counts. http is only used for loopback, without a proxy.
const PROXIES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
/// Other variables that may hold a password.
const OTHERS: [&str; 2] = ["HTTP_PROXY", "http_proxy"];
const EXCEPTIONS: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// The proxy settings from the environment, not yet parsed.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// The variable that counts, with its value, or `None` if that is not UTF-8.
    setting: Option<(&'static str, Option<SecretString>)>,
    exceptions: String,
}

/// A proxy to use.
#[derive(Clone)]
pub struct Proxy {
    /// The variable that it comes from.
    pub variable: &'static str,
    /// Its address, with the user name and password if it has any.
    pub url: Url,
}

/// A variable that does not hold a usable proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The variable.
    pub variable: &'static str,
    /// What is wrong with it, phrased to follow its name. Never holds its value.
    pub message: String,
}

impl Proxies {
    /// Reads the variables.
    pub fn read(environment: &Environment) -> Self {
        let setting = PROXIES.into_iter().find_map(|variable| match environment.secret(variable) {
            Ok(value) => value.filter(|value| !is_blank(value)).map(|value| (variable, Some(value))),
            Err(_) => Some((variable, None)),
        });
        let exceptions = EXCEPTIONS.into_iter().find_map(|variable| {
            let value = environment.get(variable)?.to_string_lossy();
            (!value.trim().is_empty()).then(|| value.into_owned())
        });
        Self { setting, exceptions: exceptions.unwrap_or_default() }
    }

    /// Returns the proxy to use for a host, if any.
    ///
    /// # Errors
    /// When the variable can't be parsed. A direct connection would ignore what the user asked for.
    pub fn to(&self, target: &Url) -> Result<Option<Proxy>, Unreadable> {
        let Some((variable, value)) = &self.setting else { return Ok(None) };
        if target.scheme() == "http" || self.is_exempt(target) {
            return Ok(None);
        }
        let url = match value {
            Some(value) => address(value.expose_secret()),
            None => Err("is not valid UTF-8".to_owned()),
        };
        let url = url.map_err(|message| Unreadable { variable, message })?;
        Ok(Some(Proxy { variable, url }))
    }

    fn is_exempt(&self, target: &Url) -> bool {
        let entries = self.exceptions.split(|c: char| c == ',' || c.is_whitespace());
        entries.filter(|entry| !entry.is_empty()).any(|entry| exempts(entry, target))
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy(of {})", self.variable)
    }
}

/// Returns what must be masked: the passwords of all proxies, even in variables that can't be parsed.
pub fn passwords(environment: &Environment) -> Vec<SecretString> {
    let values = PROXIES.iter().chain(&OTHERS).filter_map(|variable| environment.secret(variable).ok().flatten());
    values.flat_map(|value| password(value.expose_secret())).collect()
}

fn password(value: &str) -> Vec<SecretString> {
    let value = value.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\'');
    let value = value.split_once("://").map_or(value, |(_, rest)| rest);
    value.rsplit_once('@').map(|(user, _)| secrets::of_user_information(user)).unwrap_or_default()
}

fn is_blank(value: &SecretString) -> bool {
    value.expose_secret().trim().is_empty()
}

/// Parses the address of a proxy. Without a scheme, it means http.
fn address(value: &str) -> Result<Url, String> {
    let value = value.trim();
    if value.starts_with(['"', '\'']) || value.ends_with(['"', '\'']) {
        return Err("has quotes around it: remove them".to_owned());
    }
    let (scheme, rest) = value.split_once("://").unwrap_or(("http", value));
    if scheme.to_lowercase().starts_with("socks") {
        return Err("names a SOCKS proxy, which is not supported: use an HTTP proxy".to_owned());
    }
    let url = Url::parse(&format!("{scheme}://{rest}")).ok();
    // Anything after the host would be dropped, and most often it is part of the user name or password.
    let is_whole = |url: &Url| {
        ["http", "https"].contains(&url.scheme())
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
    };
    let is_understood = |url: &Url| url.as_str().parse::<http::Uri>().is_ok_and(|uri| uri.authority().is_some());
    let is_written_plainly = !value.contains(|c: char| c.is_whitespace() || c.is_control());
    url.filter(|url| is_written_plainly && is_whole(url) && is_understood(url)).ok_or_else(|| {
        "is not the address of a proxy: write it like http://user:password@proxy.example.com:8080, and in the user \
         name and password write `\\` as %5C, `/` as %2F, `#` as %23, `?` as %3F, `@` as %40, `:` as %3A and `%` as %25"
            .to_owned()
    })
}

/// Returns whether an entry of `NO_PROXY` matches a host: `ghes.corp` (with its subdomains), `.corp`, `*.corp`,
/// `10.0.0.0/8` or `[::1]`, each with or without a port.
fn exempts(entry: &str, target: &Url) -> bool {
    let entry = entry.split_once("://").map_or(entry, |(_, rest)| rest.trim_end_matches('/')).to_lowercase();
    let (name, port) = with_port(&entry);
    if port.is_some_and(|port| port.parse().ok() != target.port_or_known_default()) {
        return false;
    }
    let host = target.host_str().unwrap_or_default().trim_matches(['[', ']', '.']).to_lowercase();
    let name = name.trim_matches(['[', ']']).trim_end_matches('.');
    if let Ok(address) = host.parse::<IpAddr>() {
        let is_in = name.parse::<IpNet>().is_ok_and(|network| network.contains(&address));
        return is_in || name.parse() == Ok(address) || (name.contains('*') && fits(name, &host));
    }
    let domain = name.strip_prefix('.').unwrap_or(name);
    let is_below = || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    if name.contains('*') { fits(name, &host) } else { !domain.is_empty() && (host == domain || is_below()) }
}

/// Splits off the port. An IPv6 address has colons of its own.
fn with_port(entry: &str) -> (&str, Option<&str>) {
    match entry.rsplit_once(':') {
        Some((name, port)) if name.ends_with(']') || !name.contains(':') => (name, Some(port)),
        _ => (entry, None),
    }
}

/// Returns whether a host matches a pattern in which `*` stands for any text.
fn fits(pattern: &str, host: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = host.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    fn proxies(variables: &[(&str, &str)]) -> Proxies {
        let variable = |(name, value): &(&str, &str)| (OsString::from(name), OsString::from(value));
        Proxies::read(&variables.iter().map(variable).collect())
    }

    fn used(variables: &[(&str, &str)], target: &str) -> Option<String> {
        let proxy = proxies(variables).to(&Url::parse(target).unwrap()).unwrap();
        proxy.map(|Proxy { variable, url }| format!("{variable} {url}"))
    }

    #[test]
    fn the_first_that_is_set_counts_and_an_empty_one_is_not_set() {
        let api = "https://ghes.corp";
        assert_eq!(used(&[], api), None);
        assert_eq!(used(&[("HTTP_PROXY", "http://p:1")], api), None);
        assert_eq!(used(&[("ALL_PROXY", "p:1"), ("https_proxy", "q:2")], api).unwrap(), "https_proxy http://q:2/");
        for empty in ["", " ", "\r\n"] {
            let both = [("HTTPS_PROXY", empty), ("https_proxy", empty), ("all_proxy", " http://me:p%40@p:1/\r\n")];
            assert_eq!(used(&both, api).unwrap(), "all_proxy http://me:p%40@p:1/");
        }
        assert_eq!(used(&[("HTTPS_PROXY", "http://p:1")], "http://127.0.0.1:80"), None);
    }

    #[test]
    fn what_names_no_proxy_is_refused_and_not_repeated() {
        for value in [
            "CORP\\user:hunter2/w@host",
            "CORP\\user:hunter2@host:8080",
            "http://user:hunter2/w@host",
            "http://user:hunter2#w@host",
            "http://user:hunter2?w@host:8080",
            "\"http://user:hunter2@host\"",
            "'http://user:hunter2@host'",
            "http://user:hunter2@host:port",
            "http://user:hunter2@ho st",
            "http://user:hunter2@host/proxy.pac",
            "socks5://user:hunter2@host",
            "ftp://user:hunter2@host",
            "http://user:hunter2@",
            "user:hunter2",
        ] {
            let proxies = proxies(&[("https_proxy", value)]);
            let error = proxies.to(&Url::parse("https://ghes.corp").unwrap()).unwrap_err();
            assert_eq!(error.variable, "https_proxy");
            assert!(!error.message.contains("hunter2") && !format!("{proxies:?}").contains("hunter2"), "{error:?}");
            // A variable that is not used is not checked.
            let elsewhere = ["http://localhost:80", "https://ghes.corp"].map(|target| Url::parse(target).unwrap());
            assert_eq!(proxies.to(&elsewhere[0]).unwrap().map(|proxy| proxy.url), None);
            let exceptions = "ghes.corp".to_owned();
            assert!(Proxies { exceptions, ..proxies }.to(&elsewhere[1]).unwrap().is_none());
        }
        for value in ["http://user:hunter2@host:8080", "host", "https://host:1/", "HTTP://a@b@host", "user:p%w@host"] {
            assert!(proxies(&[("https_proxy", value)]).to(&Url::parse("https://x.y").unwrap()).is_ok(), "{value}");
        }
    }

    #[test]
    fn every_password_is_masked() {
        for value in [
            "http://me:hunter2@host",
            "me:hunter2@host",
            "\"me:hunter2@host\"\r",
            "http://me:hunter2@host:x",
            "CORP\\me:hunter2@host",
        ] {
            let environment = Environment::from_iter([(OsString::from("http_proxy"), OsString::from(value))]);
            let masks = passwords(&environment);
            assert!(masks.iter().any(|mask| mask.expose_secret() == "hunter2"), "{value}");
        }
        assert_eq!(password("u:p/w@host").first().map(|mask| mask.expose_secret().to_owned()), Some("p/w".to_owned()));
    }

    #[test]
    fn exceptions_mean_what_people_expect() {
        let used = |exceptions, target| {
            used(&[("HTTPS_PROXY", "p:1"), ("NO_PROXY", ""), ("no_proxy", exceptions)], target).is_some()
        };
        for (exceptions, target) in [
            ("*", "https://ghes.corp"),
            ("ghes.corp:443", "https://ghes.corp"),
            ("ghes.corp:8443", "https://ghes.corp:8443"),
            ("x.y, GHES.corp ,z", "https://ghes.corp"),
            ("x.y ghes.corp", "https://ghes.corp"),
            ("corp", "https://a.ghes.corp"),
            (".corp", "https://ghes.corp"),
            (".ghes.corp", "https://ghes.corp"),
            ("*.corp", "https://ghes.corp:8443"),
            ("*.corp:443", "https://a.ghes.corp"),
            ("ghes*", "https://ghes-2.corp"),
            ("https://ghes.corp/", "https://ghes.corp"),
            ("ghes.corp.", "https://ghes.corp"),
            ("10.0.0.0/8", "https://10.1.2.3"),
            ("10.1.2.3:443", "https://10.1.2.3"),
            ("10.1.*", "https://10.1.2.3"),
            ("::1", "https://[::1]"),
            ("[::1]:8443", "https://[::1]:8443"),
            ("fd00::/8", "https://[fd00::2]"),
        ] {
            assert!(!used(exceptions, target), "{exceptions} {target}");
        }
        for (exceptions, target) in [
            ("", "https://ghes.corp"),
            (",", "https://ghes.corp"),
            (".", "https://ghes.corp"),
            ("ghes.corp:443", "https://ghes.corp:8443"),
            ("ghes.corp:x", "https://ghes.corp"),
            ("orp", "https://ghes.corp"),
            ("hes.corp", "https://ghes.corp"),
            ("*.corp", "https://corp"),
            ("*.ghes.corp", "https://my-ghes.corp"),
            ("10.0.0.0/8", "https://11.1.2.3"),
            ("[::1]:443", "https://[::1]:8443"),
            ("10.1.2.3", "https://10.1.2.30"),
        ] {
            assert!(used(exceptions, target), "{exceptions} {target}");
        }
    }
}
