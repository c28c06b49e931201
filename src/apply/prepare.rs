//! Gathers what a plan needs before its first write: the secrets that it sends, the ids of its repositories, and the
//! public key. Everything that is missing is reported together, before anything has been written.

use std::collections::BTreeMap;

use futures_util::future::join;
use secrecy::SecretString;

use super::Trouble;
use super::repositories::{self, Repositories};
use super::secrets::{self, SecretProblems, Secrets};
use crate::desired::RepositoryIds;
use crate::diagnostics::Diagnostic;
use crate::github::{ApiError, OnStop, Organization};
use crate::plan::{Plan, Sent};
use crate::secrets::{PublicKey, SealedSecret, SecretSource, Vault};

/// Everything a plan needs to be carried out.
#[derive(Debug)]
pub struct Prepared {
    pub(super) repositories: RepositoryIds,
    /// The plain text of the secrets to send, by the change's index in the plan.
    pub(super) secrets: BTreeMap<usize, SecretString>,
    /// The reasons why changes must not be carried out, by the change's index in the plan.
    pub(super) barred: BTreeMap<usize, Trouble>,
    /// Warnings and notices about the secrets.
    pub remarks: Vec<Diagnostic>,
}

impl Prepared {
    /// Returns the plain text of the secret that a change sends, by the change's index in the plan.
    pub fn secret(&self, change: usize) -> Option<&SecretString> {
        self.secrets.get(&change)
    }

    /// Makes a change fail for the given reason instead of being carried out.
    pub fn bar(&mut self, change: usize, why: Trouble) {
        self.barred.insert(change, why);
    }
}

/// Why a plan can't be carried out. Nothing has been written.
#[derive(Debug)]
pub enum NotReady {
    /// Something is missing or not usable.
    Missing {
        /// The secrets, which the step must supply.
        secrets: SecretProblems,
        /// The repositories and keys that GitHub does not have (any more).
        on_github: Vec<Diagnostic>,
    },
    /// A request to GitHub failed.
    Api(Box<ApiError>),
}

impl From<ApiError> for NotReady {
    fn from(error: ApiError) -> Self {
        Self::Api(Box::new(error))
    }
}

/// What is looked up on GitHub before anything is written.
#[derive(Debug, Default)]
pub struct LookedUp {
    /// The selected repositories.
    pub repositories: Repositories,
    /// The public key, if anything must be sealed.
    key: Option<Result<PublicKey, ApiError>>,
}

/// Looks up the selected repositories and, unless the run only reports, the public key.
///
/// # Errors
/// [`ApiError`], when the repositories can't be looked up.
pub async fn look_up<'a>(
    organization: &Organization,
    sent: impl Iterator<Item = Sent<'a>> + Clone,
    only_reports: bool,
) -> Result<LookedUp, ApiError> {
    let wants_key = !only_reports && sent.clone().any(|sent| sent.settings.secret.is_some());
    let key = async { if wants_key { Some(organization.public_key(OnStop::GiveUp).await) } else { None } };
    let (repositories, key) = join(repositories::look_up(organization, sent), key).await;
    Ok(LookedUp { repositories: repositories?, key })
}

impl LookedUp {
    /// Checks that every selected repository was found.
    ///
    /// # Errors
    /// [`NotReady`], with all repositories that were not found.
    pub fn check(self) -> Result<(), NotReady> {
        let problems = self.repositories.problems;
        if problems.is_empty() {
            Ok(())
        } else {
            Err(NotReady::Missing { secrets: SecretProblems::default(), on_github: problems })
        }
    }
}

/// Gathers what a plan needs before its first write.
///
/// # Errors
/// [`NotReady`], with everything that is missing.
pub fn prepare(plan: &Plan, vault: &Vault<'_>, looked_up: Result<LookedUp, ApiError>) -> Result<Prepared, NotReady> {
    let Secrets { values, remarks, problems: missing } = secrets::open(plan, vault);
    let is_missing = |on_github| NotReady::Missing { secrets: missing.clone(), on_github };
    let LookedUp { repositories: Repositories { ids, problems: mut on_github, warnings: _ }, key } = match looked_up {
        // What is known to be missing is reported now, not only after the next run.
        Err(_) if !missing.is_empty() => return Err(is_missing(Vec::new())),
        looked_up => looked_up?,
    };
    let key = match key.transpose() {
        Err(_) if !missing.is_empty() || !on_github.is_empty() => return Err(is_missing(on_github)),
        key => key?,
    };
    on_github.extend(key.iter().flat_map(|key| sealed_with_another(plan, key)));
    if missing.is_empty() && on_github.is_empty() {
        Ok(Prepared { repositories: ids, secrets: values, barred: BTreeMap::new(), remarks })
    } else {
        Err(is_missing(on_github))
    }
}

/// Returns an error for each value that was sealed elsewhere with a key that is not the current one.
fn sealed_with_another(plan: &Plan, key: &PublicKey) -> impl Iterator<Item = Diagnostic> {
    plan.sent().filter_map(|Sent { label: _, location, settings }| {
        let Some(SecretSource::Sealed(SealedSecret { key_id, .. })) = &settings.secret else { return None };
        let is_other = *key_id != key.key_id;
        is_other.then(|| {
            let message = format!(
                "`key-id` {key_id} is not the id of the current key: seal the secret again with the key {}, which \
                 `operation: public-key` shows",
                key.key_id
            );
            Diagnostic::error("Public key", message).at(location.cloned())
        })
    })
}
