//! How GitHub is reached: its address, the credential, and octocrab over reqwest.
//!
//! octocrab carries raw requests only: its model of private registries has no url, no auth type and no OIDC fields, so
//! it can't drive a diff; and its retry would send a POST again.

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
    /// The base, without a trailing slash.
    pub api_url: url::Url,
    /// `X-GitHub-Api-Version`.
    pub api_version: String,
    /// The authorities trusted besides the system's and the built-in ones.
    pub roots: Roots,
    /// What leads to the host, if it is not to be reached directly.
    pub proxy: Option<Box<Proxy>>,
    /// What the run signs in with.
    pub sign_in: SignIn,
    /// How much may be waited, and how far apart writes are.
    pub limits: Limits,
}

/// What a run signs in with.
#[derive(Clone, Debug)]
pub enum SignIn {
    /// A token that somebody made.
    Token(SecretString),
    /// A GitHub App, which is given a token for each organization.
    App(App),
}

/// Prepares the connection; nothing is sent yet. Needs a running tokio runtime.
pub(super) fn connect(api_url: &url::Url, roots: &Roots, proxy: Option<&Proxy>) -> anyhow::Result<Octocrab> {
    let origin: ::http::Uri = format!("{}://{}", api_url.scheme(), authority(api_url)).parse()?;
    let Ok(octocrab) = OctocrabBuilder::new_empty()
        .with_service(ReqwestConnector::new(http::client(api_url, roots, proxy)?))
        .with_layer(&BaseUriLayer::new(origin))
        .with_auth(AuthState::None)
        .build();
    Ok(octocrab)
}

/// The API's host, with the port where it isn't the usual one.
pub(super) fn authority(api_url: &url::Url) -> &str {
    &api_url[url::Position::BeforeHost..url::Position::AfterPort]
}
