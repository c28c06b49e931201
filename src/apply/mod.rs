//! Carries a plan out: in its order, going on after a failure, never deleting after one, ending on a signal.

mod prepare;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use http::StatusCode;
use secrecy::SecretString;
use serde_json::Value;
use tokio::sync::RwLock;
use tokio::time::Instant;

pub use prepare::{Ahead, LookedUp, NotReady, Prepared, RepositoryIds, look_up, look_up_repositories, prepare};

use crate::actions::one_line;
use crate::desired::{Desired, Settings};
use crate::github::{ApiError, Before, Body, Client, Kind};
use crate::plan::{Change, Plan, Step};
use crate::registry::LiveRegistry;
use crate::secrets::{PublicKey, SealedSecret, SecretSource};

/// What became of one change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// How far it came.
    pub status: Status,
    /// GitHub's name, where the change made one.
    pub name: Option<String>,
    /// What failed, or why it was not tried.
    pub error: Option<String>,
    /// Whether GitHub was changed; also true for a replacement that failed half-way.
    pub changed: bool,
    /// The configuration as GitHub returned it.
    pub registry: Option<Value>,
}

/// How far a change came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Nothing was sent.
    #[default]
    Planned,
    /// It is done; or there was nothing to do.
    Applied,
    /// GitHub refused, or could not be reached.
    Failed,
    /// It was not tried.
    Skipped,
}

impl Status {
    /// In lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Applied => "applied",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// Carries the plan out; the outcomes are in the order of its changes. `org` is the organization it was made for.
pub async fn apply(client: &Client, org: &str, plan: &Plan, prepared: Prepared) -> Vec<Outcome> {
    let Prepared { repositories, key, secrets } = prepared;
    let run = Run {
        client,
        org,
        repositories,
        key: RwLock::new(key),
        live_names: plan.live_names.as_deref(),
        gone: Mutex::default(),
        began: Instant::now(),
        is_limited: AtomicBool::new(false),
    };
    let total = plan.changes.iter().filter(|change| change.action().writes()).count();
    let writes = |from: usize| (from..plan.changes.len()).find(|index| plan.changes[*index].action().writes());
    let mut outcomes: Vec<Outcome> = Vec::with_capacity(plan.changes.len());
    let mut sealed = run.seal(&secrets, writes(0)).await;
    let mut number = 0;
    for (index, change) in plan.changes.iter().enumerate() {
        if !change.action().writes() {
            outcomes.push(Outcome { status: Status::Applied, name: change.name.clone(), ..Outcome::default() });
            continue;
        }
        number += 1;
        let has_failed = outcomes.iter().any(|outcome| outcome.status == Status::Failed);
        // The next secret is sealed while this write is under way.
        let (outcome, next) = tokio::join!(
            run.outcome(change, secrets.get(&index), sealed.take(), has_failed),
            run.seal(&secrets, writes(index + 1)),
        );
        sealed = next;
        client.log().text(&progress(number, total, change, &outcome));
        outcomes.push(outcome);
    }
    outcomes
}

/// The outcomes of a plan that could not be begun.
pub fn not_begun(plan: &Plan) -> Vec<Outcome> {
    let outcome = |change: &Change| {
        let name = change.name.clone();
        if change.action().writes() {
            let error = Some("not tried: the plan could not be begun".to_owned());
            Outcome { status: Status::Skipped, name, error, ..Outcome::default() }
        } else {
            Outcome { status: Status::Applied, name, ..Outcome::default() }
        }
    };
    plan.changes.iter().map(outcome).collect()
}

fn progress(number: usize, total: usize, change: &Change, outcome: &Outcome) -> String {
    let what = format!("[{number}/{total}] {} {}", change.action().as_str(), change.title());
    let line = match (&outcome.status, &outcome.error) {
        (Status::Applied, _) => match outcome.name.as_deref().filter(|name| *name != change.title()) {
            Some(name) => format!("{what} ({name})"),
            None => what,
        },
        (Status::Skipped, Some(error)) => format!("{what}: {}", error.lines().next().unwrap_or_default()),
        (status, Some(error)) => {
            format!("{what}: {}: {}", status.as_str(), error.lines().next().unwrap_or_default())
        }
        (status, None) => format!("{what}: {}", status.as_str()),
    };
    one_line(&line)
}

/// What every write of a run shares.
struct Run<'a> {
    client: &'a Client,
    org: &'a str,
    repositories: RepositoryIds,
    /// The current key; it may rotate under our feet.
    key: RwLock<Option<PublicKey>>,
    /// The names that there were before, where they were listed.
    live_names: Option<&'a [String]>,
    /// Those that this run has deleted.
    gone: Mutex<Vec<String>>,
    began: Instant,
    /// Whether GitHub's rate limit allows nothing more within `max-wait`.
    is_limited: AtomicBool,
}

/// What a change did.
enum Done {
    Created(Box<LiveRegistry>),
    Changed,
    /// There was nothing to do.
    Nothing,
}

/// Why a write was given up.
enum Broken {
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

impl Run<'_> {
    async fn outcome(
        &self,
        change: &Change,
        secret: Option<&SecretString>,
        sealed: Option<SealedSecret>,
        has_failed: bool,
    ) -> Outcome {
        if has_failed && matches!(change.step, Step::Delete | Step::Replace(_)) {
            let error = Some("not tried: nothing is deleted once anything has failed".to_owned());
            return Outcome { status: Status::Skipped, name: change.name.clone(), error, ..Outcome::default() };
        }
        let name = change.name.clone();
        if self.is_limited.load(Ordering::Relaxed) {
            // Whoever goes on knocking is kept out for longer.
            let error = Some("not tried: GitHub's rate limit allows no more within `max-wait`".to_owned());
            return Outcome { status: Status::Skipped, name, error, ..Outcome::default() };
        }
        let done = self.carry_out(change, secret, sealed).await;
        if matches!(&done, Err(Broken::Api(error)) if matches!(error.kind, Kind::WaitTooLong { .. })) {
            self.is_limited.store(true, Ordering::Relaxed);
        }
        match done {
            Ok(Done::Created(created)) => Outcome {
                status: Status::Applied,
                name: Some(created.name),
                changed: true,
                registry: Some(created.raw),
                ..Outcome::default()
            },
            Ok(Done::Changed) => Outcome { status: Status::Applied, name, changed: true, ..Outcome::default() },
            Ok(Done::Nothing) => Outcome { status: Status::Applied, name, ..Outcome::default() },
            Err(Broken::Api(error)) if error.was_not_tried() => {
                let error = Some("not tried: the run was stopped".to_owned());
                Outcome { status: Status::Skipped, name, error, ..Outcome::default() }
            }
            Err(Broken::Api(error)) => Outcome {
                status: Status::Failed,
                name,
                error: Some(error.to_string()),
                changed: error.may_have_changed_something(),
                ..Outcome::default()
            },
            Err(Broken::HalfWay { message, name: created }) => Outcome {
                status: Status::Failed,
                name: created.or(name),
                error: Some(message),
                changed: true,
                ..Outcome::default()
            },
        }
    }

    /// Does one change.
    async fn carry_out(
        &self,
        change: &Change,
        secret: Option<&SecretString>,
        sealed: Option<SealedSecret>,
    ) -> Result<Done, Broken> {
        let name = change.name.as_deref().unwrap_or_default();
        match &change.step {
            Step::Create(desired) => Ok(Done::Created(Box::new(self.create(desired, secret, sealed, false).await?))),
            Step::Replace(desired) => Ok(Done::Created(Box::new(self.replace(name, desired, secret, sealed).await?))),
            Step::Update(settings) | Step::Resend(settings) => {
                let ids = self.ids(settings);
                self.with_current_key(settings, secret, sealed, async |sealed| {
                    self.client.update(self.org, name, &Body::update(settings, ids.as_deref(), sealed)).await
                })
                .await?;
                Ok(Done::Changed)
            }
            // One that was gone already was not deleted by this run.
            Step::Delete if self.client.delete(self.org, name).await? => Ok(Done::Changed),
            Step::Delete | Step::Unchanged | Step::Unmanaged => Ok(Done::Nothing),
        }
    }

    async fn create(
        &self,
        desired: &Desired,
        secret: Option<&SecretString>,
        sealed: Option<SealedSecret>,
        finishes: bool,
    ) -> Result<LiveRegistry, ApiError> {
        let ids = self.ids(&desired.settings);
        let gone = self.gone.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let before = Before { names: self.live_names, gone: &gone, began: self.began };
        self.with_current_key(&desired.settings, secret, sealed, async |sealed| {
            let body = Body::create(desired, ids.as_deref(), sealed);
            self.client.create(self.org, desired, &body, before, finishes).await
        })
        .await
    }

    fn is_gone(&self, name: &str) {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner).push(name.to_owned());
    }

    /// The new one first, then the old one goes; the other way round only when GitHub refuses to have both.
    async fn replace(
        &self,
        old: &str,
        desired: &Desired,
        secret: Option<&SecretString>,
        sealed: Option<SealedSecret>,
    ) -> Result<LiveRegistry, Broken> {
        match self.create(desired, secret, sealed.clone(), false).await {
            Ok(created) => {
                check(&created, desired, old)?;
                self.client.finish_with_delete(self.org, old).await.map_err(|error| Broken::HalfWay {
                    message: format!(
                        "{} was created, but the old {old} could not be deleted: delete it by hand\n{error}",
                        created.name
                    ),
                    name: Some(created.name.clone()),
                })?;
                self.is_gone(old);
                Ok(created)
            }
            Err(error) if refuses_a_second(&error) => {
                let live = self.client.list(self.org).await?.registries;
                if live.iter().any(|live| live.name != old && live.key() == desired.key()) {
                    // It is not the old one that stands in the way, so to delete it would only lose it.
                    return Err(error.into());
                }
                self.client.delete(self.org, old).await?;
                self.is_gone(old);
                // A pinned name that is gone would be refused.
                let first = desired.name.as_ref().map_or("", |_| "take `name` out of its entry, then ");
                self.create(desired, secret, sealed, true).await.map_err(|error| Broken::HalfWay {
                    message: format!(
                        "{old} was deleted, because GitHub refused a second configuration beside it, but its \
                         replacement could not be created: {first}run `apply` again\n{error}"
                    ),
                    name: None,
                })
            }
            Err(error) => Err(error.into()),
        }
    }

    fn ids(&self, settings: &Settings) -> Option<Vec<u64>> {
        let repositories = settings.repositories.as_ref()?;
        Some(
            repositories
                .iter()
                .filter_map(|repository| self.repositories.get(&repository.identity()).copied())
                .collect(),
        )
    }

    /// Seals the secret of the change at this place in the plan, if it has one.
    async fn seal(
        &self,
        secrets: &std::collections::BTreeMap<usize, SecretString>,
        index: Option<usize>,
    ) -> Option<SealedSecret> {
        let secret = secrets.get(&index?)?;
        self.key.read().await.as_ref()?.seal(secret).ok()
    }

    /// Does a write with the secret sealed for the current key. When GitHub says that the key is not the current one,
    /// reads it again, seals again, and tries once more.
    async fn with_current_key<T>(
        &self,
        settings: &Settings,
        secret: Option<&SecretString>,
        sealed: Option<SealedSecret>,
        write: impl AsyncFn(Option<&SealedSecret>) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        if let Some(SecretSource::Sealed(sealed)) = &settings.secret {
            return write(Some(sealed)).await;
        }
        let Some(secret) = secret else { return write(None).await };
        let not_sealed = || self.client.not_sealed(self.org);
        let key = self.key.read().await.clone().ok_or_else(not_sealed)?;
        let sealed = match sealed.filter(|sealed| sealed.key_id == key.key_id) {
            Some(sealed) => sealed,
            None => key.seal(secret).map_err(|_| not_sealed())?,
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
        let sealed = current.seal(secret).map_err(|_| not_sealed())?;
        *self.key.write().await = Some(current);
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
    let Kind::Refused(refusal) = &error.kind else { return false };
    let told = format!("{} {}", refusal.message, refusal.errors.join(" ")).to_lowercase();
    let is_duplicate =
        ["already", "duplicate", "must be unique", "not unique", "taken"].iter().any(|word| told.contains(word));
    refusal.status == StatusCode::CONFLICT || (refusal.status == StatusCode::UNPROCESSABLE_ENTITY && is_duplicate)
}
