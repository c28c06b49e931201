//! An organization on GitHub: one function per endpoint, and a cache of what has been looked up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::{Method, StatusCode};
use serde_json::Value;

use super::error::{ApiError, Kind};
use super::refusal::Refusal;
use super::request::{Request, Response};
use super::{Body, Client, OnStop, PUBLIC_KEY, REGISTRIES, json};
use crate::actions::Console;
use crate::registry::{Listing, LiveRegistry, text_or_number};
use crate::secrets::PublicKey;

/// An organization as one credential sees it.
pub struct Organization {
    pub(super) client: Client,
    pub(super) name: String,
    known: Mutex<Known>,
}

/// A cache: the answer to each look-up, errors included, so that nothing is requested twice in a run.
#[derive(Default)]
struct Known {
    key: Option<Result<PublicKey, ApiError>>,
    /// By lower-case name.
    repositories: BTreeMap<String, Result<FoundRepository, ApiError>>,
    /// The names of the configurations; `None` until they have been listed.
    names: Option<BTreeSet<String>>,
}

impl Organization {
    /// Creates an organization without sending anything.
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into(), known: Mutex::default() }
    }

    /// The organization's name, in the user's spelling.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The client that sends its requests.
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// The console that shows progress.
    pub const fn console(&self) -> &Console {
        self.client.console()
    }

    /// Locks the cache. Never hold the guard across an `await`.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers the names on a list, so that a configuration whose name is not among them is known to be new.
    pub fn remember(&self, listing: &Listing) {
        self.known().names = Some(listing.registries.iter().map(|live| live.name.clone()).collect());
    }

    /// Returns whether a configuration with this name was listed or created, or `None` if nothing has been listed.
    pub fn has_name(&self, name: &str) -> Option<bool> {
        self.known().names.as_ref().map(|names| names.contains(name))
    }

    /// Returns whether the configurations have been listed.
    pub fn is_listed(&self) -> bool {
        self.known().names.is_some()
    }

    /// Forgets the name of a deleted configuration, which GitHub may use again.
    pub fn free_name(&self, name: &str) {
        if let Some(names) = &mut self.known().names {
            names.remove(name);
        }
    }

    /// Remembers the name of a configuration that was just created.
    pub fn take_name(&self, name: &str) {
        if let Some(names) = &mut self.known().names {
            names.insert(name.to_owned());
        }
    }

    /// Fetches one configuration: <https://docs.github.com/rest/private-registries/organization-configurations#get-a-private-registry-for-an-organization>
    ///
    /// # Errors
    /// [`ApiError`]; a 404 means that it does not exist or that the credential may not see it.
    pub async fn get(&self, name: &str) -> Result<LiveRegistry, ApiError> {
        self.configuration(&self.named(Method::GET, name)).await
    }

    /// Sends a request and parses the answer as one configuration.
    pub(super) async fn configuration(&self, request: &Request) -> Result<LiveRegistry, ApiError> {
        let Response { json, headers, .. } = self.client.send(request).await?;
        LiveRegistry::from_json(json)
            .map_err(|error| self.client.misunderstood(request, &headers, format!("it is {error}")))
    }

    /// Returns the public key for sealing secrets, from the cache if possible: <https://docs.github.com/rest/private-registries/organization-configurations#get-private-registries-public-key-for-an-organization>
    ///
    /// # Errors
    /// [`ApiError`], also when the key is unusable.
    pub async fn public_key(&self, on_stop: OnStop) -> Result<PublicKey, ApiError> {
        let known = self.known().key.clone();
        match known {
            Some(known) => known,
            None => self.current_public_key(on_stop).await,
        }
    }

    /// Fetches the current public key, bypassing the cache, because GitHub may rotate it at any time.
    ///
    /// # Errors
    /// [`ApiError`], also when the key is unusable.
    pub async fn current_public_key(&self, on_stop: OnStop) -> Result<PublicKey, ApiError> {
        let key = self.read_public_key(on_stop).await;
        self.known().key = Some(key.clone());
        key
    }

    async fn read_public_key(&self, on_stop: OnStop) -> Result<PublicKey, ApiError> {
        let request = Request::get(&["orgs", &self.name, REGISTRIES, PUBLIC_KEY]).on_stop(on_stop);
        let Response { json, headers, .. } = self.client.send(&request).await?;
        let key_id = json.get("key_id").and_then(text_or_number).unwrap_or_default();
        let key = json.get("key").and_then(Value::as_str).unwrap_or_default().to_owned();
        PublicKey::parse(key_id, key).map_err(|detail| self.client.misunderstood(&request, &headers, detail))
    }

    /// Updates the given fields of one configuration, and no others: <https://docs.github.com/rest/private-registries/organization-configurations#update-a-private-registry-for-an-organization>
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn update(&self, name: &str, body: &Body<'_>, on_stop: OnStop) -> Result<(), ApiError> {
        let request = self.named(Method::PATCH, name).body(json(body)).on_stop(on_stop);
        self.client.send(&request).await.map(drop)
    }

    /// Deletes one configuration: <https://docs.github.com/rest/private-registries/organization-configurations#delete-a-private-registry-for-an-organization>
    ///
    /// Returns `false` if it was already gone.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn delete(&self, name: &str, on_stop: OnStop) -> Result<bool, ApiError> {
        let request = self.named(Method::DELETE, name).on_stop(on_stop);
        match self.client.send(&request).await {
            Ok(_) => Ok(true),
            // If the answer to an earlier attempt was lost, that attempt probably deleted it.
            Err(error) if error.status() == Some(StatusCode::NOT_FOUND) => Ok(error.lost_before),
            Err(error) => Err(error),
        }
    }

    /// Looks up a repository by its current or a former name, once in a run:
    /// <https://docs.github.com/rest/repos/repos#get-a-repository>
    ///
    /// # Errors
    /// [`ApiError`]; a 404 means that it does not exist or that the credential may not see it.
    pub async fn repository(&self, name: &str) -> Result<FoundRepository, ApiError> {
        let key = name.to_lowercase();
        let known = self.known().repositories.get(&key).cloned();
        if let Some(known) = known {
            return known;
        }
        let found = self.find_repository(name).await;
        self.known().repositories.insert(key, found.clone());
        found
    }

    async fn find_repository(&self, name: &str) -> Result<FoundRepository, ApiError> {
        let mut request = Request::get(&["repos", &self.name, name]);
        let mut answer = self.client.send(&request).await;
        // GitHub redirects a former name: <https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects>
        if let Some(id) = answer.as_ref().err().and_then(|error| self.new_address(error)) {
            request = Request::get(&["repositories", &id]);
            answer = self.client.send(&request).await;
        }
        let Response { json, headers, .. } = answer?;
        let id = json.get("id").and_then(Value::as_u64);
        let full_name = json.get("full_name").and_then(Value::as_str).map(str::to_owned);
        match id {
            Some(id) => Ok(FoundRepository { id, full_name }),
            None => Err(self.client.misunderstood(&request, &headers, "its body has no `id`".to_owned())),
        }
    }

    /// Returns the repository id from a redirect to `/repositories/ID` on this API. Only the id is used, so the next
    /// request goes to the same host as every other.
    fn new_address(&self, redirect: &ApiError) -> Option<String> {
        let Kind::Refused(Refusal { status, location: Some(location), .. }) = &redirect.kind else { return None };
        let id = self.client.host().path_here(location)?.strip_prefix("/repositories/")?.to_owned();
        (status.is_redirection() && !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())).then_some(id)
    }

    /// Builds a request for one configuration. [`Client::send`] refuses it if the name would turn its path into that of
    /// something else.
    fn named(&self, method: Method, name: &str) -> Request {
        let request = Request::new(method, &["orgs", &self.name, REGISTRIES, name]);
        // Percent-encoding does not help: URL parsers treat `%2e%2e` like `..` and remove the segment.
        if [".", "..", PUBLIC_KEY].contains(&name) { request.misleading(name) } else { request }
    }
}

/// A repository as GitHub knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundRepository {
    /// Its id, as `selected_repository_ids` takes it.
    pub id: u64,
    /// Its current owner and name, such as `acme/api`, if the answer has them.
    pub full_name: Option<String>,
}
