//! A new configuration: a POST, which must not be sent twice, though its answer may be lost.

use std::collections::BTreeSet;

use http::Method;
use tokio::time::Instant;

use super::send::{Answer, Call};
use super::{ApiError, Body, Client, Kind, OnStop, REGISTRIES, json};
use crate::desired::Desired;
use crate::registry::LiveRegistry;

/// How often a POST may be lost before we give up.
const MOST_LOSSES: u32 = 3;

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
        let mut losses = 0;
        loop {
            losses += 1;
            let error = match self.send(&call).await {
                Ok(Answer { json, headers, .. }) => match LiveRegistry::from_json(json) {
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
        let unsettled = |why| self.error(call, Kind::Unsettled { lost: Box::new(error.clone()), why });
        if error.is_lost() {
            self.pause_after_loss(losses, call, error).await;
        }
        let (listing, now) = self.list_at(org).await.map_err(|why| match why.kind {
            Kind::Stopped { .. } => self.error(call, Kind::Stopped { sent: true }),
            _ => unsettled(format!("{}. `operation: list` shows it", why.headline())),
        })?;
        let since = now.saturating_sub(before.began.elapsed().as_secs() + 1);
        let candidates = || listing.registries.iter().filter(|live| desired.may_be(live));
        if let Some(created) = candidates().find(|live| is_new(live, before, since)) {
            return Ok(Some(created.clone()));
        }
        match candidates().next() {
            // Without a list from before, a date alone is too little to create a second one on.
            Some(other) if before.taken.is_none() => Err(unsettled(format!(
                "{} has the same type and url, and may be what this request created, or not: look at it, then \
                 `update` it, or delete it and `create` again",
                other.name
            ))),
            _ if !listing.is_complete() => {
                Err(unsettled("GitHub's list came incomplete. `operation: list` shows it".to_owned()))
            }
            _ => Ok(None),
        }
    }
}

/// Whether a configuration has come since the run began, by GitHub's clock.
fn is_new(live: &LiveRegistry, before: Before<'_>, since: u64) -> bool {
    if let Some(taken) = before.taken {
        return !taken.contains(&live.name);
    }
    let created = live.created_at.as_deref().and_then(|at| chrono::DateTime::parse_from_rfc3339(at).ok());
    created.is_some_and(|at| u64::try_from(at.timestamp()).is_ok_and(|at| at >= since))
}
