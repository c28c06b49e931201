//! How findings of the rules affect a run.

use super::Operation;
use chrono::{DateTime, TimeDelta, Utc};

use super::declaration::{Preset, group};
use super::validator::Validator;
use crate::desired::expiry::Horizon;
use crate::rules::Levels;

group! {
    "Findings", used_by: Operation::judges;
    struct FindingsInputs {
        /// Levels for the rules in `docs/rules.md`, separated by commas or newlines: `plain-http=error, all=notice`. A
        /// level is `off`, `notice`, `warning` or `error`. An id takes precedence over `all`, and a finding at `error`
        /// ends the run before anything is written.
        rules: String { placeholder: "LEVELS" },
        /// How long before a credential's last day `expires-soon` starts to warn: a number and `s`, `m`, `h` or `d`.
        expires_within: String { preset: Preset::Fixed("30d"), placeholder: "DURATION" },
    }
}

impl FindingsInputs {
    /// Returns the time of the run, and how far ahead it looks for expiring credentials.
    pub(super) fn horizon(&self, now: DateTime<Utc>, validator: &mut Validator) -> Horizon {
        let within = validator.duration(&self.expires_within()).and_then(|within| TimeDelta::from_std(within).ok());
        Horizon { now, within: within.unwrap_or_default() }
    }

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
