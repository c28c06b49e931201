//! A GitHub host: its address, the connection to it, and what its answers say about the host itself.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use ::http::header::{ACCEPT, CONTENT_TYPE, HeaderValue, USER_AGENT};
use ::http::{HeaderMap, HeaderName};
use octocrab::Octocrab;

use super::advice;
use super::connection::{self, Connection};
use super::request::Request;
use crate::http::Tunnel;

/// The maximum number of warnings to keep; nobody reads more.
const MOST_ADVICE: usize = 5;

/// A GitHub host, independent of the credential.
pub struct Host {
    pub(super) octocrab: Octocrab,
    /// The tunnel through a proxy, if one is used.
    pub(super) tunnel: Option<Tunnel>,
    /// The API's host, followed by the port unless it is the scheme's default.
    pub(super) authority: String,
    /// The prefix of every path, such as `/api/v3`, or empty.
    pub(super) base_path: String,
    headers: HeaderMap,
    /// Warnings from the headers of successful answers, by a key that keeps them from repeating.
    advice: Mutex<BTreeMap<String, String>>,
    /// The value of the `X-GitHub-Enterprise-Version` header.
    enterprise_version: Mutex<Option<String>>,
}

impl Host {
    /// Sets up the connection without sending anything. Needs a running tokio runtime.
    ///
    /// # Errors
    /// When TLS can't be set up.
    pub fn new(connection: &Connection) -> anyhow::Result<Self> {
        let Connection { api_url, api_version, roots, proxy, sign_in: _, limits: _ } = connection;
        let headers = HeaderMap::from_iter([
            (ACCEPT, HeaderValue::from_static("application/vnd.github+json")),
            (USER_AGENT, HeaderValue::from_static(concat!("private-registries/", env!("CARGO_PKG_VERSION")))),
            (HeaderName::from_static("x-github-api-version"), HeaderValue::from_str(api_version)?),
        ]);
        Ok(Self {
            octocrab: connection::connect(api_url, roots, proxy.as_deref())?,
            tunnel: proxy.as_deref().map(|proxy| Tunnel::new(proxy, api_url)),
            authority: connection::authority(api_url).to_owned(),
            base_path: api_url.path().trim_end_matches('/').to_owned(),
            headers,
            advice: Mutex::default(),
            enterprise_version: Mutex::default(),
        })
    }

    /// The API's host without the port.
    pub fn name(&self) -> &str {
        let port = |(_, port): &(&str, &str)| port.bytes().all(|byte| byte.is_ascii_digit());
        self.authority.rsplit_once(':').filter(port).map_or(&self.authority, |(host, _)| host)
    }

    /// The release of a GitHub Enterprise Server, known once it has answered.
    pub fn enterprise_version(&self) -> Option<String> {
        self.enterprise_version.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the warnings collected so far, such as that an endpoint is deprecated.
    pub fn advice(&self) -> Vec<String> {
        self.advice.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Keeps a warning, once per key.
    pub(super) fn advise(&self, key: &str, message: String) {
        self.advice.lock().unwrap_or_else(PoisonError::into_inner).entry(key.to_owned()).or_insert(message);
    }

    /// Collects the warnings that an answer's headers give. `told` redacts and shortens text from outside.
    pub(super) fn take_advice(&self, request: &Request, headers: &HeaderMap, told: impl Fn(&str) -> String) {
        if let Some(version) = headers.get("x-github-enterprise-version").and_then(|version| version.to_str().ok()) {
            *self.enterprise_version.lock().unwrap_or_else(PoisonError::into_inner) = Some(version.to_owned());
        }
        let path = request.path.split('?').next().unwrap_or_default();
        let version =
            self.headers.get("x-github-api-version").and_then(|version| version.to_str().ok()).unwrap_or_default();
        let ending = advice::ending(headers).map(|ending| {
            let message = format!(
                "{} says that `{} {path}` of API version {version} {ending}: set `api-version` to a newer one, or use \
                 a newer release of this action",
                self.authority, request.method
            );
            (ending, message)
        });
        let left_out = advice::left_out(headers).map(|left_out| (left_out.clone(), left_out));
        let mut advice = self.advice.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, message) in ending.into_iter().chain(left_out) {
            if advice.len() < MOST_ADVICE {
                advice.entry(key).or_insert_with(|| told(&message));
            }
        }
    }

    /// Builds the HTTP request.
    pub(super) fn request(
        &self,
        request: &Request,
        authorization: &HeaderValue,
    ) -> ::http::Result<::http::Request<String>> {
        let uri = format!("{}{}", self.base_path, request.path);
        let mut on_the_wire = ::http::Request::builder().method(&request.method).uri(uri);
        if let Some(headers) = on_the_wire.headers_mut() {
            headers.extend(self.headers.clone());
            headers.insert(::http::header::AUTHORIZATION, authorization.clone());
            if request.body.is_some() {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            }
        }
        on_the_wire.body(request.body.clone().unwrap_or_default())
    }

    /// Returns the part of a URL below the API's base, if the URL belongs to this API.
    pub(super) fn path_here(&self, location: &str) -> Option<String> {
        let base = url::Url::parse(&format!("https://{}", self.authority)).ok()?;
        let location = base.join(location).ok()?;
        let path = location.path().strip_prefix(&self.base_path)?;
        (connection::authority(&location) == self.authority).then(|| path.to_owned())
    }
}
