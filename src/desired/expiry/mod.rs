//! Expiry dates of credentials, as a manifest gives them.

mod day;

use chrono::{DateTime, TimeDelta, Utc};

pub use day::{Day, distance};

/// The time of a run, and how far ahead it warns about credentials that expire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Horizon {
    /// The time of the run.
    pub now: DateTime<Utc>,
    /// The period before a credential's expiry in which the run warns about it.
    pub within: TimeDelta,
}

impl Horizon {
    /// The day of the run, in UTC.
    pub fn today(&self) -> Day {
        Day::of(self.now)
    }

    /// Reports whether a last day has passed.
    pub fn is_over(&self, last: Day) -> bool {
        last < self.today()
    }

    /// Reports whether a last day is near enough for a warning. A day that has passed is not.
    pub fn is_soon(&self, last: Day) -> bool {
        let days = last.days_from(self.today());
        days >= 0 && TimeDelta::try_days(days).is_some_and(|ahead| ahead <= self.within)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn horizon(now: i64, within: TimeDelta) -> Horizon {
        Horizon { now: DateTime::from_timestamp(now, 0).expect("a time"), within }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_last_day_is_soon_from_its_first_second_to_its_last(day in -20_000_i64..80_000, second in 0_i64..86_400) {
            let last = Day::of(DateTime::from_timestamp(day * 86_400, 0).expect("a time"));
            let on_the_day = horizon(day * 86_400 + second, TimeDelta::zero());
            prop_assert_eq!(last.days_from(on_the_day.today()), 0);
            prop_assert!(on_the_day.is_soon(last));
            prop_assert!(!horizon(day * 86_400 - 1, TimeDelta::zero()).is_soon(last), "the day before");
            prop_assert!(!horizon((day + 1) * 86_400, TimeDelta::days(365)).is_soon(last), "the day after");
        }

        #[test]
        fn a_day_is_soon_for_as_many_days_as_were_asked_for(
            now in -2_000_000_000_i64..8_000_000_000, ahead in 0_i64..1000, within in 0_i64..1000,
        ) {
            let horizon = horizon(now, TimeDelta::days(within));
            let last = Day::of(horizon.now + TimeDelta::days(ahead));
            prop_assert_eq!(horizon.is_soon(last), ahead <= within);
        }
    }
}
