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

/// How long has been waited in a credential's name, and when it last wrote.
#[derive(Debug)]
pub(super) struct Pace {
    limits: Limits,
    waited: Duration,
    /// Until when it waits already: requests that go together wait together.
    waiting_until: Option<Instant>,
    /// Whether a rate limit has ended it: whoever goes on knocking is kept out for longer.
    pub(super) is_limited: bool,
    writes: u32,
    next_write: Option<Instant>,
}

impl Pace {
    pub(super) const fn new(limits: Limits) -> Self {
        Self { limits, waited: Duration::ZERO, waiting_until: None, is_limited: false, writes: 0, next_write: None }
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

    /// When the next write may be sent: the first few at once, then one after the other, as GitHub asks.
    pub(super) fn write(&mut self) -> Instant {
        self.writes += 1;
        let at = self.next_write.filter(|_| self.writes > UNPACED_WRITES).unwrap_or_else(Instant::now);
        self.next_write = Some(at.max(Instant::now()) + self.limits.write_interval);
        at
    }
}
