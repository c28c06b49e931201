//! What a plan needs before its first write: the secrets it will send, the ids of the repositories it names, the key.
//! Everything that is missing is told at once, while nothing has been written.

use std::collections::BTreeMap;

use futures_util::future::{try_join, try_join_all};
use http::StatusCode;
use secrecy::SecretString;

use crate::actions::{Level, Log, Note};
use crate::desired::{Repository, Settings};
use crate::environment::Environment;
use crate::github::{AT_ONCE, ApiError, Client, OnStop};
use crate::place::Place;
use crate::plan::Plan;
use crate::secrets::{self, OwnCredentials, PublicKey, Reference, SealedSecret, SecretSource};

/// Everything a plan needs to be carried out.
#[derive(Debug)]
pub struct Prepared {
    pub(super) repositories: RepositoryIds,
    /// Only when something is to be sealed.
    pub(super) key: Option<PublicKey>,
    /// The values of the references and inputs that are sent, by the change's place in the plan.
    pub(super) secrets: BTreeMap<usize, SecretString>,
    /// What is worth knowing about them.
    pub remarks: Vec<(Level, Note)>,
}

/// The ids of repositories, by [`Repository::identity`].
pub type RepositoryIds = BTreeMap<String, u64>;

/// Why a plan can't be carried out. Nothing has been written.
#[derive(Debug)]
pub enum NotReady {
    /// Everything that is missing or unfit.
    Missing {
        /// Secrets, which are this step's to supply.
        secrets: Vec<Note>,
        /// Repositories and keys that GitHub does not have, or not any more.
        on_github: Vec<Note>,
    },
    /// GitHub could not be asked.
    Api(Box<ApiError>),
}

impl From<ApiError> for NotReady {
    fn from(error: ApiError) -> Self {
        Self::Api(Box::new(error))
    }
}

/// What GitHub is asked before anything is written.
#[derive(Debug)]
pub struct LookedUp {
    repositories: Repositories,
    /// Only when something is to be sealed.
    key: Option<PublicKey>,
}

/// The repositories that are selected.
#[derive(Debug, Default)]
struct Repositories {
    ids: RepositoryIds,
    /// Those that GitHub does not show.
    unknown: Vec<Note>,
}

/// What was looked up before there was a plan, if it was certain then what the plan would need.
pub type Ahead = Option<Result<LookedUp, ApiError>>;

/// Looks up what it takes to send settings; each comes with where the manifest says it.
///
/// # Errors
/// [`ApiError`], when GitHub can't be asked.
pub async fn look_up<'a>(
    client: &Client,
    org: &str,
    settings: impl Iterator<Item = (Option<&'a Place>, &'a Settings)> + Clone,
) -> Result<LookedUp, ApiError> {
    let has_secret = settings.clone().any(|(_, settings)| settings.secret.is_some());
    let key = async { if has_secret { client.public_key(org, OnStop::GiveUp).await.map(Some) } else { Ok(None) } };
    let (repositories, key) = try_join(look_up_repositories(client, org, settings), key).await?;
    Ok(LookedUp { repositories, key })
}

/// Checks that GitHub has every repository that is selected.
///
/// # Errors
/// [`NotReady`], with all that are unknown.
pub async fn check_repositories<'a>(
    client: &Client,
    org: &str,
    settings: impl Iterator<Item = (Option<&'a Place>, &'a Settings)>,
) -> Result<(), NotReady> {
    let Repositories { ids: _, unknown } = look_up_repositories(client, org, settings).await?;
    if unknown.is_empty() { Ok(()) } else { Err(NotReady::Missing { secrets: Vec::new(), on_github: unknown }) }
}

/// Gathers what a plan needs; what was looked up ahead is not asked for again.
///
/// # Errors
/// [`NotReady`], with everything that is missing.
pub async fn prepare(
    client: &Client,
    org: &str,
    plan: &Plan,
    environment: &Environment,
    own: &OwnCredentials,
    ahead: Ahead,
) -> Result<Prepared, NotReady> {
    let Resolved { values, remarks, missing } = resolve_secrets(plan, environment, own, client.log());
    let looked_up = match ahead {
        Some(looked_up) => looked_up,
        None => look_up(client, org, plan.settings()).await,
    };
    let LookedUp { repositories: Repositories { ids, unknown: mut on_github }, key } = match looked_up {
        // What is known to be missing need not wait for the next run.
        Err(_) if !missing.is_empty() => return Err(NotReady::Missing { secrets: missing, on_github: Vec::new() }),
        looked_up => looked_up?,
    };
    on_github.extend(key.iter().flat_map(|key| sealed_with_another(plan, key)));
    if missing.is_empty() && on_github.is_empty() {
        Ok(Prepared { repositories: ids, key, secrets: values, remarks })
    } else {
        Err(NotReady::Missing { secrets: missing, on_github })
    }
}

/// What was sealed elsewhere, but not with the key that is the current one.
fn sealed_with_another(plan: &Plan, key: &PublicKey) -> impl Iterator<Item = Note> {
    plan.settings().filter_map(|(place, settings)| {
        let Some(SecretSource::Sealed(SealedSecret { key_id, .. })) = &settings.secret else { return None };
        let is_other = *key_id != key.key_id;
        is_other.then(|| {
            let message = format!(
                "`key-id` {key_id} is not the current key's: seal the secret again with the key {}, which `operation: \
                 public-key` shows",
                key.key_id
            );
            Note::new("Public key", message).at(place.cloned())
        })
    })
}

/// The secrets that a plan sends.
#[derive(Default)]
struct Resolved {
    values: BTreeMap<usize, SecretString>,
    remarks: Vec<(Level, Note)>,
    /// Those that are missing or unfit.
    missing: Vec<Note>,
}

/// Reads every secret that the plan sends from the environment, masking each at once.
fn resolve_secrets(plan: &Plan, environment: &Environment, own: &OwnCredentials, log: &Log) -> Resolved {
    let mut resolved = Resolved::default();
    for (index, change) in plan.changes.iter().enumerate() {
        let Some(Settings { secret: Some(source), .. }) = change.settings() else { continue };
        let username = change.username.as_deref();
        match source {
            SecretSource::Given(value) => {
                // Masked when it was read, but for what it makes with a username that only GitHub told.
                for mask in secrets::masks(value, username) {
                    log.mask(&mask);
                }
                resolved.values.insert(index, value.clone());
            }
            SecretSource::Sealed(_) => {}
            SecretSource::Reference(reference) => {
                match resolve(reference, username, &change.title(), environment, own, log) {
                    Ok((value, remarks)) => {
                        resolved.values.insert(index, value);
                        resolved.remarks.extend(remarks);
                    }
                    Err(message) => {
                        resolved.missing.push(Note::new("Secret", message).at(Some(reference.place.clone())));
                    }
                }
            }
        }
    }
    resolved
}

fn resolve(
    Reference { variable, place: _ }: &Reference,
    username: Option<&str>,
    label: &str,
    environment: &Environment,
    own: &OwnCredentials,
    log: &Log,
) -> Result<(SecretString, Vec<(Level, Note)>), String> {
    let Some(value) = environment.secret(variable)? else {
        return Err(format!(
            "the secret of `{label}` is not there: environment variable {variable} is not set, or empty. Add to this \
             step:\nenv:\n  {variable}: ${{{{ secrets.{variable} }}}}"
        ));
    };
    for mask in secrets::masks(&value, username) {
        log.mask(&mask);
    }
    let fit = own.refuse(&value).and_then(|()| secrets::fit(&value));
    let fit = fit.map_err(|error| format!("the secret of `{label}` ({variable}) {error}"))?;
    let note = |remark| Note::new("Secret", format!("the secret of `{label}` ({variable}) {remark}"));
    let remarks = fit.remarks().map(|(level, remark)| (level, note(remark))).collect();
    Ok((fit.value, remarks))
}

/// The id of every repository that is selected, each looked up once.
async fn look_up_repositories<'a>(
    client: &Client,
    org: &str,
    settings: impl Iterator<Item = (Option<&'a Place>, &'a Settings)>,
) -> Result<Repositories, ApiError> {
    let mut repositories = Repositories::default();
    let mut names: BTreeMap<String, (&str, Option<&Place>)> = BTreeMap::new();
    for (place, settings) in settings {
        for repository in settings.repositories.iter().flatten() {
            match repository {
                Repository::Id(id) => drop(repositories.ids.insert(repository.identity(), *id)),
                Repository::Named { name, .. } => {
                    names.entry(repository.identity()).or_insert((name, place));
                }
            }
        }
    }
    let names: Vec<_> = names.into_iter().collect();
    for batch in names.chunks(AT_ONCE) {
        let id = async |name| match client.repository_id(org, name).await {
            Err(error) if error.status() == Some(StatusCode::NOT_FOUND) => Ok(None),
            other => other.map(Some),
        };
        let found = try_join_all(batch.iter().map(|(_, (name, _))| id(*name))).await?;
        for ((identity, (name, place)), id) in batch.iter().zip(found) {
            if let Some(id) = id {
                repositories.ids.insert(identity.clone(), id);
            } else {
                let message =
                    format!("there is no repository {org}/{name}, or the `token` may not see it (metadata: read)");
                repositories.unknown.push(Note::new("Repository", message).at(place.cloned()));
            }
        }
    }
    Ok(repositories)
}
