//! GitHub's API for an organization's private registries: one function per endpoint, over one private `send`.

mod advice;
mod answer;
mod barrier;
mod body;
mod create;
mod error;
mod retry;
mod send;
mod transport;
mod tunnel;

use std::collections::BTreeMap;

use futures_util::future::try_join_all;
use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;

pub use advice::{Scopes, SignOn};
pub use barrier::Barrier;
pub use body::Body;
pub use create::Before;
pub use error::{ApiError, Kind, Refusal};
pub use send::Client;

use crate::registry::{Listing, LiveRegistry};
use crate::secrets::PublicKey;
use send::{Answer, Call, time_at};

const REGISTRIES: &str = "private-registries";
const PER_PAGE: usize = 100;
/// Far more than Dependabot takes; a server that has more is broken.
const MOST_PAGES: usize = 1_000;
/// Far more than any organization needs, in bytes of memory, about.
const LARGEST_LIST: usize = 64 * 1024 * 1024;
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
    /// What time it was at GitHub, in seconds since the epoch.
    time: u64,
    has_next: bool,
    /// In memory, in bytes, about.
    size: usize,
}

impl Client {
    /// Every configuration, all pages: <https://docs.github.com/rest/private-registries/organization-configurations#list-private-registries-for-an-organization>
    ///
    /// # Errors
    /// [`ApiError`], also when a page can't be understood.
    pub async fn list(&self, org: &str) -> Result<Listing, ApiError> {
        self.list_at(org, OnStop::GiveUp).await.map(|(listing, _)| listing)
    }

    /// The list, and what time it was at GitHub, in seconds since the epoch.
    async fn list_at(&self, org: &str, on_stop: OnStop) -> Result<(Listing, u64), ApiError> {
        let Page { registries, total_count, time, mut has_next, mut size } = self.page(org, 1, on_stop).await?;
        // A server may give less on a page than it was asked for; without a next one there is no more.
        let per_page = if has_next { registries.len().clamp(1, PER_PAGE) } else { PER_PAGE };
        let last = total_count.div_ceil(per_page).min(MOST_PAGES);
        // By name: a configuration made or deleted meanwhile may shift others from page to page.
        let mut registries: BTreeMap<_, _> = registries.into_iter().map(|live| (live.name.clone(), live)).collect();
        let too_much = |detail| self.misunderstood(&Call::get(&["orgs", org, REGISTRIES]), &HeaderMap::new(), detail);
        let mut next = 2;
        // A server that counts too few may have a next page all the same.
        while next <= last || has_next {
            if next > MOST_PAGES {
                return Err(too_much(format!("its list has more than {MOST_PAGES} pages")));
            }
            let before = registries.len();
            let batch = next..=last.min(next + AT_ONCE - 1).max(next);
            next = batch.end() + 1;
            for page in try_join_all(batch.map(|page| self.page(org, page, on_stop))).await? {
                has_next = page.has_next;
                size += page.size;
                registries.extend(page.registries.into_iter().map(|live| (live.name.clone(), live)));
            }
            if size > LARGEST_LIST {
                return Err(too_much(format!("its list takes more than {} MiB", LARGEST_LIST >> 20)));
            }
            if registries.len() == before {
                break; // whatever it counts, it has no more
            }
        }
        Ok((Listing { registries: registries.into_values().collect(), total_count }, time))
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
        Ok(Page { registries, total_count: total, time: time_at(Some(&headers)), has_next, size })
    }

    /// One configuration: <https://docs.github.com/rest/private-registries/organization-configurations#get-a-private-registry-for-an-organization>
    ///
    /// # Errors
    /// [`ApiError`]; 404 means absent, or not allowed.
    pub async fn get(&self, org: &str, name: &str) -> Result<LiveRegistry, ApiError> {
        self.configuration(&Call::get(&["orgs", org, REGISTRIES, name])).await
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
        let call = Call::get(&["orgs", org, REGISTRIES, "public-key"]).on_stop(on_stop);
        let Answer { json, headers, .. } = self.send(&call).await?;
        let text = |key: &str| json.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        PublicKey::parse(text("key_id"), text("key")).map_err(|detail| self.misunderstood(&call, &headers, detail))
    }

    /// Just the given fields of one configuration: <https://docs.github.com/rest/private-registries/organization-configurations#update-a-private-registry-for-an-organization>
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn update(&self, org: &str, name: &str, body: &Body<'_>) -> Result<(), ApiError> {
        let call = Call::new(Method::PATCH, &["orgs", org, REGISTRIES, name]).body(json(body));
        self.send(&call).await.map(drop)
    }

    /// Deletes one; `false` when it was gone already: <https://docs.github.com/rest/private-registries/organization-configurations#delete-a-private-registry-for-an-organization>
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn delete(&self, org: &str, name: &str, on_stop: OnStop) -> Result<bool, ApiError> {
        let call = Call::new(Method::DELETE, &["orgs", org, REGISTRIES, name]).on_stop(on_stop);
        match self.send(&call).await {
            Ok(_) => Ok(true),
            // After a lost attempt it was probably that one.
            Err(error) if error.status() == Some(StatusCode::NOT_FOUND) => Ok(error.lost_before),
            Err(error) => Err(error),
        }
    }

    /// A repository's id: <https://docs.github.com/rest/repos/repos#get-a-repository>
    ///
    /// # Errors
    /// [`ApiError`]; 404 means absent, or not allowed.
    pub async fn repository_id(&self, org: &str, name: &str) -> Result<u64, ApiError> {
        let call = Call::get(&["repos", org, name]);
        let Answer { json, headers, .. } = self.send(&call).await?;
        let id = json.get("id").and_then(Value::as_u64);
        id.ok_or_else(|| self.misunderstood(&call, &headers, "its body has no `id`".to_owned()))
    }
}

/// A body of plain text fields always becomes JSON.
fn json(body: &Body<'_>) -> String {
    serde_json::to_string(body).unwrap_or_default()
}
