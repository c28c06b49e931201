//! What a finding means for a run.

use super::Operation;
use super::declaration::group;
use super::validator::Validator;
use crate::rules::Levels;

group! {
    "Findings", used_by: Operation::judges;
    struct FindingsInputs {
        /// Levels of the rules in `docs/rules.md`, separated by commas or newlines: `plain-http=error, all=notice`. A level
        /// is `off`, `notice`, `warning` or `error`; an id beats `all`, and a finding at `error` ends the run before
        /// anything is written.
        rules: String { placeholder: "LEVELS" },
    }
}

impl FindingsInputs {
    pub(super) fn levels(&self, validator: &mut Validator) -> Levels {
        let given = self.rules();
        Levels::parse(given.value.map(String::as_str).unwrap_or_default()).unwrap_or_else(|problems| {
            for problem in problems {
                validator.problem(given.input, format!("is wrong: {problem}"));
            }
            Levels::default()
        })
    }
}
