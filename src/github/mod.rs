//! GitHub's API for an organization's private registries: one function per endpoint, over one private `send`.

mod body;
mod error;
mod retry;
mod send;

use std::time::SystemTime;

use futures_util::future::try_join_all;
use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;
use tokio::time::Instant;

pub use body::Body;
pub use error::{ApiError, Kind, Refusal};
pub use send::Client;

use crate::desired::Desired;
use crate::registry::{Listing, LiveRegistry};
use crate::secrets::PublicKey;
use retry::History;
use send::{Answer, Call};

const REGISTRIES: &str = "private-registries";
const PER_PAGE: usize = 100;
/// Far more than Dependabot takes; a server that claims more is broken.
const MOST_REGISTRIES: usize = 100_000;
/// How many pages or look-ups are under way at once.
const AT_ONCE: usize = 16;
/// How often a POST may be lost before we give up.
const MOST_LOSSES: u32 = 3;

/// What is known from before a creation, to tell what it created from what was there.
#[derive(Clone, Copy, Debug)]
pub struct Before<'a> {
    /// The names that there were, if they were listed.
    pub names: Option<&'a [String]>,
    /// The names among them that this run has deleted: GitHub may give them again.
    pub gone: &'a [String],
    /// When this run began to write.
    pub began: Instant,
}

impl Client {
    /// Every configuration, all pages: <https://docs.github.com/rest/private-registries/organization-configurations#list-private-registries-for-an-organization>
    ///
    /// # Errors
    /// [`ApiError`], also when a page can't be understood.
    pub async fn list(&self, org: &str) -> Result<Listing, ApiError> {
        self.list_at(org).await.map(|(listing, _)| listing)
    }

    /// The list, and what time it was at GitHub, in seconds since the epoch, if it said so.
    async fn list_at(&self, org: &str) -> Result<(Listing, Option<i64>), ApiError> {
        let (mut registries, total_count, time) = self.page(org, 1).await?;
        let pages: Vec<usize> = (2..=total_count.min(MOST_REGISTRIES).div_ceil(PER_PAGE)).collect();
        for batch in pages.chunks(AT_ONCE) {
            let batch = try_join_all(batch.iter().map(|page| self.page(org, *page))).await?;
            registries.extend(batch.into_iter().flat_map(|(registries, _, _)| registries));
        }
        // A configuration made or deleted meanwhile may shift others from page to page.
        registries.sort_by(|one, other| one.name.cmp(&other.name));
        registries.dedup_by(|one, other| one.name == other.name);
        Ok((Listing { registries, total_count }, time))
    }

    async fn page(&self, org: &str, page: usize) -> Result<(Vec<LiveRegistry>, usize, Option<i64>), ApiError> {
        // The `Link` header is not followed: it could lead to another host.
        let query = format!("?per_page={PER_PAGE}&page={page}");
        let call = Call::get(&["orgs", org, REGISTRIES]).query(&query);
        let Answer { json, headers } = self.send(&call).await?;
        let misunderstood = |detail: &str| self.misunderstood(&call, &headers, detail.to_owned());
        let Value::Object(mut fields) = json else { return Err(misunderstood("its body is no list")) };
        let Some(Value::Array(configurations)) = fields.remove("configurations") else {
            return Err(misunderstood("its body has no `configurations`"));
        };
        let total = fields.get("total_count").and_then(Value::as_u64).and_then(|total| usize::try_from(total).ok());
        let total = total.ok_or_else(|| misunderstood("its body has no `total_count`"))?;
        let registries: Result<_, _> = configurations.into_iter().map(LiveRegistry::from_json).collect();
        Ok((registries.map_err(|error| misunderstood(&format!("it has {error}")))?, total, time_of(&headers)))
    }

    /// One configuration: <https://docs.github.com/rest/private-registries/organization-configurations#get-a-private-registry-for-an-organization>
    ///
    /// # Errors
    /// [`ApiError`]; 404 means absent, or not allowed.
    pub async fn get(&self, org: &str, name: &str) -> Result<LiveRegistry, ApiError> {
        let call = Call::get(&["orgs", org, REGISTRIES, name]);
        let Answer { json, headers } = self.send(&call).await?;
        LiveRegistry::from_json(json).map_err(|error| self.misunderstood(&call, &headers, format!("it is {error}")))
    }

    /// The key to seal with: <https://docs.github.com/rest/private-registries/organization-configurations#get-private-registries-public-key-for-an-organization>
    ///
    /// # Errors
    /// [`ApiError`], also when the key is unusable.
    pub async fn public_key(&self, org: &str) -> Result<PublicKey, ApiError> {
        let call = Call::get(&["orgs", org, REGISTRIES, "public-key"]);
        let Answer { json, headers } = self.send(&call).await?;
        let text = |key: &str| json.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        PublicKey::parse(text("key_id"), text("key")).map_err(|detail| self.misunderstood(&call, &headers, detail))
    }

    /// A new configuration: <https://docs.github.com/rest/private-registries/organization-configurations#create-a-private-registry-for-an-organization>
    ///
    /// When the answer is lost, GitHub is asked whether it was carried out, and only if not it is sent again. One that
    /// `finishes` what another write began is sent although the run is told to stop.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn create(
        &self,
        org: &str,
        desired: &Desired,
        body: &Body<'_>,
        before: Before<'_>,
        finishes: bool,
    ) -> Result<LiveRegistry, ApiError> {
        let call = Call::new(Method::POST, &["orgs", org, REGISTRIES]).body(json(body)).finishing(finishes);
        for losses in 1.. {
            let error = match self.send(&call).await {
                Ok(Answer { json, headers }) => match LiveRegistry::from_json(json) {
                    Ok(live) => return Ok(live),
                    Err(error) => self.misunderstood(&call, &headers, format!("it is {error}")),
                },
                Err(error) => error,
            };
            // After a loss even a clear refusal may be about what the lost request did.
            let may_be_there = error.is_lost() || (losses > 1 && error.status().is_some());
            if !may_be_there {
                return Err(error);
            }
            if let Some(created) = self.settle(org, &call, &error, losses, desired, before).await? {
                self.log().text(&format!("{} was created although its answer was lost", created.name));
                return Ok(created);
            }
            if !error.is_lost() || losses > MOST_LOSSES {
                return Err(error);
            }
        }
        unreachable!("the loop ends by returning")
    }

    /// Looks for what a lost POST created.
    async fn settle(
        &self,
        org: &str,
        call: &Call,
        error: &ApiError,
        losses: u32,
        desired: &Desired,
        before: Before<'_>,
    ) -> Result<Option<LiveRegistry>, ApiError> {
        let unsettled = |why: ApiError| {
            if matches!(why.kind, Kind::Stopped { .. }) {
                return self.error(call, Kind::Stopped { sent: true });
            }
            let why = why.to_string().lines().next().unwrap_or_default().to_owned();
            self.error(call, Kind::Unsettled { lost: Box::new(error.clone()), why })
        };
        if error.is_lost() {
            self.pause_after_loss(losses, call, error).await;
        }
        let (listing, time) = self.list_at(org).await.map_err(unsettled)?;
        // By GitHub's clock: the one here may be wrong.
        let time = time.unwrap_or_else(|| chrono::DateTime::<chrono::Utc>::from(SystemTime::now()).timestamp());
        let since = time - i64::try_from(before.began.elapsed().as_secs() + 1).unwrap_or(i64::MAX);
        Ok(listing.registries.into_iter().find(|live| is_ours(live, desired, before, since)))
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
    pub async fn delete(&self, org: &str, name: &str) -> Result<bool, ApiError> {
        self.deletion(org, name, false).await
    }

    /// Deletes what has been replaced, even when the run is told to stop in between: half a replacement would leave
    /// two configurations for one registry.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn finish_with_delete(&self, org: &str, name: &str) -> Result<bool, ApiError> {
        self.deletion(org, name, true).await
    }

    async fn deletion(&self, org: &str, name: &str, finishes: bool) -> Result<bool, ApiError> {
        let call = Call::new(Method::DELETE, &["orgs", org, REGISTRIES, name]).finishing(finishes);
        let mut history = History::default();
        match self.send_noting(&call, &mut history).await {
            Ok(_) => Ok(true),
            // After a lost attempt it was probably that one.
            Err(error) if error.status() == Some(StatusCode::NOT_FOUND) => Ok(history.lost),
            Err(error) => Err(error),
        }
    }

    /// The error of a write whose secret could not be sealed.
    pub fn not_sealed(&self, org: &str) -> ApiError {
        self.error(&Call::get(&["orgs", org, REGISTRIES]), Kind::NotSealed)
    }

    /// A repository's id: <https://docs.github.com/rest/repos/repos#get-a-repository>
    ///
    /// # Errors
    /// [`ApiError`]; 404 means absent, or not allowed.
    pub async fn repository_id(&self, org: &str, name: &str) -> Result<u64, ApiError> {
        let call = Call::get(&["repos", org, name]);
        let Answer { json, headers } = self.send(&call).await?;
        let id = json.get("id").and_then(Value::as_u64);
        id.ok_or_else(|| self.misunderstood(&call, &headers, "its body has no `id`".to_owned()))
    }
}

/// Whether a configuration is what our lost POST created.
fn is_ours(live: &LiveRegistry, desired: &Desired, before: Before<'_>, since: i64) -> bool {
    let is_new = if let Some(names) = before.names {
        !names.contains(&live.name) || before.gone.contains(&live.name)
    } else {
        let created = live.created_at.as_deref().and_then(|at| chrono::DateTime::parse_from_rfc3339(at).ok());
        created.is_some_and(|at| at.timestamp() >= since)
    };
    is_new && live.key() == desired.key()
}

/// The `date` of an answer, in seconds since the epoch.
fn time_of(headers: &HeaderMap) -> Option<i64> {
    let date = headers.get(http::header::DATE)?.to_str().ok()?;
    chrono::DateTime::parse_from_rfc2822(date).ok().map(|date| date.timestamp())
}

/// A body of plain text fields always becomes JSON.
fn json(body: &Body<'_>) -> String {
    serde_json::to_string(body).unwrap_or_default()
}
