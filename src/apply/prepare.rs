//! What a plan needs before its first write: the secrets it will send, the ids of the repositories it names, the key.
//! Everything that is missing is told at once, while nothing has been written.

use std::collections::BTreeMap;

use futures_util::future::join;
use secrecy::SecretString;

use super::repositories::{self, Repositories};
use crate::actions::Console;
use crate::desired::{RepositoryIds, Settings};
use crate::diagnostics::Diagnostic;
use crate::environment::Environment;
use crate::github::{ApiError, Client, OnStop};
use crate::plan::{Plan, Sent};
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
    pub remarks: Vec<Diagnostic>,
}

/// Why a plan can't be carried out. Nothing has been written.
#[derive(Debug)]
pub enum NotReady {
    /// Everything that is missing or unfit.
    Missing {
        /// Secrets, which are this step's to supply.
        secrets: Vec<Diagnostic>,
        /// Repositories and keys that GitHub does not have, or not any more.
        on_github: Vec<Diagnostic>,
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
    /// The repositories that are selected.
    pub repositories: Repositories,
    /// Only when something is to be sealed.
    key: Option<Result<PublicKey, ApiError>>,
}

/// Looks up what it takes to send these: the repositories, and the key unless nothing is to be written.
///
/// # Errors
/// [`ApiError`], when GitHub can't be asked for the repositories.
pub async fn look_up<'a>(
    client: &Client,
    org: &str,
    sent: impl Iterator<Item = Sent<'a>> + Clone,
    only_reports: bool,
) -> Result<LookedUp, ApiError> {
    let wants_key = !only_reports && sent.clone().any(|sent| sent.settings.secret.is_some());
    let key = async { if wants_key { Some(client.public_key(org, OnStop::GiveUp).await) } else { None } };
    let (repositories, key) = join(repositories::look_up(client, org, sent), key).await;
    Ok(LookedUp { repositories: repositories?, key })
}

impl LookedUp {
    /// Checks that GitHub has every repository that is selected.
    ///
    /// # Errors
    /// [`NotReady`], with all that have no id.
    pub fn check(self) -> Result<(), NotReady> {
        let problems = self.repositories.problems;
        if problems.is_empty() { Ok(()) } else { Err(NotReady::Missing { secrets: Vec::new(), on_github: problems }) }
    }
}

/// Gathers what a plan needs.
///
/// # Errors
/// [`NotReady`], with everything that is missing.
pub fn prepare(
    plan: &Plan,
    environment: &Environment,
    own: &OwnCredentials,
    looked_up: Result<LookedUp, ApiError>,
    log: &Console,
) -> Result<Prepared, NotReady> {
    let Resolved { values, remarks, missing } = resolve_secrets(plan, environment, own, log);
    let is_missing = |on_github| NotReady::Missing { secrets: missing.clone(), on_github };
    let LookedUp { repositories: Repositories { ids, problems: mut on_github, warnings: _ }, key } = match looked_up {
        // What is known to be missing need not wait for the next run.
        Err(_) if !missing.is_empty() => return Err(is_missing(Vec::new())),
        looked_up => looked_up?,
    };
    let key = match key.transpose() {
        Err(_) if !missing.is_empty() || !on_github.is_empty() => return Err(is_missing(on_github)),
        key => key?,
    };
    on_github.extend(key.iter().flat_map(|key| sealed_with_another(plan, key)));
    if missing.is_empty() && on_github.is_empty() {
        Ok(Prepared { repositories: ids, key, secrets: values, remarks })
    } else {
        Err(is_missing(on_github))
    }
}

/// What was sealed elsewhere, but not with the key that is the current one.
fn sealed_with_another(plan: &Plan, key: &PublicKey) -> impl Iterator<Item = Diagnostic> {
    plan.sent().filter_map(|Sent { label: _, location, settings }| {
        let Some(SecretSource::Sealed(SealedSecret { key_id, .. })) = &settings.secret else { return None };
        let is_other = *key_id != key.key_id;
        is_other.then(|| {
            let message = format!(
                "`key-id` {key_id} is not the current key's: seal the secret again with the key {}, which `operation: \
                 public-key` shows",
                key.key_id
            );
            Diagnostic::error("Public key", message).at(location.cloned())
        })
    })
}

/// The secrets that a plan sends.
#[derive(Default)]
struct Resolved {
    values: BTreeMap<usize, SecretString>,
    remarks: Vec<Diagnostic>,
    /// Those that are missing or unfit.
    missing: Vec<Diagnostic>,
}

/// Reads every secret that the plan sends from the environment, masking each at once.
fn resolve_secrets(plan: &Plan, environment: &Environment, own: &OwnCredentials, log: &Console) -> Resolved {
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
                        resolved
                            .missing
                            .push(Diagnostic::error("Secret", message).at(Some(reference.location.clone())));
                    }
                }
            }
        }
    }
    resolved
}

fn resolve(
    Reference { variable, location: _ }: &Reference,
    username: Option<&str>,
    label: &str,
    environment: &Environment,
    own: &OwnCredentials,
    log: &Console,
) -> Result<(SecretString, Vec<Diagnostic>), String> {
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
    let remarks = fit.diagnostics("Secret", &format!("the secret of `{label}` ({variable})")).collect();
    Ok((fit.value, remarks))
}
