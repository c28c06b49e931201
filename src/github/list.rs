//! Listing the configurations of an organization, page by page.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;
use http::HeaderMap;
use serde_json::Value;

use super::error::{ApiError, Kind};
use super::request::{Request, Response};
use super::{AT_ONCE, OnStop, Organization, REGISTRIES, retry};
use crate::registry::{Listing, LiveRegistry};

const PER_PAGE: usize = 100;
/// The maximum number of pages: far more than Dependabot can use, so a server that returns more is broken.
const MOST_PAGES: usize = 1_000;
/// The maximum size of a list, in bytes of memory (estimated): far more than any organization needs.
pub(super) const LARGEST_LIST: usize = 64 * 1024 * 1024;
/// How often a list of several pages is read before giving up on two equal readings.
const MOST_READINGS: usize = 4;

/// One page of the list.
struct Page {
    registries: Vec<LiveRegistry>,
    total_count: usize,
    /// The `date` of the answer, in seconds since the epoch.
    time: Option<u64>,
    has_next: bool,
    /// The size in memory, in bytes (estimated).
    size: usize,
}

impl Organization {
    /// Lists every configuration, over all pages: <https://docs.github.com/rest/private-registries/organization-configurations#list-private-registries-for-an-organization>
    ///
    /// # Errors
    /// [`ApiError`], also when a page can't be understood.
    pub async fn list(&self, on_stop: OnStop) -> Result<Listing, ApiError> {
        let Page { registries, mut total_count, time, mut has_next, mut size } = self.page(1, on_stop).await?;
        // A server may put fewer on a page than requested, but if it says that there is no next page, this was all.
        let per_page = if has_next { registries.len().clamp(1, PER_PAGE) } else { PER_PAGE };
        // Keyed by name, because a concurrent creation or deletion may move others to a different page.
        let mut registries: BTreeMap<_, _> = registries.into_iter().map(|live| (live.name.clone(), live)).collect();
        let too_much = |detail| {
            self.client.misunderstood(&Request::get(&["orgs", &self.name, REGISTRIES]), &HeaderMap::new(), detail)
        };
        let mut pages = 1;
        loop {
            let last = total_count.div_ceil(per_page).min(MOST_PAGES);
            // A server whose count is too low may still have a next page.
            if pages >= last && !has_next {
                break;
            }
            if pages >= MOST_PAGES {
                return Err(too_much(format!("its list has more than {MOST_PAGES} pages")));
            }
            let before = registries.len();
            let batch = pages + 1..=last.min(pages + AT_ONCE).max(pages + 1);
            pages = *batch.end();
            for page in try_join_all(batch.map(|page| self.page(page, on_stop))).await? {
                has_next = page.has_next;
                size += page.size;
                total_count = total_count.max(page.total_count);
                registries.extend(page.registries.into_iter().map(|live| (live.name.clone(), live)));
            }
            if size > LARGEST_LIST {
                return Err(too_much(format!("its list takes more than {} MiB", LARGEST_LIST >> 20)));
            }
            if registries.len() == before {
                break; // whatever the count says, there are no more
            }
        }
        Ok(Listing { registries: registries.into_values().collect(), total_count, pages, time })
    }

    /// Reads a list of several pages again until two consecutive readings agree. A deletion during the reading may move
    /// other configurations to a page that has already been read, so that they are missed.
    ///
    /// # Errors
    /// [`ApiError`], also when no two consecutive readings agree.
    pub async fn list_again(&self, first: Listing, on_stop: OnStop) -> Result<Listing, ApiError> {
        let mut before = first;
        for _ in 1..MOST_READINGS {
            if before.pages <= 1 {
                return Ok(before);
            }
            let again = self.list(on_stop).await?;
            if again.registries == before.registries && again.total_count == before.total_count {
                return Ok(again);
            }
            before = again;
        }
        Err(self
            .client
            .error(&Request::get(&["orgs", &self.name, REGISTRIES]), Kind::Restless { readings: MOST_READINGS }))
    }

    async fn page(&self, page: usize, on_stop: OnStop) -> Result<Page, ApiError> {
        let query = format!("?per_page={PER_PAGE}&page={page}");
        let request = Request::get(&["orgs", &self.name, REGISTRIES]).query(&query).on_stop(on_stop);
        let response = self.client.send(&request).await?;
        let has_next = response.has_next();
        let Response { json, size, headers } = response;
        let misunderstood = |detail: &str| self.client.misunderstood(&request, &headers, detail.to_owned());
        let Value::Object(mut fields) = json else { return Err(misunderstood("its body is not a list")) };
        let Some(Value::Array(configurations)) = fields.remove("configurations") else {
            return Err(misunderstood("its body has no `configurations`"));
        };
        let total = fields.get("total_count").and_then(Value::as_u64).and_then(|total| usize::try_from(total).ok());
        let total = total.ok_or_else(|| misunderstood("its body has no `total_count`"))?;
        let registries: Result<_, _> = configurations.into_iter().map(LiveRegistry::from_json).collect();
        let registries = registries.map_err(|error| misunderstood(&format!("it has {error}")))?;
        Ok(Page { registries, total_count: total, time: retry::date(Some(&headers), "date"), has_next, size })
    }
}
