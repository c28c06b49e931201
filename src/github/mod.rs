//! GitHub's API for an organization's private registries: one function per endpoint, over one private `send`.

mod advice;
pub mod app;
mod body;
mod connection;
mod create;
mod credential;
mod error;
mod explain;
mod refusal;
mod retry;
mod send;
mod taken;

use std::collections::BTreeMap;

use futures_util::future::try_join_all;
use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;

pub use advice::{Scopes, SignOn};
pub use body::Body;
pub use connection::Connection;
pub use credential::Credential;
pub use create::{Before, Created, Creation};
pub use error::{ApiError, Kind};
pub use refusal::Refusal;
pub use send::Client;

use crate::registry::{Listing, LiveRegistry};
use crate::secrets::PublicKey;
use send::{Answer, Call};

const REGISTRIES: &str = "private-registries";
/// Where the public key is, beside the configurations.
const PUBLIC_KEY: &str = "public-key";
const PER_PAGE: usize = 100;
/// Far more than Dependabot takes; a server that has more is broken.
const MOST_PAGES: usize = 1_000;
/// Far more than any organization needs, in bytes of memory, about.
const LARGEST_LIST: usize = 64 * 1024 * 1024;
/// How often a list of several pages is read that should be the same twice.
const MOST_READINGS: usize = 4;
/// How many pages or look-ups are under way at once.
pub const AT_ONCE: usize = 16;

/// What happens to a request that is not under way yet when the run is told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnStop {
    /// It is not sent any more.
    GiveUp,
    /// It is sent in the time that is left: it serves to end what a write began, and half of it would be worse.
    Finish,
}

/// One page of the list.
struct Page {
    registries: Vec<LiveRegistry>,
    total_count: usize,
    /// What time it was at GitHub, in seconds since the epoch, where it told.
    time: Option<u64>,
    has_next: bool,
    /// In memory, in bytes, about.
    size: usize,
}

impl Client {
    /// Every configuration, all pages: <https://docs.github.com/rest/private-registries/organization-configurations#list-private-registries-for-an-organization>
    ///
    /// # Errors
    /// [`ApiError`], also when a page can't be understood.
    pub async fn list(&self, org: &str, on_stop: OnStop) -> Result<Listing, ApiError> {
        let Page { registries, mut total_count, time, mut has_next, mut size } = self.page(org, 1, on_stop).await?;
        // A server may give less on a page than it was asked for; without a next one there is no more.
        let per_page = if has_next { registries.len().clamp(1, PER_PAGE) } else { PER_PAGE };
        // By name: a configuration made or deleted meanwhile may shift others from page to page.
        let mut registries: BTreeMap<_, _> = registries.into_iter().map(|live| (live.name.clone(), live)).collect();
        let too_much = |detail| self.misunderstood(&Call::get(&["orgs", org, REGISTRIES]), &HeaderMap::new(), detail);
        let mut pages = 1;
        loop {
            let last = total_count.div_ceil(per_page).min(MOST_PAGES);
            // A server that counts too few may have a next page all the same.
            if pages >= last && !has_next {
                break;
            }
            if pages >= MOST_PAGES {
                return Err(too_much(format!("its list has more than {MOST_PAGES} pages")));
            }
            let before = registries.len();
            let batch = pages + 1..=last.min(pages + AT_ONCE).max(pages + 1);
            pages = *batch.end();
            for page in try_join_all(batch.map(|page| self.page(org, page, on_stop))).await? {
                has_next = page.has_next;
                size += page.size;
                total_count = total_count.max(page.total_count);
                registries.extend(page.registries.into_iter().map(|live| (live.name.clone(), live)));
            }
            if size > LARGEST_LIST {
                return Err(too_much(format!("its list takes more than {} MiB", LARGEST_LIST >> 20)));
            }
            if registries.len() == before {
                break; // whatever it counts, it has no more
            }
        }
        Ok(Listing { registries: registries.into_values().collect(), total_count, pages, time })
    }

    /// A list of several pages again, until two readings in a row agree: what is deleted while they are read moves
    /// others to a page that has been read already, where nobody sees them.
    ///
    /// # Errors
    /// [`ApiError`], also when no two readings agree.
    pub async fn list_again(&self, org: &str, first: Listing, on_stop: OnStop) -> Result<Listing, ApiError> {
        let mut before = first;
        for _ in 1..MOST_READINGS {
            if before.pages <= 1 {
                return Ok(before);
            }
            let again = self.list(org, on_stop).await?;
            if again.registries == before.registries && again.total_count == before.total_count {
                return Ok(again);
            }
            before = again;
        }
        Err(self.error(&Call::get(&["orgs", org, REGISTRIES]), Kind::Restless { readings: MOST_READINGS }))
    }

    async fn page(&self, org: &str, page: usize, on_stop: OnStop) -> Result<Page, ApiError> {
        // The `Link` header only tells whether there is more. Followed, it could lead to another host.
        let query = format!("?per_page={PER_PAGE}&page={page}");
        let call = Call::get(&["orgs", org, REGISTRIES]).query(&query).on_stop(on_stop);
        let Answer { json, size, headers } = self.send(&call).await?;
        let misunderstood = |detail: &str| self.misunderstood(&call, &headers, detail.to_owned());
        let Value::Object(mut fields) = json else { return Err(misunderstood("its body is not a list")) };
        let Some(Value::Array(configurations)) = fields.remove("configurations") else {
            return Err(misunderstood("its body has no `configurations`"));
        };
        let total = fields.get("total_count").and_then(Value::as_u64).and_then(|total| usize::try_from(total).ok());
        let total = total.ok_or_else(|| misunderstood("its body has no `total_count`"))?;
        let registries: Result<_, _> = configurations.into_iter().map(LiveRegistry::from_json).collect();
        let registries = registries.map_err(|error| misunderstood(&format!("it has {error}")))?;
        let links = headers.get(http::header::LINK).and_then(|links| links.to_str().ok());
        let has_next = links.is_some_and(|links| links.contains("rel=\"next\""));
        Ok(Page { registries, total_count: total, time: retry::date(Some(&headers), "date"), has_next, size })
    }

    /// One configuration: <https://docs.github.com/rest/private-registries/organization-configurations#get-a-private-registry-for-an-organization>
    ///
    /// # Errors
    /// [`ApiError`]; 404 means absent, or not allowed.
    pub async fn get(&self, org: &str, name: &str) -> Result<LiveRegistry, ApiError> {
        self.configuration(&named(Method::GET, org, name)).await
    }

    /// Sends a request whose answer is one configuration.
    async fn configuration(&self, call: &Call) -> Result<LiveRegistry, ApiError> {
        let Answer { json, headers, .. } = self.send(call).await?;
        LiveRegistry::from_json(json).map_err(|error| self.misunderstood(call, &headers, format!("it is {error}")))
    }

    /// The key to seal with: <https://docs.github.com/rest/private-registries/organization-configurations#get-private-registries-public-key-for-an-organization>
    ///
    /// # Errors
    /// [`ApiError`], also when the key is unusable.
    pub async fn public_key(&self, org: &str, on_stop: OnStop) -> Result<PublicKey, ApiError> {
        let call = Call::get(&["orgs", org, REGISTRIES, PUBLIC_KEY]).on_stop(on_stop);
        let Answer { json, headers, .. } = self.send(&call).await?;
        let text = |key: &str| json.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        PublicKey::parse(text("key_id"), text("key")).map_err(|detail| self.misunderstood(&call, &headers, detail))
    }

    /// Just the given fields of one configuration: <https://docs.github.com/rest/private-registries/organization-configurations#update-a-private-registry-for-an-organization>
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn update(&self, org: &str, name: &str, body: &Body<'_>, on_stop: OnStop) -> Result<(), ApiError> {
        let call = named(Method::PATCH, org, name).body(json(body)).on_stop(on_stop);
        self.send(&call).await.map(drop)
    }

    /// Deletes one; `false` when it was gone already: <https://docs.github.com/rest/private-registries/organization-configurations#delete-a-private-registry-for-an-organization>
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn delete(&self, org: &str, name: &str, on_stop: OnStop) -> Result<bool, ApiError> {
        let call = named(Method::DELETE, org, name).on_stop(on_stop);
        match self.send(&call).await {
            Ok(_) => Ok(true),
            // After a lost attempt it was probably that one.
            Err(error) if error.status() == Some(StatusCode::NOT_FOUND) => Ok(error.lost_before),
            Err(error) => Err(error),
        }
    }

    /// A repository, by its name or by one that it had before:
    /// <https://docs.github.com/rest/repos/repos#get-a-repository>
    ///
    /// # Errors
    /// [`ApiError`]; 404 means absent, or not allowed.
    pub async fn repository(&self, org: &str, name: &str) -> Result<FoundRepository, ApiError> {
        let mut call = Call::get(&["repos", org, name]);
        let mut answer = self.send(&call).await;
        // GitHub's answer to a former name: <https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects>
        if let Some(id) = answer.as_ref().err().and_then(|error| self.new_address(error)) {
            call = Call::get(&["repositories", &id]);
            answer = self.send(&call).await;
        }
        let Answer { json, headers, .. } = answer?;
        let id = json.get("id").and_then(Value::as_u64);
        let full_name = json.get("full_name").and_then(Value::as_str).map(str::to_owned);
        match id {
            Some(id) => Ok(FoundRepository { id, full_name }),
            None => Err(self.misunderstood(&call, &headers, "its body has no `id`".to_owned())),
        }
    }

    /// The id in the address that a repository has now, when a redirect leads there. Only the id is taken from it: the
    /// next request goes to the same host as every other.
    fn new_address(&self, redirect: &ApiError) -> Option<String> {
        let Kind::Refused(Refusal { status, location: Some(location), .. }) = &redirect.kind else { return None };
        let id = self.path_here(location)?.strip_prefix("/repositories/")?.to_owned();
        (status.is_redirection() && !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())).then_some(id)
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

/// A request about one configuration, which is not sent where the name makes its path that of something else.
fn named(method: Method, org: &str, name: &str) -> Call {
    let call = Call::new(method, &["orgs", org, REGISTRIES, name]);
    // No encoding keeps dots from being taken for steps between folders.
    if [".", "..", PUBLIC_KEY].contains(&name) { call.misleading(name) } else { call }
}

/// A body of plain text fields always becomes JSON.
fn json(body: &Body<'_>) -> String {
    serde_json::to_string(body).unwrap_or_default()
}
