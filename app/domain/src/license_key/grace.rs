//! The grace time of a replaced license key.

use crate::{FieldError, Timestamp};

/// Longest grace time, in days.
const MAX_DAYS: u16 = 365;

/// For how long apps may send a key after it was replaced, in days of 24 hours. 0 ends it at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyGrace(u16);

impl KeyGrace {
    /// The former key ends at once.
    pub const NONE: Self = Self(0);

    /// Parses a number of days. An empty text is no grace time.
    ///
    /// # Errors
    /// Returns an error of the field `grace_days` unless it is a whole number from 0 to 365.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        match text.trim() {
            "" => Ok(Self::NONE),
            text => text.parse().ok().filter(|days| *days <= MAX_DAYS).map(Self).ok_or_else(|| {
                FieldError::new(
                    "grace_days",
                    format!("The grace time is a number of days from 0 to {MAX_DAYS}."),
                )
            }),
        }
    }

    /// Returns when the grace time of a key ends that was replaced at `now`.
    #[must_use]
    pub fn end(self, now: Timestamp) -> Timestamp {
        now.plus_days(i64::from(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grace_time_is_a_number_of_days_up_to_a_year() {
        let end =
            |text: &str| KeyGrace::parse(text).map(|grace| grace.end(Timestamp::from_millis(5)).millis());
        assert_eq!(end(""), Ok(5));
        assert_eq!(end(" 0 "), Ok(5));
        assert_eq!(end("30"), Ok(30 * 86_400_000 + 5));
        assert!(end("365").is_ok());
        for text in ["366", "-1", "1.5", "a week", "99999999999999999999"] {
            assert_eq!(end(text).map_err(|error| error.field), Err("grace_days"), "{text}");
        }
    }
}
