//! One change on GitHub: its secret sealed with the current key, sent, and a replacement checked before the old one goes.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::StatusCode;
use secrecy::SecretString;
use tokio::time::Instant;

use super::{Prepared, RepositoryIds};
use crate::desired::{Desired, Settings};
use crate::github::{ApiError, Before, Body, Client, Kind, OnStop};
use crate::plan::{Change, Plan, Step};
use crate::registry::LiveRegistry;
use crate::secrets::{PublicKey, SealedSecret, SecretSource};

/// What every write of a run shares.
pub(super) struct Run<'a> {
    client: &'a Client,
    org: &'a str,
    plan: &'a Plan,
    repositories: RepositoryIds,
    /// By the change's place in the plan.
    secrets: BTreeMap<usize, SecretString>,
    began: Instant,
    state: Mutex<State>,
}

/// What a write may change for those after it.
struct State {
    /// The current key; it may rotate under our feet.
    key: Option<PublicKey>,
    /// The names that this run has deleted.
    gone: Vec<String>,
    /// The names of what this run has created.
    created: Vec<String>,
}

/// A secret to send.
#[derive(Clone)]
struct Secret<'a> {
    value: &'a SecretString,
    /// Sealed already, if there was time; perhaps with a key that is no longer the current one.
    sealed_ahead: Option<SealedSecret>,
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
    /// Nothing of it was done.
    Api(Box<ApiError>),
    /// Something was done, or must be said besides.
    HalfWay { message: String, name: Option<String> },
}

impl From<ApiError> for Broken {
    fn from(error: ApiError) -> Self {
        Self::Api(Box::new(error))
    }
}

impl<'a> Run<'a> {
    pub(super) fn new(client: &'a Client, org: &'a str, plan: &'a Plan, prepared: Prepared) -> Self {
        let Prepared { repositories, key, secrets, remarks: _ } = prepared;
        let state = Mutex::new(State { key, gone: Vec::new(), created: Vec::new() });
        Self { client, org, plan, repositories, secrets, began: Instant::now(), state }
    }

    /// Never to be held while anything is awaited.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Seals the secret of the next change that writes, from a place in the plan on, if it has one.
    pub(super) fn seal_next(&self, from: usize) -> Option<SealedSecret> {
        let mut changes = self.plan.changes.iter().enumerate().skip(from);
        let (index, _) = changes.find(|(_, change)| change.action().writes())?;
        let secret = self.secrets.get(&index)?;
        self.state().key.as_ref()?.seal(secret).ok()
    }

    /// Does one change, which stands at this place in the plan.
    pub(super) async fn carry_out(
        &self,
        index: usize,
        change: &Change,
        sealed_ahead: Option<SealedSecret>,
    ) -> Result<Done, Broken> {
        let secret = self.secrets.get(&index).map(|value| Secret { value, sealed_ahead });
        let name = change.name.as_deref().unwrap_or_default();
        match &change.step {
            Step::Create(desired) => Ok(Done::Created(Box::new(self.create(desired, secret, OnStop::GiveUp).await?))),
            Step::Replace(desired) => Ok(Done::Created(Box::new(self.replace(name, desired, secret).await?))),
            Step::Update(settings) | Step::Resend(settings) => {
                let ids = self.ids(settings);
                self.with_current_key(settings, secret, async |sealed| {
                    self.client.update(self.org, name, &Body::update(settings, ids.as_deref(), sealed)).await
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
        &self,
        desired: &Desired,
        secret: Option<Secret<'_>>,
        on_stop: OnStop,
    ) -> Result<LiveRegistry, ApiError> {
        let ids = self.ids(&desired.settings);
        let names = self.plan.live_names.as_ref();
        // GitHub may give a name again that this run has freed.
        let is_free = |name: &str| {
            let (state, had) = (self.state(), |names: &[String]| names.iter().any(|had| had == name));
            !had(&state.created) && (had(&state.gone) || names.is_none_or(|names| !had(names)))
        };
        let is_free = names.map(|_| &is_free as &dyn Fn(&str) -> bool);
        let before = Before { is_free, began: self.began };
        let created = self
            .with_current_key(&desired.settings, secret, async |sealed| {
                let body = Body::create(desired, ids.as_deref(), sealed);
                self.client.create(self.org, desired, &body, before, on_stop).await
            })
            .await?;
        self.state().created.push(created.name.clone());
        Ok(created)
    }

    /// The new one first, then the old one goes; the other way round only when GitHub refuses to have both.
    async fn replace(&self, old: &str, desired: &Desired, secret: Option<Secret<'_>>) -> Result<LiveRegistry, Broken> {
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
                self.state().gone.push(old.to_owned());
                Ok(created)
            }
            Err(error) if refuses_a_second(&error) => self.replace_in_place(old, desired, secret, error).await,
            Err(error) => Err(error.into()),
        }
    }

    /// The old one goes first, because GitHub refused a second one beside it.
    async fn replace_in_place(
        &self,
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
        self.state().gone.push(old.to_owned());
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

    /// Does a write with the secret sealed for the current key. When GitHub says that the key is not the current one,
    /// reads it again, seals again, and tries once more.
    async fn with_current_key<T>(
        &self,
        settings: &Settings,
        secret: Option<Secret<'_>>,
        write: impl AsyncFn(Option<&SealedSecret>) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        if let Some(SecretSource::Sealed(sealed)) = &settings.secret {
            return write(Some(sealed)).await;
        }
        let Some(Secret { value, sealed_ahead }) = secret else { return write(None).await };
        let not_sealed = || self.client.not_sealed(self.org);
        let key = self.state().key.clone().ok_or_else(not_sealed)?;
        let sealed = match sealed_ahead.filter(|sealed| sealed.key_id == key.key_id) {
            Some(sealed) => sealed,
            None => key.seal(value).map_err(|_| not_sealed())?,
        };
        let error = match write(Some(&sealed)).await {
            Err(error) if matches!(&error.kind, Kind::Refused(refusal) if refusal.is_about_the_key()) => error,
            other => return other,
        };
        let current = self.client.public_key(self.org).await?;
        if current.key_id == key.key_id {
            return Err(error);
        }
        self.client.log().text(&format!("the public key was rotated to {}: sealing again", current.key_id));
        let sealed = current.seal(value).map_err(|_| not_sealed())?;
        self.state().key = Some(current);
        write(Some(&sealed)).await
    }
}

/// Whether what was created is what was wanted, before the old one goes.
fn check(created: &LiveRegistry, desired: &Desired, old: &str) -> Result<(), Broken> {
    let is_wanted = created.name != old
        && created.registry_type == desired.registry_type.as_str()
        && created.auth_type.as_deref().is_none_or(|auth_type| auth_type == desired.auth_type.as_str());
    if is_wanted {
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
