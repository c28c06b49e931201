//! What carries requests: reqwest, and what its errors mean.

use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::Resolve;

use super::{Barrier, Proxy, Roots};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// reqwest, because it knows proxies with their credentials, and private certificate authorities. Which proxy is decided
/// already, so it reads no variables by itself. No redirects: they would carry the token elsewhere.
pub fn client(target: &url::Url, roots: &Roots, proxy: Option<&Proxy>) -> anyhow::Result<reqwest::Client> {
    client_with(target, roots, proxy, None)
}

/// The same with a look-up of names of its own, which is asked for the host that is connected to: the proxy, if there is
/// one.
pub fn client_with(
    target: &url::Url,
    roots: &Roots,
    proxy: Option<&Proxy>,
    resolver: Option<Arc<dyn Resolve>>,
) -> anyhow::Result<reqwest::Client> {
    // An error only says that it is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder().no_proxy();
    let builder = match target.scheme() {
        "https" => builder.tls_certs_merge(roots.with_built_in()),
        // To this machine itself: no certificate is ever looked at, so none is read.
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

/// A request that got no answer.
#[derive(Clone, Debug)]
pub struct Unreachable {
    /// Why there was none.
    pub detail: String,
    /// Whether it may have reached somebody.
    pub sent: bool,
    /// What it comes from, if that will not pass by itself.
    pub barrier: Option<Barrier>,
}

impl Unreachable {
    /// What an error of reqwest means, or one that it caused.
    pub fn of(error: &(dyn std::error::Error + 'static)) -> Self {
        let of_reqwest = causes(error).find_map(|cause| cause.downcast_ref::<reqwest::Error>());
        let sent = of_reqwest.is_none_or(|error| !error.is_connect() && !error.is_builder());
        let cause = of_reqwest.map_or(error, |error| error as _);
        Self { detail: chain(cause), sent, barrier: Barrier::of(error) }
    }

    /// A request that could not even be made.
    pub fn unsent(detail: String) -> Self {
        Self { detail, sent: false, barrier: None }
    }
}

/// An error and its causes, outermost first.
fn causes<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

/// The causes of an error, outermost first, without those that only say that something went wrong, and without urls,
/// which may name a proxy with its password.
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
