//! A new configuration: a POST, which must not be sent twice, though its answer may be lost.

use std::collections::BTreeSet;

use http::Method;
use tokio::time::Instant;

use super::send::Call;
use super::{ApiError, Body, Client, Kind, OnStop, REGISTRIES, json};
use crate::desired::Desired;
use crate::registry::LiveRegistry;

/// How often a POST may be lost before we give up.
const MOST_LOSSES: u32 = 3;
/// After which pauses it is looked for what a lost POST created: it may be under way still. As numbers of a backoff.
const LOOKS: [u32; 2] = [1, 3];

/// What is known from before a creation, to tell what it created from what was there.
#[derive(Clone, Copy)]
pub struct Before<'a> {
    /// The names that others had, where they were listed.
    pub taken: Option<&'a BTreeSet<String>>,
    /// When this run began to write.
    pub began: Instant,
}

impl Client {
    /// A new configuration: <https://docs.github.com/rest/private-registries/organization-configurations#create-a-private-registry-for-an-organization>
    ///
    /// When the answer is lost, GitHub is asked whether it was carried out, and only if not it is sent again.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn create(
        &self,
        org: &str,
        desired: &Desired,
        body: &Body<'_>,
        before: Before<'_>,
        on_stop: OnStop,
    ) -> Result<LiveRegistry, ApiError> {
        let call = Call::new(Method::POST, &["orgs", org, REGISTRIES]).body(json(body)).on_stop(on_stop);
        let lost = Lost { client: self, org, call: &call, desired, before, on_stop };
        let mut attempts = 0;
        loop {
            attempts += 1;
            let error = match self.configuration(&call).await {
                Ok(created) if attempts == 1 => return Ok(created),
                Ok(created) => return lost.check_alone(created).await,
                Err(error) => error,
            };
            // After a loss even a clear refusal may be about what the lost request did.
            let may_be_there = error.is_lost() || (attempts > 1 && error.status().is_some());
            if !may_be_there {
                return Err(error);
            }
            if let Some(created) = lost.settle(&error).await? {
                self.log().text(&format!("{} was created although its answer was lost", created.name));
                return Ok(created);
            }
            if !error.is_lost() || attempts > MOST_LOSSES {
                return Err(error);
            }
        }
    }
}

/// A POST that was lost, and what it was to create.
struct Lost<'a> {
    client: &'a Client,
    org: &'a str,
    call: &'a Call,
    desired: &'a Desired,
    before: Before<'a>,
    on_stop: OnStop,
}

impl Lost<'_> {
    /// Looks for what it created.
    async fn settle(&self, error: &ApiError) -> Result<Option<LiveRegistry>, ApiError> {
        let Self { client, call, before, .. } = self;
        let unsettled = |why| client.error(call, Kind::Unsettled { lost: Box::new(error.clone()), why });
        // A clear refusal is the end of it, and needs no time.
        let pauses = if error.is_lost() { LOOKS.map(Some).to_vec() } else { vec![None] };
        for pause in pauses {
            if let Some(number) = pause {
                client.pause_after_loss(number, call, error).await;
            }
            let Seen { new, other, is_complete } = self
                .look()
                .await
                .map_err(|why| unsettled(format!("{}. `operation: list` shows it", why.headline())))?;
            match (new.as_slice(), other) {
                ([created], _) => return Ok(Some(created.clone())),
                // Without a list from before, a date alone is too little to create a second one on.
                ([], Some(other)) if before.taken.is_none() => {
                    return Err(unsettled(format!(
                        "{other} has the same type and url, and may be what this request created, or not: look at it, \
                         then `update` it, or delete it and `create` again"
                    )));
                }
                ([], _) if !is_complete => {
                    return Err(unsettled("GitHub's list came incomplete. `operation: list` shows it".to_owned()));
                }
                ([], _) => {}
                (several, _) => return Err(self.twice(several)),
            }
        }
        Ok(None)
    }

    /// Whether what was sent again is all that there is now.
    async fn check_alone(&self, created: LiveRegistry) -> Result<LiveRegistry, ApiError> {
        match self.look().await {
            Ok(Seen { new, .. }) if new.len() > 1 => Err(self.twice(&new)),
            Ok(_) => Ok(created),
            Err(error) => {
                let text = format!("whether the lost request was carried out too can't be told: {}", error.headline());
                self.client.log().text(&text);
                Ok(created)
            }
        }
    }

    async fn look(&self) -> Result<Seen, ApiError> {
        let Self { client, org, desired, before, on_stop, .. } = self;
        let (listing, now) = client.list_at(org, *on_stop).await?;
        // By GitHub's clock: the one here may be wrong.
        let since = now.saturating_sub(before.began.elapsed().as_secs() + 1);
        let is_complete = listing.is_complete();
        let candidates = listing.registries.into_iter().filter(|live| desired.may_be(live));
        let (new, others): (Vec<_>, Vec<_>) = candidates.partition(|live| is_new(live, *before, since));
        Ok(Seen { new, other: others.into_iter().next().map(|live| live.name), is_complete })
    }

    fn twice(&self, created: &[LiveRegistry]) -> ApiError {
        let names = created.iter().map(|live| live.name.clone()).collect();
        self.client.error(self.call, Kind::Twice { names })
    }
}

/// What the list has of what a POST was to create.
struct Seen {
    new: Vec<LiveRegistry>,
    /// One that is like it, but was there before.
    other: Option<String>,
    is_complete: bool,
}

/// Whether a configuration has come since the run began, by GitHub's clock.
fn is_new(live: &LiveRegistry, before: Before<'_>, since: u64) -> bool {
    if let Some(taken) = before.taken {
        return !taken.contains(&live.name);
    }
    let created = live.created_at.as_deref().and_then(|at| chrono::DateTime::parse_from_rfc3339(at).ok());
    created.is_some_and(|at| u64::try_from(at.timestamp()).is_ok_and(|at| at >= since))
}
