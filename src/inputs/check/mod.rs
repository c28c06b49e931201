//! From text to [`Inputs`]: every check goes on after a problem, so that all problems are told at once.

mod configuration;
mod connection;
mod manifest;

use super::raw::Raw;
use super::task::{Operation, Task, Work};
use super::{DEFAULT_MANIFEST, Inputs, Problem, Remark, Unchecked};
use crate::actions::Level;
use crate::desired::{Settings, is_path_word};
use crate::nearest::did_you_mean;
use crate::plan::{Policy, ReplaceOrder, Resend};
use configuration::Identity;

/// The inputs, and what has been found about them so far.
pub(super) struct Check {
    given: Unchecked,
    problems: Vec<Problem>,
    remarks: Vec<Remark>,
}

/// What the inputs say, whatever the operation makes of it.
struct Values {
    identity: Identity,
    settings: Settings,
    policy: Option<Policy>,
    plan_id: Option<String>,
    requires_plan_id: bool,
    fail_on_drift: bool,
}

impl Check {
    pub(super) fn new(mut given: Unchecked) -> Self {
        let mut problems = std::mem::take(&mut given.problems);
        problems.extend(given.misspelt());
        Self { given, problems, remarks: Vec::new() }
    }

    pub(super) fn run(mut self) -> Result<Inputs, Vec<Problem>> {
        let operation = self.operation();
        let connection = if operation == Some(Operation::Validate) { None } else { self.connection() };
        let org = self.org(operation);
        let dry_run = self.boolean("dry-run", |raw| &raw.dry_run).unwrap_or_default();
        // Every value is read, also those that the operation does not use: whoever corrects the inputs should have to do
        // it once.
        let values = Values {
            identity: self.identity(),
            settings: self.settings(),
            policy: self.policy(),
            plan_id: self.plan_id(),
            requires_plan_id: self.boolean("require-plan-id", |raw| &raw.require_plan_id).unwrap_or_default(),
            fail_on_drift: self.boolean("fail-on-drift", |raw| &raw.fail_on_drift).unwrap_or_default(),
        };
        if !operation.is_some_and(|operation| operation.uses("secret")) {
            self.remarks.clear(); // what there is to say of a value concerns only who uses it
        }
        let work = match operation {
            Some(Operation::Validate) => Some(Work::Here(self.manifest())),
            Some(operation) => {
                let task = self.task(operation, values).map(Box::new);
                connection.zip(task).map(|(connection, task)| Work::OnGitHub(connection, task))
            }
            None => None,
        };
        if let Some(operation) = operation {
            self.unused(operation);
        }
        match work {
            Some(work) if self.problems.is_empty() => {
                let own_credentials = self.given.own_credentials();
                Ok(Inputs { work, org, dry_run, own_credentials, remarks: self.remarks })
            }
            _ => Err(self.problems),
        }
    }

    fn problem(&mut self, input: &str, message: impl Into<String>) {
        self.problems.push(Problem::new(input, message));
    }

    fn operation(&mut self) -> Option<Operation> {
        let text = self.given.raw.operation.clone().unwrap_or_else(|| Operation::Plan.to_string());
        let operation = Operation::parse(&text);
        if operation.is_none() {
            self.problem("operation", not_one_of(&text, &Operation::ALL.map(Operation::as_str)));
        }
        operation
    }

    fn org(&mut self, operation: Option<Operation>) -> String {
        let org = self.given.org();
        if org.is_empty() && operation != Some(Operation::Validate) {
            self.problem("org", "is required here: GITHUB_REPOSITORY_OWNER is not set");
        } else if !org.is_empty() && !is_path_word(&org) {
            self.problem(
                "org",
                format!("is not an organization's name: `{}`; write it alone, like acme", org.escape_debug()),
            );
        }
        org
    }

    fn task(&mut self, operation: Operation, values: Values) -> Option<Task> {
        let Values { identity, settings, policy, plan_id, requires_plan_id, fail_on_drift } = values;
        match operation {
            Operation::Validate => None, // it asks nothing of GitHub
            Operation::List => Some(Task::List),
            Operation::PublicKey => Some(Task::PublicKey),
            Operation::Get => self.existing(identity).map(|(address, expected)| Task::Get(address, expected)),
            Operation::Delete => self.existing(identity).map(|(address, expected)| Task::Delete(address, expected)),
            Operation::Create => self.desired(operation, identity, settings).map(Task::Create),
            Operation::Upsert => self.desired(operation, identity, settings).map(Task::Upsert),
            Operation::Update => self.edit(identity, settings).map(Box::new).map(Task::Update),
            Operation::Plan => Some(Task::Plan { file: self.manifest(), policy: policy?, fail_on_drift }),
            Operation::Apply => {
                if requires_plan_id && self.given.raw.plan_id.is_none() {
                    self.problem(
                        "plan-id",
                        "is required here by `require-plan-id`: give the output `plan-id` of the plan that was reviewed \
                         (an output that is not there arrives as an empty string)",
                    );
                }
                Some(Task::Apply { file: self.manifest(), policy: policy?, plan_id })
            }
            Operation::Export => Some(Task::Export(self.given.export_path())),
        }
    }

    fn boolean(&mut self, input: &str, field: impl Fn(&Raw) -> &Option<String>) -> Option<bool> {
        let text = field(&self.given.raw).clone()?;
        match text.as_str() {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => {
                self.problem(input, not_one_of(&text, &["true", "True", "TRUE", "false", "False", "FALSE"]));
                None
            }
        }
    }

    /// Reads a closed word.
    fn word<T: Copy>(
        &mut self,
        input: &str,
        text: Option<String>,
        parse: impl Fn(&str) -> Option<T>,
        all: &[String],
    ) -> Option<T> {
        let text = text?;
        let word = parse(&text);
        if word.is_none() {
            self.problem(input, not_one_of(&text, &all.iter().map(String::as_str).collect::<Vec<_>>()));
        }
        word
    }

    /// Inputs that this operation does not use are probably a mistake; those with their default value are action.yml's.
    fn unused(&mut self, operation: Operation) {
        let raw = &self.given.raw;
        let is_default = |input: &str| match input {
            "dry-run" => raw.dry_run.as_deref() == Some("false"),
            "manifest" => raw.manifest.as_deref() == Some(DEFAULT_MANIFEST),
            "prune" => raw.prune.as_deref() == Some("false"),
            "max-deletes" => raw.max_deletes.as_deref() == Some(manifest::DEFAULT_MAX_DELETES),
            "replace" => raw.replace.as_deref() == Some(ReplaceOrder::CreateFirst.as_str()),
            "resend" => raw.resend.as_deref() == Some(Resend::Always.as_str()),
            "require-plan-id" => raw.require_plan_id.as_deref() == Some("false"),
            "fail-on-drift" => raw.fail_on_drift.as_deref() == Some("false"),
            "max-wait" => raw.max_wait.as_deref() == Some(connection::DEFAULT_MAX_WAIT),
            "write-interval" => raw.write_interval.as_deref() == Some(connection::DEFAULT_WRITE_INTERVAL),
            "token" | "org" | "api-url" | "api-version" | "ca-file" => true, // set for a whole job, harmless elsewhere
            _ => false,
        };
        let messages: Vec<String> = raw
            .given()
            .iter()
            .filter(|input| !operation.uses(input) && !is_default(input))
            .map(|input| format!("input `{input}` is not used by {operation}"))
            .collect();
        self.remarks.extend(messages.into_iter().map(|message| Remark { level: Level::Warning, message }));
    }
}

fn not_one_of(text: &str, allowed: &[&str]) -> String {
    let hint = did_you_mean(text, allowed.iter().copied());
    format!("is `{}`, which is none of: {}{hint}", text.escape_debug(), allowed.join(", "))
}
