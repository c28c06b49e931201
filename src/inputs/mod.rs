//! Turns the environment into typed [`Inputs`], and reports every problem together.
//!
//! Each group of inputs has a file, which declares their names, defaults and help texts and parses them. New inputs go
//! there; flags, their help, `action.yml` and the table in the documentation are generated from the declarations.

mod app;
mod checks;
mod configuration;
mod connection;
mod declaration;
mod docs;
mod duration;
mod fallback;
mod findings;
mod flags;
mod manifest;
mod oidc;
mod operation;
mod organizations;
mod output;
mod pacing;
mod raw;
mod registry;
mod runner;
mod scope;
mod target;
mod task;
mod validator;

pub use declaration::{Input, Kind, Preset};
pub use docs::{action_yml, markdown};
pub use flags::Flags;
pub use operation::Operation;
pub use organizations::{Fleet, Organizations};
pub use raw::{GROUPS, RawInputs, all};
pub use task::{Following, ManifestFile, PLACEHOLDER, Task, Work, in_path, is_file_word};

use secrecy::SecretString;

use crate::desired::expiry::Horizon;
use crate::diagnostics::Diagnostic;
use crate::http::Proxies;
use crate::probe::CheckMode;
use crate::rules::Levels;
use crate::secrets::OwnCredentials;
use configuration::Configuration;
use manifest::FollowingInputs;
use validator::Validator;

/// The inputs of a run, parsed and checked.
#[derive(Debug)]
pub struct Inputs {
    /// The operation.
    pub operation: Operation,
    /// The operation with everything that it needs.
    pub work: Work,
    /// The organizations.
    pub fleet: Fleet,
    /// Whether to report without writing.
    pub dry_run: bool,
    /// The host of the REST API, if the address is valid.
    pub api_host: Option<String>,
    /// The time of the run, and how far ahead it looks for expiring credentials.
    pub horizon: Horizon,
    /// The levels of the rules.
    pub levels: Levels,
    /// The value of input `secret` in the form in which it is stored.
    pub secret: Option<SecretString>,
    /// The run's own credentials, which no registry may receive.
    pub own_credentials: OwnCredentials,
    /// Whether credentials are tested before they are stored.
    pub check_mode: CheckMode,
    /// The proxies for registries.
    pub proxies: Proxies,
    /// Warnings and notices about the inputs.
    pub remarks: Vec<Diagnostic>,
}

impl Inputs {
    /// Returns whether the run must not write.
    pub fn only_reports(&self) -> bool {
        self.dry_run || self.operation == Operation::Plan
    }
}

impl RawInputs {
    /// Parses and checks the inputs.
    ///
    /// # Errors
    /// All problems.
    pub fn validate(self) -> Result<Inputs, Vec<Diagnostic>> {
        let Self {
            target,
            organizations,
            connection: github,
            app,
            registry,
            scope,
            oidc,
            manifest,
            findings,
            checks,
            pacing,
            output: _,
            runner,
            ..
        } = &self;
        let problems = self.problems.iter().cloned().chain(self.misspelt()).collect();
        let mut validator = Validator { problems, unread: self.unread(), ..Validator::default() };
        let own_credentials = self.own_credentials();
        let api_host = github.api_host(runner);
        let operation = target.valid_operation(&mut validator);
        let pacing = pacing.read(&mut validator);
        let connection = match operation {
            Some(operation) if !operation.needs_github() => None,
            _ => github.read(operation, app, pacing, runner, &mut validator),
        };
        let fleet = organizations.read(operation, app.is_given(), runner, &mut validator);
        let org = match &fleet.organizations {
            Organizations::One(org) => Some(org.as_str()),
            Organizations::Several(_) | Organizations::All => None,
        };
        let dry_run = target.is_dry_run(&mut validator);
        // Values that the operation does not use are checked too, so that the user can fix everything in one go.
        let oidc = oidc.read(&mut validator);
        let configuration = Configuration::read(registry, scope, oidc, org, &own_credentials, &mut validator);
        let following = manifest.read(runner, &mut validator);
        let levels = findings.levels(&mut validator);
        let horizon = findings.horizon(self.now, &mut validator);
        let check_mode = checks.read(operation, runner, &mut validator);
        if !operation.is_some_and(Operation::describes_a_registry) {
            validator.remarks.clear(); // remarks about values that the operation does not use are irrelevant
        }
        let work = match operation {
            // `validate` and `check` delete nothing.
            Some(Operation::Validate) => Some(Work::Here(ManifestFile { prune: false, ..following.file })),
            Some(Operation::Check) => github
                .roots(runner, &mut validator)
                .map(|roots| Work::Check(ManifestFile { prune: false, ..following.file }, roots)),
            Some(operation) => {
                let task = self.task(operation, configuration, following, &mut validator).map(Box::new);
                connection.zip(task).map(|(connection, task)| Work::OnGitHub(Box::new(connection), task))
            }
            None => None,
        };
        if matches!(&fleet.organizations, Organizations::One(org) if org.is_empty()) {
            self.manifest.require_org(operation, runner, &mut validator);
        }
        self.manifest.check_export_path(&fleet.organizations, &mut validator);
        if let Some(operation) = operation {
            self.tell_unused(operation, &mut validator);
        }
        let Validator { problems, remarks, unread: _ } = validator;
        match operation.zip(work) {
            Some((operation, work)) if problems.is_empty() => {
                let secret = registry.value_to_store();
                let proxies = runner.proxies.clone();
                Ok(Inputs {
                    operation,
                    work,
                    fleet,
                    dry_run,
                    api_host,
                    horizon,
                    levels,
                    secret,
                    own_credentials,
                    check_mode,
                    proxies,
                    remarks,
                })
            }
            _ => {
                let mut problems = problems;
                self.point_to_help(&mut problems);
                Err(problems)
            }
        }
    }

    /// Builds the task of an operation on GitHub.
    fn task(
        &self,
        operation: Operation,
        configuration: Configuration<'_>,
        following: FollowingInputs,
        validator: &mut Validator,
    ) -> Option<Task> {
        if operation == Operation::Apply {
            self.manifest.require_plan(&following, validator);
        }
        let FollowingInputs { file, policy, plan_id, requires_plan_id: _, fail_on_drift } = following;
        Some(match operation {
            Operation::Validate | Operation::Check => return None, // they send GitHub nothing
            Operation::Organizations => Task::Organizations,
            Operation::List => Task::List,
            Operation::PublicKey => Task::PublicKey,
            Operation::Get => {
                configuration.existing(validator).map(|(address, expected)| Task::Get(address, expected))?
            }
            Operation::Delete => {
                configuration.existing(validator).map(|(address, expected)| Task::Delete(address, expected))?
            }
            Operation::Create => Task::Create(configuration.desired(operation, validator)?),
            Operation::Upsert => Task::Upsert(configuration.desired(operation, validator)?),
            Operation::Update => Task::Update(Box::new(configuration.edit(validator)?)),
            Operation::Plan => Task::Plan { file, policy: policy?, fail_on_drift },
            Operation::Apply => Task::Apply { file, policy: policy?, plan_id },
            Operation::Export => Task::Export(self.manifest.export_file(&self.runner)),
        })
    }

    /// Warns about inputs that the operation does not use, which are probably a mistake. Those with their default value
    /// are ignored, because action.yml sets them.
    fn tell_unused(&self, operation: Operation, validator: &mut Validator) {
        for input in self.given.iter().filter(|input| !(input.used_by)(operation) && !input.is_for_job) {
            validator.warning(format!("input `{}` is not used by {operation}", input.name()));
        }
    }
}
