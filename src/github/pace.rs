//! The pace of one credential: how long a run may wait in all, and the spacing of its writes.

use std::time::Duration;

use tokio::time::Instant;

/// The number of writes that a run sends back to back before it spaces them.
const UNPACED_WRITES: u32 = 10;

/// The limits on waiting and writing.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest time that the run waits in all.
    pub max_wait: Duration,
    /// The time between two writes after the first ten.
    pub write_interval: Duration,
}

/// The spacing of upcoming writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pacing {
    /// The number of writes that are sent back to back.
    pub unpaced: u32,
    /// The time between two of the remaining writes.
    pub interval: Duration,
    /// The time that this spacing takes in all.
    pub takes: Duration,
}

/// The state of one credential: how long it has waited, and when it last wrote.
#[derive(Debug)]
pub(super) struct Pace {
    limits: Limits,
    waited: Duration,
    /// The end of the current wait. Concurrent requests wait at the same time, which counts once.
    waiting_until: Option<Instant>,
    /// The time until which a rate limit holds back every request.
    held_until: Option<Instant>,
    /// Whether a rate limit has exhausted `max-wait`. Further requests would only make GitHub extend the limit.
    pub(super) is_limited: bool,
    writes: u32,
    next_write: Option<Instant>,
}

impl Pace {
    pub(super) const fn new(limits: Limits) -> Self {
        Self {
            limits,
            waited: Duration::ZERO,
            waiting_until: None,
            held_until: None,
            is_limited: false,
            writes: 0,
            next_write: None,
        }
    }

    /// Deducts a wait from what `max-wait` allows. Returns by how much it extends a wait that is already under way.
    ///
    /// # Errors
    /// What `max-wait` still allows, if that is too little.
    pub(super) fn wait(&mut self, how_long: Duration) -> Result<Duration, Duration> {
        let now = Instant::now();
        let left = self.limits.max_wait.saturating_sub(self.waited);
        let more = how_long.saturating_sub(self.waiting_until.unwrap_or(now).saturating_duration_since(now));
        if more > left {
            return Err(left);
        }
        self.waited += more;
        // `None` (overflow) can't happen, since `max-wait` bounds the wait.
        self.waiting_until = self.waiting_until.max(now.checked_add(how_long));
        Ok(more)
    }

    /// Holds back every request, because a rate limit applies to the credential, whichever request ran into it.
    pub(super) fn hold(&mut self, how_long: Duration) {
        self.held_until = self.held_until.max(Instant::now().checked_add(how_long));
    }

    /// Returns how much longer every request is held back.
    pub(super) fn held(&self) -> Duration {
        let now = Instant::now();
        self.held_until.unwrap_or(now).saturating_duration_since(now)
    }

    /// Returns how the given number of further writes would be spaced.
    pub(super) fn pacing(&self, writes: usize) -> Pacing {
        let writes = u32::try_from(writes).unwrap_or(u32::MAX);
        let unpaced = UNPACED_WRITES.saturating_sub(self.writes).min(writes);
        let interval = self.limits.write_interval;
        Pacing { unpaced, interval, takes: interval.saturating_mul(writes - unpaced) }
    }

    /// Returns when the next write may be sent: the first ten at once, then one per interval, following GitHub's
    /// guidance.
    pub(super) fn write(&mut self) -> Instant {
        self.writes += 1;
        let at = self.next_write.filter(|_| self.writes > UNPACED_WRITES).unwrap_or_else(Instant::now);
        self.next_write = Some(at.max(Instant::now()) + self.limits.write_interval);
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace() -> Pace {
        Pace::new(Limits { max_wait: Duration::from_mins(1), write_interval: Duration::from_secs(1) })
    }

    #[tokio::test(start_paused = true)]
    async fn requests_that_wait_together_wait_once() {
        let mut pace = pace();
        assert_eq!(pace.wait(Duration::from_secs(40)), Ok(Duration::from_secs(40)));
        assert_eq!(pace.wait(Duration::from_secs(50)), Ok(Duration::from_secs(10)));
        assert_eq!(
            pace.wait(Duration::from_secs(70)),
            Err(Duration::from_secs(10)),
            "10 s are left, and it takes 20 more"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_holds_back_every_request_until_it_is_over() {
        let mut pace = pace();
        assert_eq!(pace.held(), Duration::ZERO);
        pace.hold(Duration::from_secs(30));
        pace.hold(Duration::from_secs(10));
        assert_eq!(pace.held(), Duration::from_secs(30));
        tokio::time::advance(Duration::from_secs(31)).await;
        assert_eq!(pace.held(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn writes_after_the_tenth_are_spaced() {
        let mut pace = pace();
        let now = Instant::now();
        let at: Vec<u64> = (0..13).map(|_| pace.write().saturating_duration_since(now).as_secs()).collect();
        assert_eq!(at[..10], [0; 10]);
        assert!(at[10..].windows(2).all(|pair| pair[1] == pair[0] + 1), "{at:?}");
    }
}
