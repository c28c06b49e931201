//! The operations: for each, what is fetched, which plan is made, and what is returned.

mod credentials;
mod failure;
mod files;
mod journal;
mod judge;
mod manifest;
mod read;
mod single;
mod validate;
mod write;

use std::sync::Arc;

use crate::actions::{Console, Files};
use crate::desired::Desired;
use crate::diagnostics::Diagnostic;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::github::{Client, Connection, Credential, Host, Organization};
use crate::inputs::{Inputs, Task, Work};
use crate::manifest::Manifest;
use crate::probe::{Asker, CheckMode};
use crate::registry::LiveRegistry;
use crate::report::Report;
use crate::secrets::Vault;
use crate::shutdown::Shutdown;
use failure::Failure;
use journal::Journal;

/// Runs one operation. Whatever happens, its report says what was done.
pub(crate) async fn run(
    inputs: &Inputs,
    environment: &Environment,
    console: &Console,
    shutdown: &Shutdown,
    files: &mut Files,
) -> Report {
    let mut journal = Journal::new(inputs, console.clone());
    let ended = match &inputs.work {
        Work::Here(file) => validate::validate(file, inputs, &mut journal),
        Work::Check(file, roots) => credentials::check(file, roots, inputs, environment, shutdown, &mut journal).await,
        Work::OnGitHub(connection, task) => {
            on_github(connection, task, inputs, environment, shutdown, files, &mut journal).await
        }
    };
    journal.end(stopped(ended, shutdown))
}

/// A signal is why a run ended, whatever else went wrong by it.
fn stopped(ended: Result<(), Failure>, shutdown: &Shutdown) -> Result<(), Failure> {
    let Some(signal) = shutdown.signal() else { return ended };
    let mut diagnostics = ended.err().map(|failure| failure.diagnostics).unwrap_or_default();
    let message = format!("stopped by {}: what was not done is not tried any more", signal.as_str());
    diagnostics.push(Diagnostic::error("Stopped", message));
    Err(Failure { exit: Exit::Stopped(signal), diagnostics })
}

/// An operation that asks GitHub.
async fn on_github(
    connection: &Connection,
    task: &Task,
    inputs: &Inputs,
    environment: &Environment,
    shutdown: &Shutdown,
    files: &mut Files,
    journal: &mut Journal,
) -> Result<(), Failure> {
    let console = journal.console.clone();
    let manifest = task.manifest().map_or_else(|| Ok(Manifest::default()), |file| files::manifest(file, &inputs.org));
    let mut vault = Vault::new(environment, &console, &inputs.own_credentials, inputs.secret.as_ref());
    if let Ok(manifest) = &manifest {
        // Before anything is printed. A plan needs and uses none of them, but one that is there may be repeated by a
        // server all the same.
        vault.read(manifest.registries.iter().filter_map(Desired::secret));
    }
    journal.note_all(inputs.remarks.iter().cloned());
    let manifest = manifest?;
    let organization = organization(connection, &inputs.org, &console, shutdown)?;
    let tries = inputs.check_mode != CheckMode::Off;
    let asker = tries.then(|| Asker::new(connection.roots.clone(), inputs.proxies.clone(), shutdown.clone()));
    let asker = asker.as_ref();
    let mut session = Session { inputs, vault: &vault, organization: &organization, asker, journal };
    let ended = session.perform(task, &manifest).await;
    let ended = match (ended, task) {
        (Ok(()), Task::Export(path)) => {
            read::write_export(path.as_deref(), environment, files, shutdown, journal).await
        }
        (ended, _) => ended,
    };
    let advice = organization.client().host().advice();
    journal.note_all(advice.into_iter().map(|message| Diagnostic::warning("GitHub", message)));
    ended
}

/// The organization as the credential sees it. Nothing is sent yet.
fn organization(
    connection: &Connection,
    name: &str,
    console: &Console,
    shutdown: &Shutdown,
) -> anyhow::Result<Organization> {
    let host = Arc::new(Host::new(connection)?);
    let credential = Arc::new(Credential::token(&connection.token, connection.limits)?);
    Ok(Organization::new(Client::new(host, credential, console.clone(), shutdown.clone()), name))
}

/// An operation on one organization under way.
struct Session<'a> {
    inputs: &'a Inputs,
    vault: &'a Vault<'a>,
    organization: &'a Organization,
    /// Tries credentials before they are stored, if that is wanted.
    asker: Option<&'a Asker>,
    journal: &'a mut Journal,
}

impl Session<'_> {
    async fn perform(&mut self, task: &Task, manifest: &Manifest) -> Result<(), Failure> {
        match task {
            Task::List => self.list().await,
            Task::Get(address, expected) => self.get(address, expected).await,
            Task::PublicKey => self.public_key().await,
            Task::Export(_) => self.export().await,
            Task::Create(desired) => self.create(desired).await,
            Task::Update(edit) => self.update(edit).await,
            Task::Upsert(desired) => self.upsert(desired).await,
            Task::Delete(address, expected) => self.delete(address, expected).await,
            Task::Plan { policy, fail_on_drift, .. } => self.plan(manifest, *policy, *fail_on_drift).await,
            Task::Apply { policy, plan_id, .. } => self.apply(manifest, *policy, plan_id.as_deref()).await,
        }
    }

    /// Whom a url signs in as is masked, and shown nowhere; but whoever may list the configurations can read it.
    fn warn_of_credentials<'b>(&mut self, live: impl IntoIterator<Item = &'b LiveRegistry>) {
        for LiveRegistry { name, .. } in live.into_iter().filter(|live| live.shows_credentials()) {
            let message = format!(
                "{name} has user information (user:password@) in its url on GitHub, where everybody who may list the \
                 configurations can read it: revoke that password, `update` the url to one without it, and give a new \
                 one as the secret"
            );
            self.journal.note(Diagnostic::warning("Credentials in a url", message));
        }
    }
}

/// GitHub counts more than came.
fn incomplete(message: impl Into<String>) -> Failure {
    Failure::new(Exit::Failed, "Incomplete list", message)
}

/// `1 configuration`, `2 configurations`.
fn counted(number: usize, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}
