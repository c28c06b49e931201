//! The progress line on a terminal, which shows what a run is waiting for. It is overwritten in place, and erased
//! before anything else is printed.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long a wait must last before it is shown.
const PATIENCE: Duration = Duration::from_secs(1);
/// The time between two updates of the line.
pub(super) const PERIOD: Duration = Duration::from_millis(250);
/// The maximum width of the line. A longer one would wrap, and could not be overwritten.
const WIDTH: usize = 78;

/// The progress line.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// The current activities, each with its number and start. There may be several, because requests run concurrently.
    busy: Vec<(u64, String, Instant)>,
    next: u64,
    is_drawn: bool,
}

impl Progress {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an activity, which lasts until the guard is dropped.
    pub(super) fn begin(&self, what: String) -> Busy {
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        state.busy.push((number, what, Instant::now()));
        Busy { progress: self.clone(), number }
    }

    /// Draws the line if anything has taken long enough.
    pub(super) fn draw(&self) {
        let mut state = self.state();
        match line(&state.busy, Instant::now()) {
            Some(line) => {
                let _ = write!(io::stderr(), "\r\u{1b}[2K\u{1b}[2m{line}\u{1b}[0m").and_then(|()| io::stderr().flush());
                state.is_drawn = true;
            }
            None => erase(&mut state),
        }
    }

    /// Erases the line.
    pub(super) fn clear(&self) {
        erase(&mut self.state());
    }
}

fn erase(state: &mut State) {
    if std::mem::take(&mut state.is_drawn) {
        let _ = write!(io::stderr(), "\r\u{1b}[2K").and_then(|()| io::stderr().flush());
    }
}

/// Formats the activity that has taken longest, with its seconds and the number of other activities.
fn line(busy: &[(u64, String, Instant)], now: Instant) -> Option<String> {
    let (_, what, since) = busy.first()?;
    let seconds = now.saturating_duration_since(*since);
    if seconds < PATIENCE {
        return None;
    }
    let mut end = format!(", {} s", seconds.as_secs());
    if busy.len() > 1 {
        let _ = write!(end, " (and {} more)", busy.len() - 1);
    }
    let room = WIDTH.saturating_sub(end.len());
    let what = if what.chars().count() > room {
        what.chars().take(room.saturating_sub(1)).chain(['…']).collect()
    } else {
        what.clone()
    };
    Some(what + &end)
}

/// The guard of an activity.
#[derive(Debug)]
pub struct Busy {
    progress: Progress,
    number: u64,
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.progress.state().busy.retain(|(number, ..)| *number != self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_longest_is_told_after_a_second() {
        let now = Instant::now();
        let busy = |what: &str, seconds| (0, what.to_owned(), now - Duration::from_secs(seconds));
        assert_eq!(line(&[], now), None);
        assert_eq!(line(&[busy("GET /a", 0)], now), None);
        assert_eq!(line(&[busy("GET /a", 3)], now).as_deref(), Some("GET /a, 3 s"));
        assert_eq!(line(&[busy("GET /a", 3), busy("GET /b", 0)], now).as_deref(), Some("GET /a, 3 s (and 1 more)"));
        let long = line(&[busy(&"ä".repeat(200), 12)], now).unwrap();
        assert_eq!(long.chars().count(), WIDTH);
        assert!(long.ends_with("ä…, 12 s"), "{long}");
    }

    #[test]
    fn what_has_ended_is_forgotten() {
        let progress = Progress::default();
        let (first, second) = (progress.begin("a".to_owned()), progress.begin("b".to_owned()));
        drop(first);
        assert_eq!(progress.state().busy.iter().map(|(_, what, _)| what.as_str()).collect::<Vec<_>>(), ["b"]);
        drop(second);
        assert!(progress.state().busy.is_empty());
    }
}
