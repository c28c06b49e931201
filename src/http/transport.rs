//! The HTTP client, reqwest, and the interpretation of its errors.

use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::Resolve;

use super::{Barrier, Proxy, Roots};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Builds the HTTP client. It is reqwest's because that supports proxies with credentials and private certificate
/// authorities. It reads no proxy variables itself, since the proxy has been chosen already, and follows no redirects,
/// which would carry the token to another host.
pub fn client(target: &url::Url, roots: &Roots, proxy: Option<&Proxy>) -> anyhow::Result<reqwest::Client> {
    client_with(target, roots, proxy, None)
}

/// Builds the same client with its own DNS resolver, which is asked for the host to connect to (the proxy, if there is
/// one).
pub fn client_with(
    target: &url::Url,
    roots: &Roots,
    proxy: Option<&Proxy>,
    resolver: Option<Arc<dyn Resolve>>,
) -> anyhow::Result<reqwest::Client> {
    // An error only means that a provider is already installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder().no_proxy();
    let builder = match target.scheme() {
        "https" => builder.tls_certs_merge(roots.with_built_in()),
        // Plain http to loopback uses no certificates, so none are loaded.
        _ => builder.tls_certs_only([]),
    };
    let builder = match proxy {
        Some(Proxy { variable: _, url }) => builder.proxy(reqwest::Proxy::all(url.clone())?),
        None => builder,
    };
    let builder = match resolver {
        Some(resolver) => builder.dns_resolver(resolver),
        None => builder,
    };
    Ok(builder
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(REQUEST_TIMEOUT)
        .build()?)
}

/// A request without an answer.
#[derive(Clone, Debug)]
pub struct Unreachable {
    /// Why there was none.
    pub detail: String,
    /// Whether the request may have been sent.
    pub sent: bool,
    /// The cause, if it is one that a retry can't fix.
    pub barrier: Option<Barrier>,
}

impl Unreachable {
    /// Interprets an error that is, or is caused by, one of reqwest.
    pub fn of(error: &(dyn std::error::Error + 'static)) -> Self {
        let of_reqwest = causes(error).find_map(|cause| cause.downcast_ref::<reqwest::Error>());
        let sent = of_reqwest.is_none_or(|error| !error.is_connect() && !error.is_builder());
        let cause = of_reqwest.map_or(error, |error| error as _);
        Self { detail: chain(cause), sent, barrier: Barrier::of(error) }
    }

    /// Describes a request that could not even be built.
    pub fn unsent(detail: String) -> Self {
        Self { detail, sent: false, barrier: None }
    }
}

/// Returns an error and its causes, outermost first.
fn causes<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

/// Returns the texts of an error's causes, outermost first, without those that say nothing specific and without urls,
/// which may hold a proxy's password.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut said: Vec<String> = Vec::new();
    for cause in causes(error) {
        let text = match cause.downcast_ref::<reqwest::Error>() {
            Some(error) if error.is_timeout() && error.is_connect() => {
                format!("no connection within {} s", CONNECT_TIMEOUT.as_secs())
            }
            Some(error) if error.is_timeout() => format!("no answer within {} s", REQUEST_TIMEOUT.as_secs()),
            Some(_) => continue,
            None => cause.to_string(),
        };
        if !text.starts_with("client error") && !text.contains("://") && !said.iter().any(|other| other.contains(&text))
        {
            said.push(text);
        }
    }
    if said.is_empty() { "the connection failed".to_owned() } else { said.join(": ") }
}
