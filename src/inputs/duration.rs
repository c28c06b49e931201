//! Parsing durations.

use std::time::Duration;

/// Parses a duration such as `30s`, `10m`, `2h` or `90d`.
pub(super) fn duration(text: &str) -> Option<Duration> {
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
