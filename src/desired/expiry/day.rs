//! A calendar day.

use std::fmt;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};

/// A calendar day in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(NaiveDate);

impl Day {
    /// Parses a day written as `2027-01-31`; no other form is accepted.
    ///
    /// # Errors
    /// Says what to write instead, in a message that continues after the field's name.
    pub fn parse(text: &str) -> Result<Self, String> {
        const RIGHT: &str = "must be a day like 2027-01-31";
        let parts: Vec<&str> = text.split('-').collect();
        let is_digits = |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        if let [year, month, day] = *parts
            && is_digits(year, 4)
            && is_digits(month, 2)
            && is_digits(day, 2)
        {
            return text.parse().map(Self).map_err(|_| format!("is not a day of the calendar: it {RIGHT}"));
        }
        Err(match Self::meant(text) {
            Some(day) => format!("{RIGHT}, year first: write {day}"),
            None => format!("{RIGHT}, year first"),
        })
    }

    /// Returns the day that another form means, if it is unambiguous: in `03/04/2027`, either number may be the month.
    fn meant(text: &str) -> Option<Self> {
        if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
            return Some(Self::of(instant.to_utc()));
        }
        let date = text.split(['T', ' ']).next()?;
        let numbers: Vec<u32> = date.split(['-', '/', '.']).map(str::parse).collect::<Result<_, _>>().ok()?;
        let [year, month, day] = *numbers else { return None };
        if year < 1000 {
            return None;
        }
        NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day).filter(|date| is_writable(*date)).map(Self)
    }

    /// Returns the day of an instant, in UTC.
    pub fn of(instant: DateTime<Utc>) -> Self {
        Self(instant.date_naive())
    }

    /// Returns the number of days from `today` to this day; negative if it is in the past.
    pub fn days_from(self, today: Self) -> i64 {
        self.0.signed_duration_since(today.0).num_days()
    }
}

/// Describes a number of days from today, such as `tomorrow` or `in 5 days`.
pub fn distance(days: i64) -> String {
    match days {
        -1 => "yesterday".to_owned(),
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        days if days < 0 => format!("{} days ago", days.unsigned_abs()),
        days => format!("in {days} days"),
    }
}

/// Reports whether the year has at most four digits, and so can be written as `YYYY`.
fn is_writable(date: NaiveDate) -> bool {
    (0..=9999).contains(&date.year())
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_day_is_year_month_and_day() {
        assert_eq!(Day::parse("2028-02-29").unwrap().to_string(), "2028-02-29");
        for text in ["2027-02-29", "2027-13-01", "2027-00-10", "2027-01-32"] {
            assert_eq!(Day::parse(text).unwrap_err(), "is not a day of the calendar: it must be a day like 2027-01-31");
        }
    }

    #[test]
    fn other_forms_say_what_to_write() {
        for (text, meant) in [
            ("2027-1-5", Some("2027-01-05")),
            ("2027/01/31", Some("2027-01-31")),
            ("2027.1.31", Some("2027-01-31")),
            ("2027-01-31T23:30:00Z", Some("2027-01-31")),
            ("2027-01-31T23:30:00-02:00", Some("2027-02-01")),
            ("2027-01-31 12:00", Some("2027-01-31")),
            ("31.01.2027", None),
            ("03/04/2027", None),
            ("27-01-31", None),
            ("never", None),
            ("+2027-01-31", Some("2027-01-31")),
            ("20270131", None),
            ("12027-01-31", None),
        ] {
            let hint = meant.map_or_else(String::new, |day| format!(": write {day}"));
            let expected = format!("must be a day like 2027-01-31, year first{hint}");
            assert_eq!(Day::parse(text).unwrap_err(), expected, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_displayed_day_parses_to_itself(days in -700_000_i64..2_900_000) {
            let day = Day::of(DateTime::from_timestamp(days * 86_400, 0).expect("a time"));
            prop_assert_eq!(Day::parse(&day.to_string()), Ok(day));
        }

        #[test]
        fn an_instant_s_day_does_not_depend_on_the_zone(
            seconds in -2_000_000_000_i64..8_000_000_000, offset in -50_400_i32..50_400,
        ) {
            let instant = DateTime::from_timestamp(seconds, 0).expect("a time");
            let zone = chrono::FixedOffset::east_opt(offset / 60 * 60).expect("a zone");
            let elsewhere = instant.with_timezone(&zone);
            prop_assert_eq!(Day::of(elsewhere.to_utc()), Day::of(instant));
            prop_assert_eq!(Day::meant(&elsewhere.to_rfc3339()), Some(Day::of(instant)));
        }

        #[test]
        fn any_text_is_a_day_or_a_hint_that_is_one(text in "[-0-9T:/. Z+]{0,30}") {
            if let Err(message) = Day::parse(&text)
                && let Some((_, hint)) = message.split_once("write ")
            {
                prop_assert!(Day::parse(hint).is_ok(), "{}", message);
            }
        }
    }
}
