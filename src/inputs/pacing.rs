//! How long a run waits, and how fast it writes.

use super::Operation;
use super::declaration::{Preset, group};
use super::validator::Validator;
use crate::github::Limits;

group! {
    "Pace";
    struct PacingInputs {
        /// The longest time that one run waits in all, for rate limits and between retries: a number and `s`, `m`, `h`
        /// or `d`.
        max_wait: String { placeholder: "DURATION", preset: Preset::Fixed("10m"), used_by: Operation::needs_github },
        /// The time between two writes after the first 10 of a run; `0s` turns the spacing off.
        write_interval: String { placeholder: "DURATION", preset: Preset::Fixed("1s"), used_by: Operation::writes },
    }
}

impl PacingInputs {
    pub(super) fn read(&self, validator: &mut Validator) -> Option<Limits> {
        let max_wait = validator.duration(&self.max_wait());
        let write_interval = validator.duration(&self.write_interval());
        Some(Limits { max_wait: max_wait?, write_interval: write_interval? })
    }
}
