//! What to do, and for which organization.

use super::Operation;
use super::declaration::{Preset, group};
use super::runner::Runner;
use super::validator::{Validator, not_one_of};
use crate::desired::is_path_word;

group! {
    "What to do, and where";
    struct TargetInputs {
        /// What to do: `list`, `get`, `public-key`, `create`, `update`, `upsert`, `delete`, `validate`, `plan`, `apply`,
        /// `export` or `check`.
        operation: String { preset: Preset::Fixed("plan") },
        /// The organization.
        org: String {
            preset: Preset::Depends("`GITHUB_REPOSITORY_OWNER`"),
            used_by: Operation::needs_github,
            is_for_job: true,
        },
        /// With `true`, an operation that writes reports what it would do, without writing (GET requests only).
        dry_run: String { preset: Preset::Fixed("false"), used_by: Operation::writes },
    }
}

impl TargetInputs {
    /// The operation as far as it was understood.
    pub(super) fn known_operation(&self) -> Option<Operation> {
        self.operation().text().and_then(Operation::parse)
    }

    /// The organization as it was given, or as the runner says.
    pub(super) fn given_org(&self, runner: &Runner) -> String {
        self.org().value.or(runner.repository_owner.as_ref()).cloned().unwrap_or_default()
    }

    pub(super) fn valid_operation(&self, validator: &mut Validator) -> Option<Operation> {
        let operation = self.known_operation();
        if operation.is_none() {
            let text = self.operation().text().unwrap_or_default();
            validator.problem(self.operation().input, not_one_of(text, &Operation::ALL.map(Operation::as_str)));
        }
        operation
    }

    /// The organization; empty where GitHub is not asked and none is set.
    pub(super) fn valid_org(&self, operation: Option<Operation>, runner: &Runner, validator: &mut Validator) -> String {
        let org = self.given_org(runner);
        if org.is_empty() && operation.is_none_or(Operation::needs_github) {
            validator.problem(self.org().input, "is required here: GITHUB_REPOSITORY_OWNER is not set");
        } else if !org.is_empty() && !is_path_word(&org) {
            let shown = org.escape_debug();
            let message = format!("is not an organization's name: `{shown}`; write it alone, like acme");
            validator.problem(self.org().input, message);
        }
        org
    }

    pub(super) fn is_dry_run(&self, validator: &mut Validator) -> bool {
        validator.boolean(&self.dry_run()).unwrap_or_default()
    }
}
