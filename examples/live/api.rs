//! Plain requests to GitHub's API, and descriptions of its answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Method};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use url::Url;

use crate::settings::Settings;

/// A flag that asks the run to stop.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    pub(crate) fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A connection to the API.
#[derive(Debug)]
pub(crate) struct Api {
    client: Client,
    root: Url,
    version: &'static str,
    token: SecretString,
    /// The pause before each write, following GitHub's guidance.
    pause: Duration,
}

impl Api {
    /// Sets up the connection without sending anything.
    pub(crate) fn new(settings: &Settings) -> reqwest::Result<Self> {
        // An error only means that a provider is already installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = Client::builder();
        let builder =
            if settings.is_local() { builder.tls_certs_only([]).no_proxy() } else { builder.https_only(true) };
        let client = builder
            .user_agent("private-registries live smoke test")
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .build()?;
        let host = settings.api_url.host_str().unwrap_or_default();
        let is_hosted = host == "api.github.com" || host.ends_with(".ghe.com");
        Ok(Self {
            client,
            root: settings.api_url.clone(),
            // GitHub Enterprise Server before 3.21 accepts only the older version.
            version: if is_hosted { "2026-03-10" } else { "2022-11-28" },
            token: settings.token.clone(),
            pause: if settings.is_local() { Duration::ZERO } else { Duration::from_secs(1) },
        })
    }

    /// Returns the address of an endpoint, with percent-encoded segments.
    pub(crate) fn url(&self, path: &[&str]) -> Url {
        let mut url = self.root.clone();
        url.path_segments_mut().expect("an address with a host can have a path").pop_if_empty().extend(path);
        url
    }

    /// Sends a request with the token.
    ///
    /// # Errors
    /// Why there is no answer.
    pub(crate) async fn send(&self, method: Method, url: Url, body: Option<&Value>) -> Result<Answer, String> {
        self.send_as(&self.token, method, url, body).await
    }

    /// Sends a request with another token.
    pub(crate) async fn send_as(
        &self,
        token: &SecretString,
        method: Method,
        url: Url,
        body: Option<&Value>,
    ) -> Result<Answer, String> {
        let mut authorization = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()))
            .map_err(|_| "the token has a character that a header can't hold")?;
        authorization.set_sensitive(true);
        if method != Method::GET {
            tokio::time::sleep(self.pause).await;
        }
        let mut request = self
            .client
            .request(method, url)
            .header(ACCEPT, "application/vnd.github+json")
            .header(AUTHORIZATION, authorization)
            .header("X-GitHub-Api-Version", self.version);
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let response = request.send().await.map_err(|error| why(&error))?;
        let status = response.status().as_u16();
        let bytes = response.bytes().await.map_err(|error| format!("{status}, but {}", why(&error)))?;
        Ok(Answer { status, body: serde_json::from_slice(&bytes).unwrap_or_default() })
    }
}

/// An answer. The body is `null` if it is not JSON.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Returns a string field of the body.
    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        self.body.get(field).and_then(Value::as_str)
    }

    /// Returns the status with GitHub's message and errors.
    pub(crate) fn words(&self) -> String {
        let said = ["message", "errors"].iter().filter_map(|field| {
            let value = self.body.get(field)?;
            Some(format!(", {field} {}", code(&value.as_str().map_or_else(|| value.to_string(), str::to_owned))))
        });
        self.status.to_string() + &said.collect::<String>()
    }
}

/// Formats a text from outside as code in a table cell.
pub(crate) fn code(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(1000).collect();
    format!("`{}`", text.replace('`', "'").replace('|', "\\|"))
}

/// Returns why there is no answer, without the url, which may hold a proxy's password.
fn why(error: &reqwest::Error) -> String {
    let reason = if error.is_timeout() {
        "no answer within 30 s"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection ended early"
    };
    reason.to_owned()
}
