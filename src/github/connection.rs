//! The connection to GitHub: its address, the credential, and octocrab on top of reqwest.
//!
//! octocrab is used for raw requests only. Its model of private registries has no url, auth type or OIDC fields, so it
//! can't drive a diff, and its retry feature would send a POST again.

use octocrab::service::middleware::base_uri::BaseUriLayer;
use octocrab::service::middleware::reqwest_connector::ReqwestConnector;
use octocrab::{AuthState, Octocrab, OctocrabBuilder};
use secrecy::SecretString;

use super::app::App;
use super::pace::Limits;
use crate::http::{self, Proxy, Roots};

/// How to reach GitHub.
#[derive(Debug)]
pub struct Connection {
    /// The API's base URL, without a trailing slash.
    pub api_url: url::Url,
    /// The value of the `X-GitHub-Api-Version` header.
    pub api_version: String,
    /// The certificate authorities to trust in addition to the system's and the built-in ones.
    pub roots: Roots,
    /// The proxy to use; `None` to connect directly.
    pub proxy: Option<Box<Proxy>>,
    /// The credential of the run.
    pub sign_in: SignIn,
    /// The limits on waiting and writing.
    pub limits: Limits,
}

/// The credential of a run.
#[derive(Clone, Debug)]
pub enum SignIn {
    /// A token from the user.
    Token(SecretString),
    /// A GitHub App, which gets a token of its own for each organization.
    App(App),
}

/// Sets up the HTTP client without sending anything. Needs a running tokio runtime.
pub(super) fn connect(api_url: &url::Url, roots: &Roots, proxy: Option<&Proxy>) -> anyhow::Result<Octocrab> {
    let origin: ::http::Uri = format!("{}://{}", api_url.scheme(), authority(api_url)).parse()?;
    let Ok(octocrab) = OctocrabBuilder::new_empty()
        .with_service(ReqwestConnector::new(http::client(api_url, roots, proxy)?))
        .with_layer(&BaseUriLayer::new(origin))
        .with_auth(AuthState::None)
        .build();
    Ok(octocrab)
}

/// Returns the API's host, followed by the port unless it is the scheme's default.
pub(super) fn authority(api_url: &url::Url) -> &str {
    &api_url[url::Position::BeforeHost..url::Position::AfterPort]
}
