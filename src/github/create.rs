//! Creating a configuration: a POST that must not be carried out twice, although its answer may be lost.

use std::collections::BTreeMap;

use http::Method;
use tokio::time::Instant;

use super::request::Request;
use super::{ApiError, Body, Kind, OnStop, Organization, REGISTRIES, json};
use crate::desired::Desired;
use crate::plan::mismatches;
use crate::registry::{Listing, LiveRegistry};

/// The number of lost answers after which a creation is given up.
const MOST_LOSSES: u32 = 3;
/// The backoff steps before each look for a creation whose answer was lost, since GitHub may still be processing it.
const LOOKS: [u32; 2] = [1, 3];
/// The tolerance for comparing timestamps, in seconds: GitHub's dates are whole seconds, and its clocks may disagree.
const CLOCK_TOLERANCE: u64 = 2;

/// The history of a creation, whether it succeeded or not.
#[derive(Debug, Default)]
pub struct Creation {
    /// The number of POSTs without a clear answer.
    pub losses: u32,
    /// Whether the POST was sent again after one of them.
    pub was_sent_again: bool,
    /// The configurations of the same type and url that somebody else created in the meantime, with the fields in which
    /// each differs from the desired one.
    pub others: BTreeMap<String, Vec<&'static str>>,
}

/// How it is known that a configuration was created.
#[derive(Debug)]
pub enum Created {
    /// GitHub returned it in its answer to the POST.
    Answered(LiveRegistry),
    /// The answer was lost, but the list has a new configuration that is as desired in every field that GitHub returns.
    /// GitHub does not return its secret and its repository selection, so these may be somebody else's.
    Found(LiveRegistry),
}

impl Organization {
    /// Creates a configuration: <https://docs.github.com/rest/private-registries/organization-configurations#create-a-private-registry-for-an-organization>
    ///
    /// If the answer is lost, it lists the configurations to find out whether the request was carried out, and sends it
    /// again only if it was not.
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
            // After a lost answer, even a clear refusal ("already exists") may be caused by the lost request.
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

    /// Waits briefly, if `max-wait` allows it, before a refused creation is tried once more.
    pub async fn pause_after_refusal(&self, refusal: &ApiError, on_stop: OnStop) {
        let request = Request::new(Method::POST, &["orgs", &self.name, REGISTRIES]).on_stop(on_stop);
        self.client.pause(1, &request, refusal, "it was refused").await;
    }
}

/// A POST whose answer was lost, and the configuration that it was meant to create.
struct Lost<'a> {
    organization: &'a Organization,
    request: &'a Request,
    desired: &'a Desired,
    /// When the creation began.
    began: Instant,
    on_stop: OnStop,
}

impl Lost<'_> {
    /// Looks for the configuration that the request may have created. Returns `None` if it may be sent again.
    async fn settle(&self, error: &ApiError, creation: &mut Creation) -> Result<Option<LiveRegistry>, ApiError> {
        let unsettled = |why: String| {
            self.organization.client.error(self.request, Kind::Unsettled { lost: Box::new(error.clone()), why })
        };
        // After a clear refusal nothing is in flight any more, so there is no need to wait.
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
                look.map_err(|why| unsettled(format!("{}. Check with `operation: list`", why.headline())))?;
            creation.others.extend(others);
            match ours.as_slice() {
                [found] => return Ok(Some(found.clone())),
                [] => {}
                several => return Err(self.twice(several)),
            }
            if let Some(name) = doubtful {
                return Err(unsettled(format!(
                    "{name} may be what this request created, or somebody else's. Look at it, then either `update` it, \
                     or delete it and run again"
                )));
            }
            if !is_complete {
                return Err(unsettled("GitHub's list was incomplete. Check with `operation: list`".to_owned()));
            }
            if !has_waited {
                return Err(unsettled(
                    "the configuration is not listed yet, and `max-wait` leaves no time to see whether it appears \
                     later, so the request was not sent again. Check with `operation: list`, then run again"
                        .to_owned(),
                ));
            }
        }
        Ok(None)
    }

    /// Lists the configurations and picks out the candidates. The absence of any is concluded only from a list that two
    /// readings agree on.
    async fn look(&self) -> Result<Seen, ApiError> {
        let Self { organization, on_stop, .. } = self;
        let listing = organization.list(*on_stop).await?;
        let seen = self.sort(&listing);
        if seen.ours.is_empty() && listing.pages > 1 {
            return Ok(self.sort(&organization.list_again(listing, *on_stop).await?));
        }
        Ok(seen)
    }

    /// Separates what the request may have created from older configurations and from those that others created.
    fn sort(&self, listing: &Listing) -> Seen {
        let Self { organization, desired, began, .. } = self;
        // By GitHub's clock, because the local one may be wrong.
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

/// The listed configurations of the type and url that a POST was meant to create.
#[derive(Default)]
struct Seen {
    /// New, and as desired in every field that GitHub returns.
    ours: Vec<LiveRegistry>,
    /// The name of one that may or may not be ours.
    doubtful: Option<String>,
    /// New, but not as desired.
    others: BTreeMap<String, Vec<&'static str>>,
    is_complete: bool,
}

/// Returns when a configuration was created by GitHub's clock, in seconds since the epoch.
fn created_at(live: &LiveRegistry) -> Option<u64> {
    let created = live.created_at.as_deref().and_then(|at| chrono::DateTime::parse_from_rfc3339(at).ok());
    created.and_then(|at| u64::try_from(at.timestamp()).ok())
}

/// Reports whether a configuration appeared after our creation began, at `since` by GitHub's clock; `None` if that can't be
/// determined.
///
/// The list from before the creation decides, if there is one, and dates only without it: a server may give a wrong date,
/// and if what our request created is taken for older, it is created twice.
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
