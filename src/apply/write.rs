//! Writes one change to GitHub, with its secret sealed with the current key.

use std::collections::BTreeSet;

use secrecy::SecretString;
use serde_json::Value;
use tokio::time::Instant;

use super::{RepositoryIds, Trouble};
use crate::desired::{Desired, Settings};
use crate::diagnostics::Diagnostic;
use crate::github::{ApiError, Body, Created, Creation, Kind, OnStop, Organization};
use crate::plan::{Change, Step, created_otherwise};
use crate::registry::{LiveRegistry, RegistryKey};
use crate::secrets::{PublicKey, SealedSecret, SecretSource};

/// Writes the changes of one organization.
pub(super) struct Writer<'a> {
    pub(super) organization: &'a Organization,
    repositories: RepositoryIds,
    /// The start of the current change.
    began: Instant,
    /// The history of its creation.
    creation: Creation,
    /// The changes that created something, or may have.
    pub(super) made: Vec<Made>,
    /// Whether any creation was sent more than once.
    pub(super) was_sent_again: bool,
    pub(super) warnings: Vec<Diagnostic>,
}

/// A change that created a configuration, or may have.
pub(super) struct Made {
    pub(super) key: Option<RegistryKey>,
    pub(super) change: Diagnostic,
}

/// A secret to send.
#[derive(Clone)]
pub(super) struct Secret<'a> {
    pub(super) value: &'a SecretString,
    /// The sealed value and its key, if it had to be sealed in advance. The key may no longer be the current one.
    pub(super) sealed: Option<(SealedSecret, PublicKey)>,
}

/// The effect of a successful change.
pub(super) enum Done {
    Created(Box<LiveRegistry>),
    Changed,
    /// There was nothing to do.
    Nothing,
}

/// Why a change failed.
pub(super) enum WriteError {
    /// A request failed; the error says whether it may have changed something.
    Api(Box<ApiError>),
    /// GitHub created something other than requested.
    Otherwise { created: Box<LiveRegistry>, how: String },
    /// The failure needs more explanation than a request's error.
    Told { trouble: Trouble, created: Option<Box<LiveRegistry>>, changed: bool },
}

impl From<ApiError> for WriteError {
    fn from(error: ApiError) -> Self {
        Self::Api(Box::new(error))
    }
}

impl WriteError {
    /// Marks the error to say that something may have changed, because an earlier creation got no clear answer.
    fn after_loss(self) -> Self {
        match self {
            Self::Api(error) => Self::Api(Box::new(ApiError { lost_before: true, ..*error })),
            Self::Told { trouble, created, changed: _ } => Self::Told { trouble, created, changed: true },
            other @ Self::Otherwise { .. } => other,
        }
    }
}

impl<'a> Writer<'a> {
    pub(super) fn new(organization: &'a Organization, repositories: RepositoryIds) -> Self {
        Self {
            organization,
            repositories,
            began: Instant::now(),
            creation: Creation::default(),
            made: Vec::new(),
            was_sent_again: false,
            warnings: Vec::new(),
        }
    }

    /// Carries out one change.
    pub(super) async fn carry_out(&mut self, change: &Change, secret: Option<Secret<'_>>) -> Result<Done, WriteError> {
        self.began = Instant::now();
        let done = self.write(change, secret).await;
        let has_loss = self.creation.losses > 0;
        let done = done.map_err(|broken| if has_loss { broken.after_loss() } else { broken });
        if change.action().creates() {
            self.tell_creation(change, &done);
        }
        done
    }

    async fn write(&mut self, change: &Change, secret: Option<Secret<'_>>) -> Result<Done, WriteError> {
        let name = change.name.as_deref().unwrap_or_default();
        match &change.step {
            Step::Create(desired) => Ok(Done::Created(Box::new(self.create(desired, secret, OnStop::GiveUp).await?))),
            Step::Replace(replacement) => Ok(Done::Created(Box::new(self.replace(replacement, secret).await?))),
            Step::Update(settings) | Step::Resend(settings) => {
                let ids = self.ids(settings);
                let organization = self.organization;
                self.seal_for(settings, secret, OnStop::GiveUp, async |sealed| {
                    organization.update(name, &Body::update(settings, ids.as_deref(), sealed), OnStop::GiveUp).await
                })
                .await?;
                Ok(Done::Changed)
            }
            // A configuration that was already gone was not deleted by this run.
            Step::Delete if self.organization.delete(name, OnStop::GiveUp).await? => Ok(Done::Changed),
            Step::Delete | Step::Unchanged | Step::Unmanaged => Ok(Done::Nothing),
        }
    }

    pub(super) async fn create(
        &mut self,
        desired: &Desired,
        secret: Option<Secret<'_>>,
        on_stop: OnStop,
    ) -> Result<LiveRegistry, WriteError> {
        let ids = self.ids(&desired.settings);
        let (organization, began) = (self.organization, self.began);
        let mut creation = std::mem::take(&mut self.creation);
        let created = self
            .seal_for(&desired.settings, secret.clone(), on_stop, async |sealed| {
                let body = Body::create(desired, ids.as_deref(), sealed);
                organization.create(desired, &body, began, on_stop, &mut creation).await
            })
            .await;
        self.creation = creation;
        let created = created?;
        let (Created::Answered(live) | Created::Found(live)) = &created;
        organization.take_name(&live.name);
        match created {
            Created::Answered(live) => as_asked(live, desired, ids.as_deref()),
            Created::Found(live) => self.adopt(live, &desired.settings, secret, on_stop).await,
        }
    }

    /// Sends the secret and the repository selection to a configuration that was found after a lost answer. It may be
    /// somebody else's after all, and GitHub does not return these values.
    async fn adopt(
        &mut self,
        found: LiveRegistry,
        settings: &Settings,
        secret: Option<Secret<'_>>,
        on_stop: OnStop,
    ) -> Result<LiveRegistry, WriteError> {
        let name = found.name.as_str();
        let is_there = format!("the answer to the creation of {name} was lost, but it exists and is as desired");
        let ids = self.ids(settings);
        if settings.secret.is_none() && ids.is_none() {
            self.organization.console().text(&is_there);
            return Ok(found);
        }
        self.organization.console().text(&format!("{is_there}: sending its secret and its repositories again"));
        let organization = self.organization;
        let sent = self
            .seal_for(settings, secret, on_stop, async |sealed| {
                organization.update(name, &Body::write_only(ids.as_deref(), sealed), on_stop).await
            })
            .await;
        match sent {
            Ok(()) => Ok(found),
            Err(error) => {
                let trouble = Trouble::new(format!(
                    "{is_there}. Its secret and its repositories could not be sent again, so it may have somebody \
                     else's: send them with `operation: update`, or with `apply` and `resend: always`"
                ));
                Err(WriteError::Told {
                    trouble: trouble.and(error.to_string()),
                    created: Some(Box::new(found)),
                    changed: true,
                })
            }
        }
    }

    /// Collects the warnings about a creation, whether it succeeded or not.
    fn tell_creation(&mut self, change: &Change, done: &Result<Done, WriteError>) {
        let Creation { losses, was_sent_again, others } = std::mem::take(&mut self.creation);
        let title = change.title();
        let mut warn =
            |message| self.warnings.push(Diagnostic::warning("Creation", message).at(change.location.clone()));
        for (name, fields) in others {
            warn(format!(
                "{name} appeared while `{title}` was being created. It has the same type and url but differs in {}, so \
                 it is somebody else's and was left alone",
                fields.join(", ")
            ));
        }
        if was_sent_again {
            let there = match done {
                Ok(Done::Created(created)) => format!("; now there is {}", created.name),
                _ => String::new(),
            };
            warn(format!(
                "the creation of `{title}` was sent more than once, because an answer was lost{there}. The lost \
                 request may still be carried out: check with `operation: list` after a while, and delete any duplicate"
            ));
        }
        self.was_sent_again |= was_sent_again;
        let may_be_there = match done {
            Ok(_) | Err(WriteError::Otherwise { .. } | WriteError::Told { created: Some(_), .. }) => true,
            Err(WriteError::Api(_) | WriteError::Told { .. }) => losses > 0,
        };
        if may_be_there {
            let key = match &change.step {
                Step::Create(desired) => desired.key(),
                Step::Replace(replacement) => replacement.desired.key(),
                _ => None,
            };
            self.made.push(Made { key, change: Diagnostic::warning(title, "").at(change.location.clone()) });
        }
    }

    fn ids(&self, settings: &Settings) -> Option<Vec<u64>> {
        let repositories = settings.repositories.as_ref()?.iter();
        let mut ids: Vec<u64> = Vec::new();
        for id in repositories.filter_map(|repository| self.repositories.get(&repository.identity())) {
            if !ids.contains(id) {
                ids.push(*id); // the same repository may be given by name and by id
            }
        }
        Some(ids)
    }

    /// Writes with the secret sealed for the current key. If GitHub says that the key is not the current one, reads the
    /// key again, seals again, and tries once more.
    async fn seal_for<T>(
        &self,
        settings: &Settings,
        secret: Option<Secret<'_>>,
        on_stop: OnStop,
        mut write: impl AsyncFnMut(Option<&SealedSecret>) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        if let Some(SecretSource::Sealed(sealed)) = &settings.secret {
            return write(Some(sealed)).await.map_err(ApiError::about_given_seal);
        }
        let Some(secret) = secret else { return write(None).await };
        let value = secret.value;
        let (sealed, key) = self.seal(secret, on_stop).await?;
        let refused = match write(Some(&sealed)).await {
            Err(error) if matches!(&error.kind, Kind::Refused(refusal) if refusal.is_about_the_key()) => error,
            other => return other,
        };
        let current = self.organization.current_public_key(on_stop).await.map_err(|error| error.after(&refused))?;
        if current == key {
            return Err(refused);
        }
        self.organization.console().text(&format!("the public key was rotated to {}: sealing again", current.key_id));
        write(Some(&current.seal(value))).await.map_err(|error| error.after(&refused))
    }

    /// Seals a secret with the cached public key, unless it is already sealed with that key.
    pub(super) async fn seal(
        &self,
        Secret { value, sealed }: Secret<'_>,
        on_stop: OnStop,
    ) -> Result<(SealedSecret, PublicKey), ApiError> {
        let key = self.organization.public_key(on_stop).await?;
        let sealed = match sealed {
            Some((sealed, with)) if with == key => sealed,
            _ => key.seal(value),
        };
        Ok((sealed, key))
    }
}

/// Returns the created configuration if it is as desired in every field that GitHub returns, and an error otherwise.
fn as_asked(created: LiveRegistry, desired: &Desired, ids: Option<&[u64]>) -> Result<LiveRegistry, WriteError> {
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let fields = created_otherwise(&created, desired);
    let mut how: Vec<String> = fields
        .iter()
        .map(|field| {
            let key = field.field.replace('_', "-");
            format!("{key} is {}, not {}", shown(&field.from), shown(&field.to))
        })
        .collect();
    // The answer to a creation is the only one that has the selected repositories.
    let told = created.raw.get("selected_repository_ids").and_then(Value::as_array);
    let told: Option<BTreeSet<u64>> = told.and_then(|told| told.iter().map(Value::as_u64).collect());
    if told.zip(ids).is_some_and(|(told, asked)| told != asked.iter().copied().collect()) {
        how.push(format!("selected-repositories are {}", created.raw["selected_repository_ids"]));
    }
    if how.is_empty() {
        return Ok(created);
    }
    Err(WriteError::Otherwise { created: Box::new(created), how: how.join(", ") })
}
