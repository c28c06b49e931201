//! What a plan needs before its first write: the secrets it will send, the ids of the repositories it names, the key.
//! Everything that is missing is told at once, while nothing has been written.

use std::collections::BTreeMap;

use futures_util::future::{try_join, try_join_all};
use http::StatusCode;
use secrecy::SecretString;

use crate::actions::{Level, Log, Note};
use crate::desired::{Repository, Settings};
use crate::environment::Environment;
use crate::github::{ApiError, Client};
use crate::place::Place;
use crate::plan::Plan;
use crate::secrets::{self, PublicKey, Reference, SecretSource};

/// How many repositories are looked up at once.
const LOOKUPS_AT_ONCE: usize = 16;

/// Everything a plan needs to be carried out.
#[derive(Debug)]
pub struct Prepared {
    pub(super) repositories: RepositoryIds,
    /// Only when something is to be sealed.
    pub(super) key: Option<PublicKey>,
    /// The values of the references and inputs that are sent, by the change's place in the plan.
    pub(super) secrets: BTreeMap<usize, SecretString>,
}

/// The ids of repositories, by [`Repository::identity`].
pub type RepositoryIds = BTreeMap<String, u64>;

/// Why a plan can't be carried out. Nothing has been written.
#[derive(Debug)]
pub enum NotReady {
    /// Secrets that are missing or unfit; each with where the manifest refers to it.
    Secrets(Vec<(Option<Place>, String)>),
    /// Repositories that GitHub does not show.
    Repositories(Vec<(Option<Place>, String)>),
    /// Already sealed, but with another key.
    OtherKey(String),
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
    repositories: RepositoryIds,
    /// Only when something is to be sealed.
    key: Option<PublicKey>,
}

/// What was looked up before there was a plan, if it was certain then what the plan would need.
pub type Ahead = Option<Result<LookedUp, NotReady>>;

/// Looks up what it takes to send settings; each comes with where the manifest says it.
///
/// # Errors
/// [`NotReady`], when GitHub has not got all of it.
pub async fn look_up<'a>(
    client: &Client,
    org: &str,
    settings: impl Iterator<Item = (Option<&'a Place>, &'a Settings)> + Clone,
) -> Result<LookedUp, NotReady> {
    let has_secret = settings.clone().any(|(_, settings)| settings.secret.is_some());
    let key = async { Ok(if has_secret { Some(client.public_key(org).await?) } else { None }) };
    let (repositories, key) = try_join(look_up_repositories(client, org, settings), key).await?;
    Ok(LookedUp { repositories, key })
}

/// Gathers what a plan needs; what was looked up ahead is not asked for again.
///
/// # Errors
/// [`NotReady`], with everything that is missing of one kind.
pub async fn prepare(
    client: &Client,
    org: &str,
    plan: &Plan,
    environment: &Environment,
    ahead: Ahead,
) -> Result<Prepared, NotReady> {
    let secrets = resolve_secrets(plan, environment, client.log())?;
    let LookedUp { repositories, key } = match ahead {
        Some(looked_up) => looked_up?,
        None => look_up(client, org, plan.settings()).await?,
    };
    for (_, settings) in plan.settings() {
        if let (Some(SecretSource::Sealed(sealed)), Some(key)) = (&settings.secret, &key)
            && sealed.key_id != key.key_id
        {
            return Err(NotReady::OtherKey(format!(
                "`key-id` {} is not the current key: seal the secret again with the key {}, which \
                 `operation: public-key` shows",
                sealed.key_id, key.key_id
            )));
        }
    }
    Ok(Prepared { repositories, key, secrets })
}

/// Reads every secret that the plan sends from the environment, masking each at once.
fn resolve_secrets(
    plan: &Plan,
    environment: &Environment,
    log: &Log,
) -> Result<BTreeMap<usize, SecretString>, NotReady> {
    let mut secrets = BTreeMap::new();
    let mut missing = Vec::new();
    for (index, change) in plan.changes.iter().enumerate() {
        let Some(Settings { secret: Some(source), .. }) = change.settings() else { continue };
        let username = change.username.as_deref();
        match source {
            SecretSource::Given(value) => {
                // Masked when it was read, but for what it makes with a username that only GitHub told.
                for mask in secrets::masks(value, username) {
                    log.mask(&mask);
                }
                secrets.insert(index, value.clone());
            }
            SecretSource::Sealed(_) => {}
            SecretSource::Reference(reference) => {
                match resolve(reference, username, &change.title(), environment, log) {
                    Ok(value) => drop(secrets.insert(index, value)),
                    Err(message) => missing.push((Some(reference.place.clone()), message)),
                }
            }
        }
    }
    if missing.is_empty() { Ok(secrets) } else { Err(NotReady::Secrets(missing)) }
}

fn resolve(
    Reference { variable, place: _ }: &Reference,
    username: Option<&str>,
    label: &str,
    environment: &Environment,
    log: &Log,
) -> Result<SecretString, String> {
    let Some(value) = environment.secret(variable)? else {
        return Err(format!(
            "the secret of `{label}` is not there: environment variable {variable} is not set, or empty. Add to this \
             step:\nenv:\n  {variable}: ${{{{ secrets.{variable} }}}}"
        ));
    };
    for mask in secrets::masks(&value, username) {
        log.mask(&mask);
    }
    let fit = secrets::fit(&value).map_err(|error| format!("the secret of `{label}` ({variable}) {error}"))?;
    for (level, remark) in [(Level::Notice, fit.notice), (Level::Warning, fit.warning)] {
        if let Some(remark) = remark {
            log.note(level, &Note::new("Secret", format!("the secret of `{label}` ({variable}) {remark}")));
        }
    }
    Ok(fit.value)
}

/// The id of every repository that is selected, each looked up once.
///
/// # Errors
/// [`NotReady::Repositories`] with all that are unknown.
pub async fn look_up_repositories<'a>(
    client: &Client,
    org: &str,
    settings: impl Iterator<Item = (Option<&'a Place>, &'a Settings)>,
) -> Result<RepositoryIds, NotReady> {
    let mut ids = RepositoryIds::new();
    let mut names: BTreeMap<String, (&str, Option<&Place>)> = BTreeMap::new();
    let mut unknown = Vec::new();
    for (place, settings) in settings {
        for repository in settings.repositories.iter().flatten() {
            match repository {
                Repository::Id(id) => drop(ids.insert(repository.identity(), *id)),
                Repository::Named { name, .. } => {
                    names.entry(repository.identity()).or_insert((name, place));
                }
            }
        }
    }
    let names: Vec<_> = names.into_iter().collect();
    for batch in names.chunks(LOOKUPS_AT_ONCE) {
        let id = async |name| match client.repository_id(org, name).await {
            Err(error) if error.status() == Some(StatusCode::NOT_FOUND) => Ok(None),
            other => other.map(Some),
        };
        let found = try_join_all(batch.iter().map(|(_, (name, _))| id(*name))).await?;
        for ((identity, (name, place)), id) in batch.iter().zip(found) {
            match id {
                Some(id) => drop(ids.insert(identity.clone(), id)),
                None => unknown.push((
                    place.cloned(),
                    format!("there is no repository {org}/{name}, or the `token` may not see it (metadata: read)"),
                )),
            }
        }
    }
    if unknown.is_empty() { Ok(ids) } else { Err(NotReady::Repositories(unknown)) }
}
