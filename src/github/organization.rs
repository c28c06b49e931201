//! An organization on GitHub: one function per endpoint, and what has been looked up there.

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

/// An organization, as one credential sees it.
pub struct Organization {
    pub(super) client: Client,
    pub(super) name: String,
    known: Mutex<Known>,
}

/// What has been looked up: each is asked for once in a run, whatever the answer was.
#[derive(Default)]
struct Known {
    key: Option<Result<PublicKey, ApiError>>,
    /// By name, in lower case.
    repositories: BTreeMap<String, Result<FoundRepository, ApiError>>,
    /// The names that configurations have now, where they were listed.
    names: Option<BTreeSet<String>>,
}

impl Organization {
    /// Nothing is sent yet.
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into(), known: Mutex::default() }
    }

    /// Its name, as the person wrote it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Who asks.
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Where progress is told.
    pub const fn console(&self) -> &Console {
        self.client.console()
    }

    /// Never to be held while anything is awaited.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the names that a list has: what appears later with another one is new.
    pub fn remember(&self, listing: &Listing) {
        self.known().names = Some(listing.registries.iter().map(|live| live.name.clone()).collect());
    }

    /// Whether a configuration of this name was listed or created; `None` where nothing was listed.
    pub fn has_name(&self, name: &str) -> Option<bool> {
        self.known().names.as_ref().map(|names| names.contains(name))
    }

    /// Whether its configurations were listed.
    pub fn is_listed(&self) -> bool {
        self.known().names.is_some()
    }

    /// GitHub may give the name of what was deleted again.
    pub fn free_name(&self, name: &str) {
        if let Some(names) = &mut self.known().names {
            names.remove(name);
        }
    }

    /// A name that is taken by what was created.
    pub fn take_name(&self, name: &str) {
        if let Some(names) = &mut self.known().names {
            names.insert(name.to_owned());
        }
    }

    /// One configuration: <https://docs.github.com/rest/private-registries/organization-configurations#get-a-private-registry-for-an-organization>
    ///
    /// # Errors
    /// [`ApiError`]; 404 means absent, or not allowed.
    pub async fn get(&self, name: &str) -> Result<LiveRegistry, ApiError> {
        self.configuration(&self.named(Method::GET, name)).await
    }

    /// Sends a request whose answer is one configuration.
    pub(super) async fn configuration(&self, request: &Request) -> Result<LiveRegistry, ApiError> {
        let Response { json, headers, .. } = self.client.send(request).await?;
        LiveRegistry::from_json(json)
            .map_err(|error| self.client.misunderstood(request, &headers, format!("it is {error}")))
    }

    /// The key to seal with, read once: <https://docs.github.com/rest/private-registries/organization-configurations#get-private-registries-public-key-for-an-organization>
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

    /// The key as it is now: it may be rotated at any time.
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

    /// Just the given fields of one configuration: <https://docs.github.com/rest/private-registries/organization-configurations#update-a-private-registry-for-an-organization>
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn update(&self, name: &str, body: &Body<'_>, on_stop: OnStop) -> Result<(), ApiError> {
        let request = self.named(Method::PATCH, name).body(json(body)).on_stop(on_stop);
        self.client.send(&request).await.map(drop)
    }

    /// Deletes one; `false` when it was gone already: <https://docs.github.com/rest/private-registries/organization-configurations#delete-a-private-registry-for-an-organization>
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn delete(&self, name: &str, on_stop: OnStop) -> Result<bool, ApiError> {
        let request = self.named(Method::DELETE, name).on_stop(on_stop);
        match self.client.send(&request).await {
            Ok(_) => Ok(true),
            // After a lost attempt it was probably that one.
            Err(error) if error.status() == Some(StatusCode::NOT_FOUND) => Ok(error.lost_before),
            Err(error) => Err(error),
        }
    }

    /// A repository, by its name or by one that it had before, asked for once:
    /// <https://docs.github.com/rest/repos/repos#get-a-repository>
    ///
    /// # Errors
    /// [`ApiError`]; 404 means absent, or not allowed.
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
        // GitHub's answer to a former name: <https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects>
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

    /// The id in the address that a repository has now, when a redirect leads there. Only the id is taken from it: the
    /// next request goes to the same host as every other.
    fn new_address(&self, redirect: &ApiError) -> Option<String> {
        let Kind::Refused(Refusal { status, location: Some(location), .. }) = &redirect.kind else { return None };
        let id = self.client.host().path_here(location)?.strip_prefix("/repositories/")?.to_owned();
        (status.is_redirection() && !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())).then_some(id)
    }

    /// A request about one configuration, which is not sent where the name makes its path that of something else.
    fn named(&self, method: Method, name: &str) -> Request {
        let request = Request::new(method, &["orgs", &self.name, REGISTRIES, name]);
        // No encoding keeps dots from being taken for steps between folders.
        if [".", "..", PUBLIC_KEY].contains(&name) { request.misleading(name) } else { request }
    }
}

/// A repository as GitHub knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundRepository {
    /// What `selected_repository_ids` has for it.
    pub id: u64,
    /// Its owner and name now, where they were told: `acme/api`.
    pub full_name: Option<String>,
}
