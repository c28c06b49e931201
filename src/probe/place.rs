//! Decides where a secret may be sent.

use url::{Host, Url};

/// Reports whether a url literally names this machine: a loopback address, or `localhost`. A name that resolves to a
/// loopback address does not count.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Checks that a secret may be sent to the host of a url.
///
/// # Errors
/// The reason why it may not, for a verdict.
pub(super) fn check(url: &Url) -> Result<(), String> {
    let is_nowhere = match url.host() {
        Some(Host::Ipv4(address)) => address.is_unspecified(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_unspecified(),
        Some(Host::Domain(_)) => false,
        None => true,
    };
    match url.scheme() {
        _ if is_nowhere => Err("the url has no usable host".to_owned()),
        "https" => Ok(()),
        "http" if is_loopback(url) => Ok(()),
        "http" => Err("the url begins with http, and no secret is sent unencrypted".to_owned()),
        _ => Err("the url is not an https url".to_owned()),
    }
}

/// Checks that a secret may be sent to the token server that a registry names.
///
/// # Errors
/// The reason why it may not, for a verdict.
pub(super) fn check_token_server(server: &Url, registry: &Url) -> Result<(), String> {
    let has_sign_in = !server.username().is_empty() || server.password().is_some();
    if has_sign_in || check(server).is_err() {
        return Err("no secret is sent to the token server that the registry names: it is not https".to_owned());
    }
    if is_loopback(server) && !is_loopback(registry) {
        return Err("no secret is sent to the token server that the registry names: it is on this machine".to_owned());
    }
    Ok(())
}

/// Returns scheme, host and port, to which a secret is bound.
pub(super) fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_secret_goes_over_https_or_to_a_literal_loopback_address() {
        for text in [
            "https://npm.acme.dev",
            "https://127.0.0.1:8443",
            "https://localhost",
            "http://127.0.0.1:4873/npm",
            "http://127.8.9.10",
            "http://localhost:4873",
            "http://LOCALHOST",
            "http://[::1]:80",
            "http://[::ffff:127.0.0.1]",
            // The same address in another form.
            "http://2130706433",
        ] {
            assert_eq!(check(&url(text)), Ok(()), "{text}");
        }
        for text in [
            "http://npm.acme.dev",
            "http://localhost.acme.dev",
            "http://npm.localhost",
            "http://localhost.",
            "http://127.0.0.1.nip.io",
            "http://10.0.0.1",
            "http://0.0.0.0:4873",
            "https://0.0.0.0",
            "https://[::]",
            "ssh://git.acme.dev",
            "oci://registry.acme.dev",
            "file:///etc/passwd",
        ] {
            assert!(check(&url(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn a_token_server_is_https_and_on_this_machine_only_if_the_registry_is() {
        let (here, there) = (url("http://127.0.0.1:5000/v2/"), url("https://registry.acme.dev/v2/"));
        for (server, from_here, from_there) in [
            ("https://auth.acme.dev/token", true, true),
            ("http://127.0.0.1:5001/token", true, false),
            ("https://127.0.0.1:5001/token", true, false),
            ("https://localhost/token", true, false),
            ("http://auth.acme.dev/token", false, false),
            ("https://me:hunter2@auth.acme.dev/token", false, false),
            ("https://0.0.0.0/token", false, false),
        ] {
            let server = url(server);
            let may = (check_token_server(&server, &here).is_ok(), check_token_server(&server, &there).is_ok());
            assert_eq!(may, (from_here, from_there), "{server}");
        }
    }
}
