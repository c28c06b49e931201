//! The operation, and whether it is a dry run.

use super::Operation;
use super::declaration::{Boolean, Preset, group};
use super::validator::{Validator, not_one_of};

group! {
    "Operation";
    struct TargetInputs {
        /// The operation: `list`, `get`, `public-key`, `create`, `update`, `upsert`, `delete`, `validate`, `plan`,
        /// `apply`, `export`, `organizations` or `check`.
        operation: String { placeholder: "OPERATION", preset: Preset::Fixed("plan") },
        /// With `true`, an operation that writes reports what it would do, without writing (GET requests only).
        dry_run: Boolean { preset: Preset::Fixed("false"), used_by: Operation::writes },
    }
}

impl TargetInputs {
    /// Returns the operation, if it is valid.
    pub(super) fn known_operation(&self) -> Option<Operation> {
        self.operation().text().and_then(Operation::parse)
    }

    pub(super) fn valid_operation(&self, validator: &mut Validator) -> Option<Operation> {
        let operation = self.known_operation();
        if operation.is_none() {
            let text = self.operation().text().unwrap_or_default();
            validator.problem(self.operation().input, not_one_of(text, &Operation::ALL.map(Operation::as_str)));
        }
        operation
    }

    pub(super) fn is_dry_run(&self, validator: &mut Validator) -> bool {
        validator.boolean(&self.dry_run()).unwrap_or_default()
    }
}
