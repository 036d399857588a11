//! Calendar periods: the validity of new licenses, and extensions (ISO 8601, 4.4.2.3).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::{Date, Month, OffsetDateTime};

use crate::{FieldError, Timestamp};

/// Longest period: a hundred years.
const MAX_MONTHS: u32 = 1_200;
const MAX_DAYS: u32 = 36_500;
const MAX_SECONDS: u32 = MAX_DAYS * SECONDS_PER_DAY;
const SECONDS_PER_DAY: u32 = 86_400;

/// A number of months, of days and of seconds, at least one second in all. Years are twelve months, weeks
/// are seven days. A month is a calendar month: its length depends on the date it is added to. Forms offer
/// whole days; seconds come from the management API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period {
    months: u32,
    days: u32,
    seconds: u32,
}

impl Period {
    /// Creates a period of days; `None` unless there are 1 to 36,500.
    #[must_use]
    pub fn from_days(days: u32) -> Option<Self> {
        Self { months: 0, days, seconds: 0 }.checked()
    }

    /// Creates a period of months; `None` unless there are 1 to 1,200.
    #[must_use]
    pub fn from_months(months: u32) -> Option<Self> {
        Self { months, days: 0, seconds: 0 }.checked()
    }

    /// Creates a period of seconds, as days if they are whole ones; `None` for 0, and for more than a hundred
    /// years.
    #[must_use]
    pub fn from_seconds(seconds: u32) -> Option<Self> {
        if seconds.is_multiple_of(SECONDS_PER_DAY) {
            return Self::from_days(seconds / SECONDS_PER_DAY);
        }
        Self { months: 0, days: 0, seconds }.checked()
    }

    /// Parses a form field: `P1Y6M`, `1 year`, `6 months`, `2 weeks`, or a bare number of days. An empty
    /// text is `None`.
    ///
    /// # Errors
    /// Returns [`FieldError`] if the text is no period, or is longer than a hundred years.
    pub fn parse(field: &'static str, input: &str) -> Result<Option<Self>, FieldError> {
        let text = input.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let invalid = || {
            FieldError::new(
                field,
                "This is a period such as 1 year, 6 months, 2 weeks, 30 days or P1Y, of at most 100 years.",
            )
        };
        if let Ok(days) = text.parse::<u32>() {
            return Self::from_days(days).map(Some).ok_or_else(invalid);
        }
        let lower = text.to_ascii_lowercase();
        let compact: String = lower.chars().filter(|c| !c.is_whitespace()).collect();
        let parts = compact.strip_prefix('p').unwrap_or(&compact);
        let (dates, times) = split_times(parts);
        Self::parse_parts(dates, times).map(Some).ok_or_else(invalid)
    }

    /// Parses numbers with units, each unit once and the largest first.
    fn parse_parts(mut text: &str, times: Option<&str>) -> Option<Self> {
        let (mut months, mut days) = (0u32, 0u32);
        let mut last_rank = 0;
        while !text.is_empty() {
            let digits = text.bytes().take_while(u8::is_ascii_digit).count();
            let number: u32 = text[..digits].parse().ok()?;
            let rest = &text[digits..];
            let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
            let rank = match &rest[..letters] {
                "y" | "year" | "years" => {
                    months = months.checked_add(number.checked_mul(12)?)?;
                    1
                }
                "m" | "month" | "months" => {
                    months = months.checked_add(number)?;
                    2
                }
                "w" | "week" | "weeks" => {
                    days = days.checked_add(number.checked_mul(7)?)?;
                    3
                }
                "d" | "day" | "days" => {
                    days = days.checked_add(number)?;
                    4
                }
                _ => return None,
            };
            if rank <= last_rank {
                return None;
            }
            last_rank = rank;
            text = &rest[letters..];
        }
        let seconds = times.map_or(Some(0), parse_times)?;
        Self {
            months,
            days: days.checked_add(seconds / SECONDS_PER_DAY)?,
            seconds: seconds % SECONDS_PER_DAY,
        }
        .checked()
    }

    fn checked(self) -> Option<Self> {
        let fits = self.months <= MAX_MONTHS && self.days <= MAX_DAYS && self.seconds <= MAX_SECONDS;
        (fits && (self.months, self.days, self.seconds) != (0, 0, 0)).then_some(self)
    }

    /// Returns the number of days, if the period has nothing else.
    #[must_use]
    pub fn as_days(self) -> Option<u32> {
        (self.months == 0 && self.seconds == 0).then_some(self.days)
    }

    /// Returns about how many seconds the period has: a year has 365 days, a month 30.
    #[must_use]
    pub fn approximate_seconds(self) -> i64 {
        let days = self.months / 12 * 365 + self.months % 12 * 30 + self.days;
        i64::from(days) * i64::from(SECONDS_PER_DAY) + i64::from(self.seconds)
    }

    /// Returns about how many days the period has, for estimates.
    #[must_use]
    pub fn approximate_days(self) -> u32 {
        self.months / 12 * 365 + self.months % 12 * 30 + self.days + self.seconds.div_ceil(SECONDS_PER_DAY)
    }

    /// Returns the period in words: `1 year 6 months`. A period with seconds is written as ISO 8601.
    #[must_use]
    pub fn label(self) -> String {
        if self.seconds > 0 {
            return self.to_string();
        }
        let parts = [(self.months / 12, "year"), (self.months % 12, "month"), (self.days, "day")];
        let parts = parts
            .into_iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, unit)| if n == 1 { format!("1 {unit}") } else { format!("{n} {unit}s") });
        parts.collect::<Vec<_>>().join(" ")
    }
}

/// The ISO 8601 form: `P1Y6M`, `P30D`.
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("P")?;
        for (n, unit) in [(self.months / 12, 'Y'), (self.months % 12, 'M'), (self.days, 'D')] {
            if n > 0 {
                write!(f, "{n}{unit}")?;
            }
        }
        if self.seconds > 0 {
            write!(f, "T{}S", self.seconds)?;
        }
        Ok(())
    }
}

/// Splits the text of an ISO period before its times: the `t` that a digit follows, because `months` has one
/// too.
fn split_times(text: &str) -> (&str, Option<&str>) {
    let is_separator = |(at, _): &(usize, &str)| text[at + 1..].starts_with(|c: char| c.is_ascii_digit());
    match text.match_indices('t').find(is_separator) {
        Some((at, _)) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

/// Parses hours, minutes and seconds, each unit once and the largest first.
fn parse_times(mut text: &str) -> Option<u32> {
    let (mut seconds, mut last_rank) = (0u32, 0);
    while !text.is_empty() {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let number: u32 = text[..digits].parse().ok()?;
        let (rank, unit) = match text.as_bytes().get(digits)? {
            b'h' => (1, 3600),
            b'm' => (2, 60),
            b's' => (3, 1),
            _ => return None,
        };
        if rank <= last_rank {
            return None;
        }
        last_rank = rank;
        seconds = seconds.checked_add(number.checked_mul(unit)?)?;
        text = &text[digits + 1..];
    }
    Some(seconds)
}

impl FromStr for Period {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        Self::parse("period", text)?.ok_or_else(|| FieldError::new("period", "A period is required."))
    }
}

impl TryFrom<String> for Period {
    type Error = FieldError;

    fn try_from(text: String) -> Result<Self, FieldError> {
        text.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}

impl Timestamp {
    /// Adds a calendar period in UTC: first the months, where a day that the month does not have
    /// becomes its last day, then the days and the seconds. Saturates at the year 9999.
    #[must_use]
    pub fn plus_period(self, period: Period) -> Self {
        let moved = if period.months == 0 { Some(self) } else { self.plus_months(period.months) };
        let added = |at: Self| at.plus_days(i64::from(period.days)).plus_seconds(i64::from(period.seconds));
        moved.map_or(Self::MAX, added)
    }

    fn plus_months(self, months: u32) -> Option<Self> {
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.millis()) * 1_000_000).ok()?;
        let month = u32::from(u8::from(at.month())) - 1 + months;
        let year = at.year().checked_add(i32::try_from(month / 12).ok()?)?;
        let month = Month::try_from(u8::try_from(month % 12 + 1).ok()?).ok()?;
        let day = at.day().min(month.length(year));
        let date = Date::from_calendar_date(year, month, day).ok()?;
        let millis = at.replace_date(date).unix_timestamp_nanos() / 1_000_000;
        Some(Self::from_millis(i64::try_from(millis).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn period(text: &str) -> Period {
        text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    fn added(date: &str, text: &str) -> String {
        Timestamp::parse_expiry(date).expect("a date").plus_period(period(text)).date()
    }

    #[test]
    fn texts_are_parsed_and_formatted() {
        for (text, iso, label) in [
            ("P1Y", "P1Y", "1 year"),
            ("1 year", "P1Y", "1 year"),
            ("12 months", "P1Y", "1 year"),
            ("p6m", "P6M", "6 months"),
            ("2 weeks", "P14D", "14 days"),
            ("P2W", "P14D", "14 days"),
            ("365", "P365D", "365 days"),
            ("1y 6m 1d", "P1Y6M1D", "1 year 6 months 1 day"),
            ("PT90M", "PT5400S", "PT5400S"),
            ("P1DT24H", "P2D", "2 days"),
            ("P1M2DT1H1S", "P1M2DT3601S", "P1M2DT3601S"),
        ] {
            assert_eq!(
                (period(text).to_string(), period(text).label()),
                (iso.into(), label.into()),
                "{text}"
            );
        }
        assert_eq!(Period::parse("validity", " "), Ok(None));
        for bad in [
            "0",
            "P",
            "P0D",
            "year",
            "1",
            "-1",
            "1.5 years",
            "P1D1Y",
            "101 years",
            "36501",
            "P1H",
            "1 y 1 y",
            "PT",
            "PT1D",
        ] {
            assert!(bad == "1" || Period::parse("validity", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn calendar_periods_keep_the_day_where_the_month_has_it() {
        assert_eq!(added("2027-03-15", "P1Y"), "2028-03-15");
        assert_eq!(added("2028-02-29", "P1Y"), "2029-02-28");
        assert_eq!(added("2028-02-29", "P4Y"), "2032-02-29");
        assert_eq!(added("2027-01-31", "P1M"), "2027-02-28");
        assert_eq!(added("2027-12-31", "P2M"), "2028-02-29");
        assert_eq!(added("2027-03-15", "365"), "2028-03-14");
        assert_eq!(added("9999-06-01", "P1Y"), "9999-12-31");
        let at = Timestamp::from_millis(1_768_473_000_999);
        assert_eq!(at.plus_period(period("P1M")).millis() % 86_400_000, at.millis() % 86_400_000);
    }

    proptest! {
        #[test]
        fn periods_round_trip_and_move_ahead(months in 0..=MAX_MONTHS, days in 0..=MAX_DAYS, at in 0i64..4_102_444_800_000) {
            let Some(period) = (Period { months, days, seconds: 0 }).checked() else { return Ok(()) };
            prop_assert_eq!(period.to_string().parse::<Period>(), Ok(period));
            prop_assert_eq!(period.label().parse::<Period>(), Ok(period));
            let at = Timestamp::from_millis(at);
            prop_assert!(at.plus_period(period) > at);
        }

        #[test]
        fn seconds_are_days_or_round_trip(seconds in 1..=2_147_483_647u32, months in 0..=MAX_MONTHS) {
            let period = Period::from_seconds(seconds).expect("a period");
            prop_assert_eq!(period.approximate_seconds(), i64::from(seconds));
            prop_assert_eq!(period.to_string().parse::<Period>().map(Period::approximate_seconds), Ok(i64::from(seconds)));
            let mixed = Period { months, days: 1, seconds: seconds % SECONDS_PER_DAY };
            prop_assert_eq!(mixed.to_string().parse::<Period>(), Ok(mixed));
            prop_assert_eq!(mixed.label().parse::<Period>(), Ok(mixed));
        }

        #[test]
        fn parsing_never_panics(text in any::<String>()) {
            let _ = Period::parse("validity", &text);
        }
    }
}
