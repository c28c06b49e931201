//! How long the spacing of writes makes a run take, said before it writes.

use std::time::Duration;

use crate::github::Pacing;

/// What nobody minds.
const SHORT: Duration = Duration::from_secs(10);

/// What to say of a run with so many requests that write, if their spacing makes it long.
pub(super) fn slowed(writes: usize, pacing: Pacing) -> Option<String> {
    let Pacing { unpaced, interval, takes } = pacing;
    (takes >= SHORT).then(|| {
        format!(
            "This takes about {}: of {writes} requests that write, the first {unpaced} are sent at once and the others {} \
             apart (input `write-interval`).",
            roughly(takes),
            roughly(interval)
        )
    })
}

/// `45 s`, `3 min`, `2 h`.
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
    fn only_a_long_run_is_told_of() {
        let told = |writes: u32, seconds: u64| {
            let unpaced = writes.min(10);
            let interval = Duration::from_secs(seconds);
            slowed(100, Pacing { unpaced, interval, takes: interval * (writes - unpaced) })
        };
        assert_eq!((told(10, 3600), told(19, 1), told(500, 0)), (None, None, None));
        for (writes, seconds, time) in [(20, 1, "10 s"), (129, 1, "119 s"), (190, 1, "3 min"), (200, 60, "4 h")] {
            assert!(told(writes, seconds).is_some_and(|told| told.contains(&format!("about {time}:"))), "{writes}");
        }
    }
}
