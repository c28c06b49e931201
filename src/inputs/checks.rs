//! Whether to test credentials at their registries, and the events for which that is refused.

use super::Operation;
use super::declaration::{Preset, group};
use super::runner::Runner;
use super::validator::{Validator, of_input};
use crate::probe::{CheckMode, refused_event};

group! {
    "Credentials";
    struct CheckInputs {
        /// With `warn`, each secret is tested at its registry before it is stored, and a refused one is not stored.
        /// With `strict`, a secret that is not proven to work, or whose registry can't be reached, is not stored
        /// either. Both are refused in runs that a pull request, a comment or another workflow started. See
        /// `docs/credentials.md`.
        check_credentials: String {
            placeholder: "MODE",
            preset: Preset::Fixed("off"),
            used_by: Operation::stores_secrets,
            is_for_job: true,
        },
    }
}

impl CheckInputs {
    pub(super) fn read(&self, operation: Option<Operation>, runner: &Runner, validator: &mut Validator) -> CheckMode {
        let given = self.check_credentials();
        let mode = validator.word(&given, CheckMode::parse, &CheckMode::ALL.map(CheckMode::as_str));
        if let Some(event) = runner.event_name.as_deref().filter(|event| refused_event(event)) {
            let why = format!(
                "is refused in a run that the event `{}` started: the manifest may come from an outsider, and secrets \
                 would be sent to any host that it names",
                event.escape_debug()
            );
            if mode.is_some_and(|mode| mode != CheckMode::Off) {
                validator.problem(given.input, format!("{why}. Omit it for this event, or set it to `off`"));
            }
            if operation == Some(Operation::Check) {
                let message = format!("`check` {why}. Run it on a push, on a schedule or by hand");
                validator.problems.push(of_input("operation", message));
            }
        }
        mode.unwrap_or_default()
    }
}
