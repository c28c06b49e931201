//! The operations. Each reads what it needs, makes a plan if it writes, carries it out, and returns a report.

mod credentials;
mod expiring;
mod failure;
mod files;
mod fleet;
mod journal;
mod judge;
mod manifest;
mod notes;
mod pace;
mod read;
mod single;
mod validate;
mod write;

use std::cell::RefCell;
use std::sync::Arc;

use crate::actions::{Console, Files};
use crate::desired::Desired;
use crate::diagnostics::Diagnostic;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::github::app::{Access, AppClient, Installation, Needs, Signer};
use crate::github::{ApiError, Client, Connection, Credential, Host, Organization, SignIn};
use crate::inputs::{Inputs, Operation, Organizations, Task, Work};
use crate::manifest::Manifest;
use crate::probe::{CheckMode, RegistryClient};
use crate::registry::LiveRegistry;
use crate::report::{Report, RunReport};
use crate::secrets::Vault;
use crate::shutdown::Shutdown;
use failure::Failure;
use journal::Journal;
use notes::Notes;

/// What every part of a run uses, whatever the organization.
#[derive(Clone, Copy)]
struct RunContext<'a> {
    inputs: &'a Inputs,
    environment: &'a Environment,
    console: &'a Console,
    shutdown: &'a Shutdown,
    /// The diagnostics that concern no organization in particular.
    notes: &'a RefCell<Notes>,
}

/// Runs one operation. Even if it fails or is stopped, the report says what was done.
pub async fn run(
    inputs: &Inputs,
    environment: &Environment,
    console: &Console,
    shutdown: &Shutdown,
    files: &mut Files,
) -> RunReport {
    let notes = RefCell::default();
    let context = RunContext { inputs, environment, console, shutdown, notes: &notes };
    match &inputs.fleet.organizations {
        Organizations::One(org) if inputs.operation != Operation::Organizations => {
            RunReport::One(Box::new(one(context, org, files).await))
        }
        _ => RunReport::Several(Box::new(fleet::run(context, files).await)),
    }
}

/// Runs an operation on one organization.
async fn one(context: RunContext<'_>, org: &str, files: &mut Files) -> Report {
    let mut journal = Journal::new(context.inputs, org, context.console.clone());
    let ended = match &context.inputs.work {
        Work::Here(file) => validate::validate(file, org, context.inputs, &mut journal),
        Work::Check(file, roots) => credentials::check(file, roots, org, context, &mut journal).await,
        Work::OnGitHub(connection, task) => on_github(connection, task, org, context, files, &mut journal).await,
    };
    let ended = stopped(ended, context.shutdown, journal.report.skipped());
    journal.end(ended);
    journal.report
}

/// Replaces the outcome of a run that was stopped by a signal, whatever else went wrong because of it.
fn stopped(ended: Result<(), Failure>, shutdown: &Shutdown, skipped: usize) -> Result<(), Failure> {
    let Some(signal) = shutdown.signal() else { return ended };
    let mut diagnostics = ended.err().map(|failure| failure.diagnostics).unwrap_or_default();
    let message = match skipped {
        0 => format!("stopped by {}", signal.as_str()),
        number => {
            let skipped = counted(number, "change was", "changes were");
            format!("stopped by {}: {skipped} skipped. Run again to carry them out", signal.as_str())
        }
    };
    diagnostics.push(Diagnostic::error("Stopped", message));
    Err(Failure { exit: Exit::Stopped(signal), diagnostics })
}

/// Runs an operation that needs GitHub, on one organization.
async fn on_github(
    connection: &Connection,
    task: &Task,
    org: &str,
    context: RunContext<'_>,
    files: &mut Files,
    journal: &mut Journal,
) -> Result<(), Failure> {
    let RunContext { inputs, environment, console, shutdown, notes: _ } = context;
    let manifest = task.manifest().map_or_else(|| Ok(Manifest::default()), |file| files::manifest(file, Some(org)));
    let mut vault = Vault::new(environment, console, &inputs.own_credentials, inputs.secret.as_ref());
    if let Ok(manifest) = &manifest {
        // Secrets are masked before anything is printed. A plan uses none of them, but masks those that are set: a
        // server could still repeat one in an answer.
        vault.read(manifest.registries.iter().filter_map(Desired::secret));
    }
    journal.note_all(inputs.remarks.iter().cloned());
    let manifest = manifest?;
    let github = GitHub::new(connection, console, shutdown)?;
    // Printing blocks while nobody reads the output, so a run that only shows something prints it once its token is
    // revoked.
    let only_shows = !inputs.operation.writes() || inputs.only_reports();
    let console_of_run = journal.console.clone();
    if only_shows {
        journal.console = console_of_run.holding_back();
    }
    let organization = github.organization(org, needs(inputs, task, manifest.registries.iter()), console);
    let registries = registries(connection, context);
    let registries = registries.as_ref();
    let mut session = Session { inputs, vault: &vault, organization: &organization, registries, journal };
    let ended = session.perform(task, &manifest).await;
    let ended = match (ended, task) {
        (Ok(()), Task::Export(path)) => {
            read::write_export(path.as_deref(), environment, files, shutdown, journal).await
        }
        (ended, _) => ended,
    };
    let not_revoked: Vec<Diagnostic> = sign_out(&organization).await.collect();
    journal.console.release();
    journal.console = console_of_run;
    journal.note_all(not_revoked);
    journal.note_all(github.advice());
    ended
}

/// Returns the client that tries credentials before they are stored, if the run checks them.
fn registries(connection: &Connection, context: RunContext<'_>) -> Option<RegistryClient> {
    let RunContext { inputs, environment: _, console: _, shutdown, notes: _ } = context;
    let client = || RegistryClient::new(connection.roots.clone(), inputs.proxies.clone(), shutdown.clone());
    (inputs.check_mode != CheckMode::Off).then(client)
}

/// The GitHub server of a run, with the credential for it.
struct GitHub {
    host: Arc<Host>,
    asker: Asker,
    shutdown: Shutdown,
}

/// The credential that requests are sent with.
enum Asker {
    /// One token for all organizations.
    Token(Arc<Credential>),
    /// A GitHub App, which gets a token for each organization.
    App(Box<AppClient>),
}

impl GitHub {
    /// Prepares the connection without sending anything.
    fn new(connection: &Connection, console: &Console, shutdown: &Shutdown) -> anyhow::Result<Self> {
        let host = Arc::new(Host::new(connection)?);
        let asker = match &connection.sign_in {
            SignIn::Token(token) => Asker::Token(Arc::new(Credential::token(token, connection.limits)?)),
            SignIn::App(app) => {
                let signer = Arc::new(Signer::new(app.clone()));
                let (host, console, shutdown) = (Arc::clone(&host), console.clone(), shutdown.clone());
                Asker::App(Box::new(AppClient::new(host, connection, signer, console, shutdown)))
            }
        };
        Ok(Self { host, asker, shutdown: shutdown.clone() })
    }

    /// Returns a client for one organization without sending anything.
    fn organization(&self, name: &str, needs: Needs, console: &Console) -> Organization {
        let client = match &self.asker {
            Asker::Token(credential) => {
                let (host, credential) = (Arc::clone(&self.host), Arc::clone(credential));
                Client::new(host, credential, console.clone(), self.shutdown.clone())
            }
            Asker::App(app) => app.on(name, needs, console),
        };
        Organization::new(client, name)
    }

    /// Reports whether the run signs in as an App, with a token for each organization.
    const fn is_app(&self) -> bool {
        matches!(self.asker, Asker::App(_))
    }

    /// Returns the installations of the App; `None` if the run does not sign in as one.
    async fn installations(&self) -> Result<Option<Vec<Installation>>, ApiError> {
        match &self.asker {
            Asker::Token(_) => Ok(None),
            Asker::App(app) => app.installations().await.map(Some),
        }
    }

    /// Returns a warning for each piece of advice in GitHub's response headers.
    fn advice(&self) -> impl Iterator<Item = Diagnostic> {
        self.host.advice().into_iter().map(|message| Diagnostic::warning("GitHub", message))
    }
}

/// Revokes the App's token for an organization, if there is one. Returns a warning if that fails.
async fn sign_out(organization: &Organization) -> impl Iterator<Item = Diagnostic> {
    let not_revoked = organization.client().sign_out().await;
    not_revoked.into_iter().map(|message| Diagnostic::warning("Sign-in", message))
}

/// Returns what an App's token must permit for an operation.
fn needs<'a>(inputs: &Inputs, task: &Task, mut entries: impl Iterator<Item = &'a Desired>) -> Needs {
    let writes = inputs.operation.writes() && !inputs.only_reports();
    let names = match task {
        Task::Create(desired) | Task::Upsert(desired) => desired.settings.names_repositories(),
        Task::Update(edit) => edit.settings.names_repositories(),
        Task::Plan { .. } | Task::Apply { .. } => entries.any(|desired| desired.settings.names_repositories()),
        Task::List | Task::Organizations | Task::Get(..) | Task::PublicKey | Task::Delete(..) | Task::Export(_) => {
            false
        }
    };
    Needs { registries: if writes { Access::Write } else { Access::Read }, names }
}

/// A running operation on one organization.
struct Session<'a> {
    inputs: &'a Inputs,
    vault: &'a Vault<'a>,
    organization: &'a Organization,
    /// Tries credentials before they are stored; `None` if they are not checked, or were checked for all organizations.
    registries: Option<&'a RegistryClient>,
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
            Task::Upsert(desired) => {
                let own = desired.of(self.organization.name());
                self.upsert(own.as_ref().unwrap_or(desired)).await
            }
            Task::Delete(address, expected) => self.delete(address, expected).await,
            Task::Plan { .. } | Task::Apply { .. } => match task.following() {
                Some(following) => self.follow(manifest, &following).await,
                None => Ok(()),
            },
            Task::Organizations => Ok(()), // `fleet` performs it
        }
    }

    /// Warns about urls on GitHub that contain user information. This run masks it and shows it nowhere, but everybody
    /// who may list the configurations can read it.
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

/// Creates the failure for a list that has fewer configurations than GitHub counts.
fn incomplete(message: impl Into<String>) -> Failure {
    Failure::new(Exit::Failed, "Incomplete list", message)
}

/// Formats a number with its noun: `1 configuration`, `2 configurations`.
fn counted(number: usize, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}
