//! How patiently a run waits, and how fast it writes.

use std::time::Duration;

use super::Operation;
use super::declaration::{Given, Preset, group};
use super::validator::Validator;
use crate::github::Limits;

group! {
    "How fast a run goes";
    struct PacingInputs {
        /// The longest that one run waits, in all, for rate limits and between retries: a number and `s`, `m`, `h` or
        /// `d`.
        max_wait: String { placeholder: "DURATION", preset: Preset::Fixed("10m"), used_by: Operation::needs_github },
        /// The time between two writes after the first 10 of a run; `0s` turns it off.
        write_interval: String { placeholder: "DURATION", preset: Preset::Fixed("1s"), used_by: Operation::writes },
    }
}

impl PacingInputs {
    pub(super) fn read(&self, validator: &mut Validator) -> Option<Limits> {
        let max_wait = valid_duration(&self.max_wait(), validator);
        let write_interval = valid_duration(&self.write_interval(), validator);
        Some(Limits { max_wait: max_wait?, write_interval: write_interval? })
    }
}

fn valid_duration(given: &Given<'_>, validator: &mut Validator) -> Option<Duration> {
    let text = given.text()?;
    let duration = duration(text);
    if duration.is_none() {
        let shown = text.escape_debug();
        let message = format!("is not a duration: `{shown}`; write a number and s, m, h or d, like 30s or 10m");
        validator.problem(given.input, message);
    }
    duration
}

/// `30s`, `10m`, `2h`, `90d`.
fn duration(text: &str) -> Option<Duration> {
    let unit = text.chars().next_back()?;
    let number = &text[..text.len() - unit.len_utf8()];
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return None,
    };
    if !number.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    number.parse::<u32>().ok().map(|number| Duration::from_secs(u64::from(number) * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_number_and_a_unit() {
        assert_eq!(duration("90d"), Some(Duration::from_hours(90 * 24)));
        assert_eq!(duration("0s"), Some(Duration::ZERO));
        for text in ["", "s", "10", "-1s", "1.5h", "10 s", "99999999999s", "1w", "5µ"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
