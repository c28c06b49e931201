//! One change on GitHub: its secret sealed with the current key, sent, and a replacement checked before the old one goes.

use std::collections::BTreeSet;

use http::StatusCode;
use secrecy::SecretString;
use tokio::time::Instant;

use super::RepositoryIds;
use crate::desired::{Desired, Settings};
use crate::github::{ApiError, Before, Body, Client, Kind, OnStop};
use crate::plan::{Change, Plan, Step};
use crate::registry::LiveRegistry;
use crate::secrets::{PublicKey, SealedSecret, SecretSource};

/// What every write of a run shares.
pub(super) struct Run<'a> {
    client: &'a Client,
    org: &'a str,
    repositories: RepositoryIds,
    began: Instant,
    /// The names that configurations have now, where they were listed; see [`Before`].
    taken: Option<BTreeSet<String>>,
    pub(super) key: CurrentKey<'a>,
}

/// The key to seal with, which may rotate under our feet.
pub(super) struct CurrentKey<'a> {
    client: &'a Client,
    org: &'a str,
    pub(super) known: Option<PublicKey>,
}

/// A secret to send.
#[derive(Clone)]
pub(super) struct Secret<'a> {
    pub(super) value: &'a SecretString,
    /// Sealed already, if there was time, with a key that may no longer be the current one.
    pub(super) sealed_ahead: Option<(SealedSecret, PublicKey)>,
}

/// What a change did.
pub(super) enum Done {
    Created(Box<LiveRegistry>),
    Changed,
    /// There was nothing to do.
    Nothing,
}

/// Why a write was given up.
pub(super) enum Broken {
    /// One request failed, which says whether it may have changed something.
    Api(Box<ApiError>),
    /// Something was done besides, or may have been.
    HalfWay { message: String, name: Option<String> },
}

impl From<ApiError> for Broken {
    fn from(error: ApiError) -> Self {
        Self::Api(Box::new(error))
    }
}

impl<'a> Run<'a> {
    pub(super) fn new(
        client: &'a Client,
        org: &'a str,
        plan: &Plan,
        repositories: RepositoryIds,
        known: Option<PublicKey>,
    ) -> Self {
        let taken = plan.live_names.as_ref().map(|names| names.iter().cloned().collect());
        let key = CurrentKey { client, org, known };
        Self { client, org, repositories, began: Instant::now(), taken, key }
    }

    /// Does one change.
    pub(super) async fn carry_out(&mut self, change: &Change, secret: Option<Secret<'_>>) -> Result<Done, Broken> {
        let name = change.name.as_deref().unwrap_or_default();
        match &change.step {
            Step::Create(desired) => Ok(Done::Created(Box::new(self.create(desired, secret, OnStop::GiveUp).await?))),
            Step::Replace(desired) => Ok(Done::Created(Box::new(self.replace(name, desired, secret).await?))),
            Step::Update(settings) | Step::Resend(settings) => {
                let ids = self.ids(settings);
                let Self { client, org, key, .. } = self;
                key.seal_for(settings, secret, OnStop::GiveUp, async |sealed| {
                    client.update(org, name, &Body::update(settings, ids.as_deref(), sealed)).await
                })
                .await?;
                Ok(Done::Changed)
            }
            // One that was gone already was not deleted by this run.
            Step::Delete if self.client.delete(self.org, name, OnStop::GiveUp).await? => Ok(Done::Changed),
            Step::Delete | Step::Unchanged | Step::Unmanaged => Ok(Done::Nothing),
        }
    }

    async fn create(
        &mut self,
        desired: &Desired,
        secret: Option<Secret<'_>>,
        on_stop: OnStop,
    ) -> Result<LiveRegistry, ApiError> {
        let ids = self.ids(&desired.settings);
        let Self { client, org, began, taken, key, .. } = self;
        let before = Before { taken: taken.as_ref(), began: *began };
        let created = key
            .seal_for(&desired.settings, secret, on_stop, async |sealed| {
                let body = Body::create(desired, ids.as_deref(), sealed);
                client.create(org, desired, &body, before, on_stop).await
            })
            .await?;
        if let Some(taken) = taken {
            taken.insert(created.name.clone());
        }
        Ok(created)
    }

    /// GitHub may give the name of what is deleted again.
    fn free(&mut self, name: &str) {
        if let Some(taken) = &mut self.taken {
            taken.remove(name);
        }
    }

    /// The new one first, then the old one goes; the other way round only when GitHub refuses to have both.
    async fn replace(
        &mut self,
        old: &str,
        desired: &Desired,
        secret: Option<Secret<'_>>,
    ) -> Result<LiveRegistry, Broken> {
        match self.create(desired, secret.clone(), OnStop::GiveUp).await {
            Ok(created) => {
                check(&created, desired, old)?;
                self.client.delete(self.org, old, OnStop::Finish).await.map_err(|error| Broken::HalfWay {
                    message: format!(
                        "{} was created, but the old {old} could not be deleted: delete it by hand\n{error}",
                        created.name
                    ),
                    name: Some(created.name.clone()),
                })?;
                self.free(old);
                Ok(created)
            }
            Err(error) if refuses_a_second(&error) => self.replace_in_place(old, desired, secret, error).await,
            Err(error) if error.may_have_changed_something() => {
                let message =
                    format!("its replacement may have been created, but the old {old} was left in place\n{error}");
                Err(Broken::HalfWay { message, name: None })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The old one goes first, because GitHub refused a second one beside it.
    async fn replace_in_place(
        &mut self,
        old: &str,
        desired: &Desired,
        secret: Option<Secret<'_>>,
        refusal: ApiError,
    ) -> Result<LiveRegistry, Broken> {
        let listing = self.client.list(self.org).await?;
        let mut others = listing.registries.iter().filter(|live| live.name != old);
        if !listing.is_complete() || others.any(|live| desired.may_be(live)) {
            // Perhaps it is not the old one that stands in the way, and then to delete it would only lose it.
            return Err(refusal.into());
        }
        self.client.delete(self.org, old, OnStop::GiveUp).await.map_err(|error| {
            if !error.may_have_changed_something() {
                return error.into();
            }
            let message = format!(
                "{old} may have been deleted, because GitHub refused a second configuration beside it, and its \
                 replacement was not created: run `apply` again\n{error}"
            );
            Broken::HalfWay { message, name: None }
        })?;
        self.free(old);
        // A pinned name that is gone would be refused.
        let first = desired.name.as_ref().map_or("", |_| "take `name` out of its entry, then ");
        self.create(desired, secret, OnStop::Finish).await.map_err(|error| Broken::HalfWay {
            message: format!(
                "{old} was deleted, because GitHub refused a second configuration beside it, but its replacement \
                 could not be created: {first}run `apply` again\n{error}"
            ),
            name: None,
        })
    }

    fn ids(&self, settings: &Settings) -> Option<Vec<u64>> {
        let repositories = settings.repositories.as_ref()?.iter();
        let mut ids: Vec<u64> = Vec::new();
        for id in repositories.filter_map(|repository| self.repositories.get(&repository.identity())) {
            if !ids.contains(id) {
                ids.push(*id); // one may be named by name and by id
            }
        }
        Some(ids)
    }
}

impl CurrentKey<'_> {
    /// Does a write with the secret sealed for the current key. When GitHub says that the key is not the current one,
    /// reads it again, seals again, and tries once more.
    async fn seal_for<T>(
        &mut self,
        settings: &Settings,
        secret: Option<Secret<'_>>,
        on_stop: OnStop,
        write: impl AsyncFn(Option<&SealedSecret>) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        if let Some(SecretSource::Sealed(sealed)) = &settings.secret {
            return write(Some(sealed)).await;
        }
        let Some(Secret { value, sealed_ahead }) = secret else { return write(None).await };
        let key = match &self.known {
            Some(key) => key,
            None => self.known.insert(self.client.public_key(self.org, on_stop).await?),
        };
        let sealed = match sealed_ahead {
            Some((sealed, with)) if with == *key => sealed,
            _ => key.seal(value),
        };
        let refused = match write(Some(&sealed)).await {
            Err(error) if matches!(&error.kind, Kind::Refused(refusal) if refusal.is_about_the_key()) => error,
            other => return other,
        };
        let current = self.client.public_key(self.org, on_stop).await.map_err(|error| error.after(&refused))?;
        if current == *key {
            return Err(refused);
        }
        self.client.log().text(&format!("the public key was rotated to {}: sealing again", current.key_id));
        write(Some(&self.known.insert(current).seal(value))).await.map_err(|error| error.after(&refused))
    }
}

/// Whether what was created is what is desired, before the old one goes.
fn check(created: &LiveRegistry, desired: &Desired, old: &str) -> Result<(), Broken> {
    let Settings { url, visibility, .. } = &desired.settings;
    let is_same_url = |told: &str| url.as_ref().is_some_and(|url| url.is_same(told));
    let is_as_asked = created.name != old
        && created.registry_type == desired.registry_type.as_str()
        && created.auth_type.as_deref().is_none_or(|auth_type| auth_type == desired.auth_type.as_str())
        && created.url.as_deref().is_none_or(is_same_url)
        && visibility.is_none_or(|visibility| ["", visibility.as_str()].contains(&created.visibility.as_str()));
    if is_as_asked {
        return Ok(());
    }
    Err(Broken::HalfWay {
        message: format!("GitHub created {}, but not as asked: the old {old} was left in place", created.name),
        name: Some(created.name.clone()),
    })
}

/// Whether GitHub will not have two configurations for the same registry. How it says so is not documented, so only
/// words that can mean nothing else count: to delete on any other refusal would lose the old one for nothing.
fn refuses_a_second(error: &ApiError) -> bool {
    const WORDS: [&str; 9] = [
        "already exist",
        "already been taken",
        "already taken",
        "already in use",
        "already used",
        "already configured",
        "already has",
        "duplicate",
        "must be unique",
    ];
    let Kind::Refused(refusal) = &error.kind else { return false };
    let told = format!("{} {}", refusal.message, refusal.errors.join(" ")).to_lowercase();
    [StatusCode::CONFLICT, StatusCode::UNPROCESSABLE_ENTITY].contains(&refusal.status)
        && WORDS.iter().any(|words| told.contains(words))
}
