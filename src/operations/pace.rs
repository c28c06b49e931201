//! The message that says how long a run takes because of the spacing of its writes.

use std::time::Duration;

use crate::github::Pacing;

/// The shortest time that is worth a message.
const SHORT: Duration = Duration::from_secs(10);

/// Returns the message for a run with `writes` write requests, if their spacing makes it long.
pub(super) fn notice(writes: usize, pacing: Pacing) -> Option<String> {
    let Pacing { unpaced, interval, takes } = pacing;
    (takes >= SHORT).then(|| {
        format!(
            "This takes about {}: of {writes} write requests, the first {unpaced} are sent back to back and the others {} \
             apart (input `write-interval`).",
            roughly(takes),
            roughly(interval)
        )
    })
}

/// Formats a duration in one unit: `45 s`, `3 min`, `2 h`.
fn roughly(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds.div_ceil(60)),
        seconds => format!("{} h", seconds.div_ceil(3600)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_long_run_gets_a_message() {
        let message = |writes: u32, seconds: u64| {
            let unpaced = writes.min(10);
            let interval = Duration::from_secs(seconds);
            notice(100, Pacing { unpaced, interval, takes: interval * (writes - unpaced) })
        };
        assert_eq!((message(10, 3600), message(19, 1), message(500, 0)), (None, None, None));
        for (writes, seconds, time) in [(20, 1, "10 s"), (129, 1, "119 s"), (190, 1, "3 min"), (200, 60, "4 h")] {
            assert!(message(writes, seconds).is_some_and(|text| text.contains(&format!("about {time}:"))), "{writes}");
        }
    }
}
