//! How fast one credential may ask: the waits of a run, and the spacing of its writes.

use std::time::Duration;

use tokio::time::Instant;

/// So many writes of a run go at once.
const UNPACED_WRITES: u32 = 10;

/// How much may be waited, and how far apart writes are.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most that is waited, in all.
    pub max_wait: Duration,
    /// Spacing of writes after the first ten.
    pub write_interval: Duration,
}

/// How writes that are to come are spaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pacing {
    /// How many of them go at once.
    pub unpaced: u32,
    /// The time between two of the others.
    pub interval: Duration,
    /// How long that takes in all.
    pub takes: Duration,
}

/// How long has been waited in a credential's name, and when it last wrote.
#[derive(Debug)]
pub(super) struct Pace {
    limits: Limits,
    waited: Duration,
    /// Until when it waits already: requests that go together wait together.
    waiting_until: Option<Instant>,
    /// Until when a rate limit holds back every request.
    held_until: Option<Instant>,
    /// Whether a rate limit has ended it: whoever goes on knocking is kept out for longer.
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

    /// Takes a wait out of what may be waited. Returns how much longer this makes the wait that is under way.
    ///
    /// # Errors
    /// What is left, if that is too little.
    pub(super) fn wait(&mut self, how_long: Duration) -> Result<Duration, Duration> {
        let now = Instant::now();
        let left = self.limits.max_wait.saturating_sub(self.waited);
        let more = how_long.saturating_sub(self.waiting_until.unwrap_or(now).saturating_duration_since(now));
        if more > left {
            return Err(left);
        }
        self.waited += more;
        // `max-wait` bounds it.
        self.waiting_until = self.waiting_until.max(now.checked_add(how_long));
        Ok(more)
    }

    /// Holds back every request: a rate limit is the credential's, whichever request met it.
    pub(super) fn hold(&mut self, how_long: Duration) {
        self.held_until = self.held_until.max(Instant::now().checked_add(how_long));
    }

    /// How long every request is still held back.
    pub(super) fn held(&self) -> Duration {
        let now = Instant::now();
        self.held_until.unwrap_or(now).saturating_duration_since(now)
    }

    /// How so many more writes are spaced.
    pub(super) fn pacing(&self, writes: usize) -> Pacing {
        let writes = u32::try_from(writes).unwrap_or(u32::MAX);
        let unpaced = UNPACED_WRITES.saturating_sub(self.writes).min(writes);
        let interval = self.limits.write_interval;
        Pacing { unpaced, interval, takes: interval.saturating_mul(writes - unpaced) }
    }

    /// When the next write may be sent: the first few at once, then one after the other, as GitHub asks.
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
