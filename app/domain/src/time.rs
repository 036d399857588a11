//! Points in time.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::FieldError;

/// One day, in milliseconds.
pub const DAY_MS: i64 = 86_400_000;

/// A point in time: whole milliseconds since 1970-01-01T00:00:00Z.
///
/// Stored as a 64-bit integer on both databases, so that order, equality and arithmetic are the
/// same on each, and an index on a time is a plain integer index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The latest time that can be written with a four-digit year.
    pub const MAX: Self = Self(253_402_300_799_000);

    /// Creates a time from milliseconds since the epoch, clamped to the years 0001 to 9999.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(-62_135_596_800_000, Self::MAX.0))
    }

    /// Returns milliseconds since the epoch.
    #[must_use]
    pub fn millis(self) -> i64 {
        self.0
    }

    /// Returns whole seconds since the epoch, rounded down.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Returns days since the epoch, in UTC. Daily counts of verifications use this day.
    #[must_use]
    pub fn day(self) -> i32 {
        i32::try_from(self.0.div_euclid(DAY_MS)).unwrap_or(i32::MAX)
    }

    /// Returns the start of a day, in UTC; `day` is in days since the epoch.
    #[must_use]
    pub fn from_day(day: i32) -> Self {
        Self::from_millis(i64::from(day) * DAY_MS)
    }

    /// Returns the start of the month, in UTC.
    #[must_use]
    pub fn month_start(self) -> Self {
        let date = OffsetDateTime::from_unix_timestamp(self.seconds());
        date.map_or(self, |date| Self::from_day(self.day() + 1 - i32::from(date.day())))
    }

    /// Returns the start of the month after this one, in UTC; saturates at the year 9999.
    #[must_use]
    pub fn next_month(self) -> Self {
        // No month is longer, and 31 days after its start the next one has not ended.
        self.month_start().plus_days(31).month_start()
    }

    /// Adds milliseconds; saturates at the year 9999.
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// Adds seconds; saturates at the year 9999.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        self.plus_millis(seconds.saturating_mul(1000))
    }

    /// Adds days of 24 hours; saturates at the year 9999.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        self.plus_millis(days.saturating_mul(DAY_MS))
    }

    /// Formats the time as RFC 3339 in UTC with whole seconds, `2026-01-15T10:30:00Z`: the form
    /// of the domain API and the machine API.
    #[must_use]
    pub fn rfc3339(self) -> String {
        OffsetDateTime::from_unix_timestamp(self.seconds())
            .ok()
            .and_then(|t| t.format(&Rfc3339).ok())
            .unwrap_or_default()
    }

    /// Formats the time as RFC 3339 in UTC with milliseconds, `2026-05-05T08:49:17.936Z`: the form of the
    /// management API.
    #[must_use]
    pub fn rfc3339_millis(self) -> String {
        let seconds = self.rfc3339();
        format!("{}.{:03}Z", seconds.trim_end_matches('Z'), self.0.rem_euclid(1000))
    }

    /// Parses a time as clients of the management API write it: RFC 3339 with any offset and up to nine digits
    /// of a second, also with a space for the `T` and without an offset, which is UTC; or a date, which is the
    /// start of its day. `None` for another text, or outside the years 1970 to 9999.
    #[must_use]
    pub fn parse_lenient(text: &str) -> Option<Self> {
        let text = text.trim();
        let (date, clock) = text.split_at_checked(10)?;
        let clock = match clock.chars().next() {
            None => "00:00:00Z".to_owned(),
            Some('T' | 't' | ' ') => with_offset(&clock[1..]),
            Some(_) => return None,
        };
        let parsed = OffsetDateTime::parse(&format!("{date}T{clock}"), &Rfc3339).ok()?;
        let millis = i64::try_from(parsed.unix_timestamp_nanos().div_euclid(1_000_000)).ok()?;
        (0..Self::MAX.0 + 1000).contains(&millis).then(|| Self::from_millis(millis))
    }

    /// Formats the UTC calendar date, `2026-01-15`, for date inputs.
    #[must_use]
    pub fn date(self) -> String {
        self.rfc3339().chars().take(10).collect()
    }

    /// Parses an expiry: RFC 3339 with any offset, or a date, which is the end of that day in UTC.
    ///
    /// # Errors
    /// Returns [`FieldError`] if the text is neither, or is outside the years 1970 to 9999.
    pub fn parse_expiry(text: &str) -> Result<Self, FieldError> {
        let text = text.trim();
        let invalid = || {
            FieldError::new(
                "expires_at",
                "The expiry must be a date such as 2027-01-31, or a time such as 2027-01-31T12:00:00Z.",
            )
        };
        let whole_day = text.len() == 10;
        let parsed = if whole_day {
            OffsetDateTime::parse(&format!("{text}T23:59:59Z"), &Rfc3339)
        } else {
            OffsetDateTime::parse(text, &Rfc3339)
        };
        let nanos = parsed.map_err(|_| invalid())?.unix_timestamp_nanos();
        let millis = i64::try_from(nanos.div_euclid(1_000_000)).map_err(|_| invalid())?;
        if (0..=Self::MAX.0).contains(&millis) { Ok(Self(millis)) } else { Err(invalid()) }
    }
}

/// Completes a time of day without an offset as UTC. A space before an offset was a `+` in a query string.
fn with_offset(clock: &str) -> String {
    let clock = clock.trim().to_ascii_uppercase().replace(' ', "+");
    let has_offset = clock.contains(['Z', '+', '-']);
    if has_offset { clock } else { clock + "Z" }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

impl FromStr for Timestamp {
    type Err = FieldError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::parse_expiry(s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc3339_has_the_documented_form() {
        assert_eq!(Timestamp::from_millis(1_768_473_000_999).rfc3339(), "2026-01-15T10:30:00Z");
    }

    #[test]
    fn month_starts_and_ends_in_utc() {
        for (time, start, next) in [
            ("2026-12-01T00:00:00Z", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("2026-12-31T23:59:59.999Z", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("2028-02-29T12:00:00Z", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"),
            ("2027-01-31T12:00:00Z", "2027-01-01T00:00:00Z", "2027-02-01T00:00:00Z"),
        ] {
            let at = Timestamp::parse_lenient(time).expect("a time");
            assert_eq!(at.month_start().rfc3339(), start, "{time}");
            assert_eq!(at.next_month().rfc3339(), next, "{time}");
        }
    }

    proptest::proptest! {
        #[test]
        fn each_time_is_in_its_month(millis in 0..Timestamp::MAX.0 - 40 * DAY_MS) {
            let at = Timestamp::from_millis(millis);
            let (start, next) = (at.month_start(), at.next_month());
            proptest::prop_assert!(start <= at && at < next);
            proptest::prop_assert_eq!(next.month_start(), next);
            proptest::prop_assert_eq!(next.plus_millis(-1).month_start(), start);
        }
    }

    #[test]
    fn date_without_time_is_the_end_of_the_day() {
        let t = Timestamp::parse_expiry(" 2027-01-31 ").expect("a date");
        assert_eq!(t.rfc3339(), "2027-01-31T23:59:59Z");
        let offset = Timestamp::parse_expiry("2027-01-31T12:00:00+02:00").expect("a time");
        assert_eq!(offset.rfc3339(), "2027-01-31T10:00:00Z");
        let never = Timestamp::parse_expiry("9999-12-31").expect("a date");
        assert_eq!(never, Timestamp::MAX);
    }

    #[test]
    fn times_of_clients_are_read() {
        for (text, time) in [
            ("2026-05-05T08:49:17.936Z", "2026-05-05T08:49:17.936Z"),
            ("2026-05-05T08:49:17.9364567Z", "2026-05-05T08:49:17.936Z"),
            (" 2026-05-05t08:49:17z ", "2026-05-05T08:49:17.000Z"),
            ("2026-05-05T08:49:17+02:00", "2026-05-05T06:49:17.000Z"),
            ("2026-05-05T08:49:17 02:00", "2026-05-05T06:49:17.000Z"),
            ("2026-05-05T08:49:17-02:30", "2026-05-05T11:19:17.000Z"),
            ("2015-05-01 11:16:16", "2015-05-01T11:16:16.000Z"),
            ("2015-05-01", "2015-05-01T00:00:00.000Z"),
        ] {
            assert_eq!(
                Timestamp::parse_lenient(text).map(Timestamp::rfc3339_millis).as_deref(),
                Some(time),
                "{text}"
            );
        }
        for text in [
            "",
            "soon",
            "2015-13-01",
            "1969-12-31",
            "2015-05-01X11:16:16",
            "2015-05-01T",
            "äöüäöü",
            "20150501",
        ] {
            assert_eq!(Timestamp::parse_lenient(text), None, "{text}");
        }
    }

    #[test]
    fn invalid_times_are_refused() {
        for text in ["", "soon", "2027-13-01", "1969-12-31", "-9999-01-01", "2027-01-31T12:00:00"] {
            assert!(Timestamp::parse_expiry(text).is_err(), "{text}");
        }
    }

    #[test]
    fn arithmetic_stays_in_range() {
        assert_eq!(Timestamp::MAX.plus_days(i64::MAX), Timestamp::MAX);
        assert_eq!(Timestamp::MAX.rfc3339(), "9999-12-31T23:59:59Z");
    }
}
