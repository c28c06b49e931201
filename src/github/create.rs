//! A new configuration: a POST, which must not be sent twice, though its answer may be lost.

use std::collections::BTreeMap;

use http::Method;
use tokio::time::Instant;

use super::request::Request;
use super::{ApiError, Body, Kind, OnStop, Organization, REGISTRIES, json};
use crate::desired::Desired;
use crate::plan::mismatches;
use crate::registry::{Listing, LiveRegistry};

/// How often a POST may be lost before we give up.
const MOST_LOSSES: u32 = 3;
/// The pauses before each look for what a lost POST created, as numbers of a backoff: it may be under way still.
const LOOKS: [u32; 2] = [1, 3];
/// GitHub's dates are whole seconds, and not all of its clocks need agree.
const CLOCK_TOLERANCE: u64 = 2;

/// What happened on the way to a configuration, whether it was created in the end or not.
#[derive(Debug, Default)]
pub struct Creation {
    /// How many POSTs got no clear answer.
    pub losses: u32,
    /// Whether one was sent after that.
    pub was_sent_again: bool,
    /// Configurations of the same type and url that appeared meanwhile but are not as desired, with the fields in which
    /// they differ: somebody else's.
    pub others: BTreeMap<String, Vec<&'static str>>,
}

/// A configuration that is there.
#[derive(Debug)]
pub enum Created {
    /// GitHub answered the POST with it.
    Answered(LiveRegistry),
    /// The answer was lost, and the list has one that is new and as desired in all that GitHub shows. Whose secret and
    /// repository selection it has can't be read.
    Found(LiveRegistry),
}

impl Organization {
    /// A new configuration: <https://docs.github.com/rest/private-registries/organization-configurations#create-a-private-registry-for-an-organization>
    ///
    /// When the answer is lost, GitHub is asked whether it was carried out, and only if not it is sent again.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn create(
        &self,
        desired: &Desired,
        body: &Body<'_>,
        began: Instant,
        on_stop: OnStop,
        creation: &mut Creation,
    ) -> Result<Created, ApiError> {
        let request = Request::new(Method::POST, &["orgs", &self.name, REGISTRIES]).body(json(body)).on_stop(on_stop);
        let lost = Lost { organization: self, request: &request, desired, began, on_stop };
        loop {
            creation.was_sent_again |= creation.losses > 0;
            let error = match self.configuration(&request).await {
                Ok(created) => return Ok(Created::Answered(created)),
                Err(error) => error,
            };
            creation.losses += u32::from(error.is_lost());
            let was_lost = creation.losses > 0;
            let error = ApiError { lost_before: error.lost_before || was_lost, ..error };
            // After a loss even a clear refusal may be about what the lost request did.
            if !was_lost || (!error.is_lost() && error.status().is_none()) {
                return Err(error);
            }
            if let Some(found) = lost.settle(&error, creation).await? {
                return Ok(Created::Found(found));
            }
            if !error.is_lost() || creation.losses > MOST_LOSSES {
                return Err(error);
            }
        }
    }

    /// Waits a moment, if `max-wait` allows it, before a creation that was refused is tried once more.
    pub async fn pause_after_refusal(&self, refusal: &ApiError, on_stop: OnStop) {
        let request = Request::new(Method::POST, &["orgs", &self.name, REGISTRIES]).on_stop(on_stop);
        self.client.pause(1, &request, refusal, "it was refused").await;
    }
}

/// A POST that was lost, and what it was to create.
struct Lost<'a> {
    organization: &'a Organization,
    request: &'a Request,
    desired: &'a Desired,
    /// When the creation began.
    began: Instant,
    on_stop: OnStop,
}

impl Lost<'_> {
    /// Looks for what it created; `None` says that it may be sent again.
    async fn settle(&self, error: &ApiError, creation: &mut Creation) -> Result<Option<LiveRegistry>, ApiError> {
        let unsettled = |why: String| {
            self.organization.client.error(self.request, Kind::Unsettled { lost: Box::new(error.clone()), why })
        };
        // A clear refusal is the end of it, and needs no time.
        let pauses = if error.is_lost() { LOOKS.map(Some).to_vec() } else { vec![None] };
        for pause in pauses {
            let has_waited = match pause {
                Some(number) => {
                    self.organization.client.pause(number, self.request, error, "its answer was lost").await
                }
                None => true,
            };
            let look = self.look().await;
            let Seen { ours, doubtful, others, is_complete } =
                look.map_err(|why| unsettled(format!("{}. `operation: list` shows it", why.headline())))?;
            creation.others.extend(others);
            match ours.as_slice() {
                [found] => return Ok(Some(found.clone())),
                [] => {}
                several => return Err(self.twice(several)),
            }
            if let Some(name) = doubtful {
                return Err(unsettled(format!(
                    "{name} may be what this request created, or somebody else's: look at it, then `update` it, or \
                     delete it and run again"
                )));
            }
            if !is_complete {
                return Err(unsettled("GitHub's list came incomplete. `operation: list` shows it".to_owned()));
            }
            if !has_waited {
                return Err(unsettled(
                    "it is not there yet, and no time is left (`max-wait`) to see whether it comes late, so it was not \
                     sent again. Look with `operation: list`, then run again"
                        .to_owned(),
                ));
            }
        }
        Ok(None)
    }

    /// What the list has of it. That it is not there is said only of a list that is the same twice.
    async fn look(&self) -> Result<Seen, ApiError> {
        let Self { organization, on_stop, .. } = self;
        let listing = organization.list(*on_stop).await?;
        let seen = self.sort(&listing);
        if seen.ours.is_empty() && listing.pages > 1 {
            return Ok(self.sort(&organization.list_again(listing, *on_stop).await?));
        }
        Ok(seen)
    }

    /// Tells what the request may have created from what was there before and from what others created.
    fn sort(&self, listing: &Listing) -> Seen {
        let Self { organization, desired, began, .. } = self;
        // By GitHub's clock: the one here may be wrong.
        let elapsed = began.elapsed().as_secs() + CLOCK_TOLERANCE;
        let since = listing.time.map(|now| now.saturating_sub(elapsed));
        let mut seen = Seen { is_complete: listing.is_complete(), ..Seen::default() };
        for live in listing.registries.iter().filter(|live| desired.may_be(live)) {
            let is_new = is_new(created_at(live), organization.has_name(&live.name), since);
            let differing = mismatches(live, desired);
            match is_new {
                Some(false) => {}
                _ if !differing.is_empty() => {
                    seen.others.insert(live.name.clone(), differing.iter().map(|field| field.field).collect());
                }
                Some(true) if live.url.is_some() => seen.ours.push(live.clone()),
                _ => seen.doubtful = Some(live.name.clone()),
            }
        }
        seen
    }

    fn twice(&self, created: &[LiveRegistry]) -> ApiError {
        let names = created.iter().map(|live| live.name.clone()).collect();
        self.organization.client.error(self.request, Kind::Twice { names })
    }
}

/// What the list has of the type and url that a POST was to create.
#[derive(Default)]
struct Seen {
    /// New, and as desired in all that GitHub shows.
    ours: Vec<LiveRegistry>,
    /// One of which it can't be told whether it is.
    doubtful: Option<String>,
    /// New, but not as desired.
    others: BTreeMap<String, Vec<&'static str>>,
    is_complete: bool,
}

/// When a configuration was created by GitHub's clock, in seconds since the epoch.
fn created_at(live: &LiveRegistry) -> Option<u64> {
    let created = live.created_at.as_deref().and_then(|at| chrono::DateTime::parse_from_rfc3339(at).ok());
    created.and_then(|at| u64::try_from(at.timestamp()).ok())
}

/// Whether a configuration appeared after the creation began, at `since` by GitHub's clock; `None` if that can't be told.
///
/// The list from before the creation decides, where there is one. Dates only decide without it: a server may tell a
/// wrong one, and to take what our request created for older would create it twice.
fn is_new(created: Option<u64>, was_there: Option<bool>, since: Option<u64>) -> Option<bool> {
    match was_there {
        Some(was_there) => Some(!was_there),
        None => created.zip(since).map(|(created, since)| created >= since),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_from_before_decides_and_without_it_the_date() {
        for created in [None, Some(0), Some(99), Some(100), Some(u64::MAX)] {
            for since in [None, Some(100)] {
                assert_eq!(is_new(created, Some(true), since), Some(false));
                assert_eq!(is_new(created, Some(false), since), Some(true));
            }
        }
        assert_eq!(is_new(Some(99), None, Some(100)), Some(false));
        assert_eq!(is_new(Some(100), None, Some(100)), Some(true));
        assert_eq!((is_new(None, None, Some(100)), is_new(Some(100), None, None)), (None, None));
    }
}
