//! Times as forms write them: a duration, or a word for none.

use crate::{FieldError, duration};

/// The longest time of a rule, in seconds: 68 years.
pub const MAX_SECONDS: i64 = i32::MAX as i64;
const SECONDS_PER_YEAR: i64 = 31_536_000;

/// A time with a word for the number that is none.
#[derive(Debug, Clone, Copy)]
pub struct TimeField {
    /// The name of the field.
    pub name: &'static str,
    /// The number with a word of its own.
    pub special: i64,
    /// Its word.
    pub word: &'static str,
    /// The longest time, in seconds.
    pub max: i64,
}

impl TimeField {
    /// The interval between two syncs.
    pub const SYNC_INTERVAL: Self =
        Self { name: "sync_interval", special: 0, word: "none", max: MAX_SECONDS };
    /// The time without a sync.
    pub const SYNC_GRACE: Self =
        Self { name: "sync_grace", special: -1, word: "unlimited", max: MAX_SECONDS };
    /// The clock skew that clients tolerate.
    pub const CLOCK_OFFSET: Self = Self { name: "clock_offset", special: -1, word: "any", max: MAX_SECONDS };
    /// The lease.
    pub const LEASE: Self = Self { name: "lease", special: 0, word: "none", max: MAX_SECONDS };
    /// How long before its expiry a license expires soon.
    pub const EXPIRING_SOON: Self =
        Self { name: "expiring_soon", special: 0, word: "none", max: MAX_SECONDS };

    /// Returns the text of a time in seconds.
    #[must_use]
    pub fn text(self, seconds: i64) -> String {
        if seconds <= self.special {
            return self.word.to_owned();
        }
        duration::format(u64::try_from(seconds).unwrap_or(0))
    }

    /// Parses a time in seconds.
    ///
    /// # Errors
    /// Returns [`FieldError`] unless the text is a duration, the word, or empty.
    pub fn parse(self, text: &str, empty: Option<i64>) -> Result<Option<i64>, FieldError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(empty);
        }
        if text.eq_ignore_ascii_case(self.word) {
            return Ok(Some(self.special));
        }
        let seconds = duration::parse(text).and_then(|seconds| i64::try_from(seconds).ok());
        seconds.filter(|seconds| *seconds <= self.max).map(Some).ok_or_else(|| {
            let (years, word) = (self.max / SECONDS_PER_YEAR, self.word);
            let example = "This is a duration such as 90 minutes, 2 hours or 7 days";
            FieldError::new(self.name, format!("{example}, of at most {years} years, or “{word}”."))
        })
    }
}
