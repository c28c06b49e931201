//! What carries the requests: octocrab over reqwest, and what their errors mean.
//!
//! octocrab carries raw requests only: its model of private registries has no url, no auth type and no OIDC fields, so
//! it can't drive a diff; and its retry would send a POST again.

use std::time::Duration;

use octocrab::service::middleware::base_uri::BaseUriLayer;
use octocrab::service::middleware::reqwest_connector::ReqwestConnector;
use octocrab::{AuthState, Octocrab, OctocrabBuilder};

use super::barrier::Barrier;
use super::error::Kind;
use crate::proxy::Proxy;
use crate::roots::Roots;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Prepares the connection; nothing is sent yet. Needs a running tokio runtime.
pub(super) fn connect(api_url: &url::Url, roots: &Roots, proxy: Option<&Proxy>) -> anyhow::Result<Octocrab> {
    let origin: http::Uri = format!("{}://{}", api_url.scheme(), authority(api_url)).parse()?;
    let Ok(octocrab) = OctocrabBuilder::new_empty()
        .with_service(ReqwestConnector::new(transport(api_url, roots, proxy)?))
        .with_layer(&BaseUriLayer::new(origin))
        .with_auth(AuthState::None)
        .build();
    Ok(octocrab)
}

/// The API's host, with the port where it isn't the usual one.
pub(super) fn authority(api_url: &url::Url) -> &str {
    &api_url[url::Position::BeforeHost..url::Position::AfterPort]
}

/// reqwest, because it knows proxies with their credentials, and private certificate authorities. Which proxy is decided
/// already, so it reads no variables by itself. No redirects: they would carry the token elsewhere.
fn transport(api_url: &url::Url, roots: &Roots, proxy: Option<&Proxy>) -> anyhow::Result<reqwest::Client> {
    // An error only says that it is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder().no_proxy();
    let builder = match api_url.scheme() {
        "https" => builder.tls_certs_merge(roots.with_built_in()),
        // To this machine itself: no certificate is ever looked at, so none is read.
        _ => builder.tls_certs_only([]),
    };
    let builder = match proxy {
        Some(Proxy { variable: _, url }) => builder.proxy(reqwest::Proxy::all(url.clone())?),
        None => builder,
    };
    Ok(builder
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(REQUEST_TIMEOUT)
        .build()?)
}

/// Whether a request that got no answer can have reached anybody, and why there was none.
pub(super) fn failure(error: &octocrab::Error) -> Kind {
    let causes = std::iter::successors(Some(error as &(dyn std::error::Error + 'static)), |error| error.source());
    let was_sent = |error: &reqwest::Error| !error.is_connect() && !error.is_builder();
    let sent = causes.into_iter().find_map(|cause| cause.downcast_ref::<reqwest::Error>()).is_none_or(was_sent);
    Kind::Unreachable { detail: chain(error), sent, barrier: Barrier::of(error) }
}

/// The causes of an error, outermost first, without those that only say that something went wrong, and without urls,
/// which may name a proxy with its password.
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut said: Vec<String> = Vec::new();
    for cause in std::iter::successors(Some(error), |error| error.source()) {
        let text = match cause.downcast_ref::<reqwest::Error>() {
            Some(error) if error.is_timeout() && error.is_connect() => {
                format!("no connection within {} s", CONNECT_TIMEOUT.as_secs())
            }
            Some(error) if error.is_timeout() => format!("no answer within {} s", REQUEST_TIMEOUT.as_secs()),
            Some(_) => continue,
            None => cause.to_string(),
        };
        let is_empty_talk = ["GitHub", "Service", "Reqwest", "client error"].iter().any(|talk| text.starts_with(talk));
        if !is_empty_talk && !text.contains("://") && !said.iter().any(|other| other.contains(&text)) {
            said.push(text);
        }
    }
    if said.is_empty() { "the connection failed".to_owned() } else { said.join(": ") }
}
