//! The limit of activations of one kind.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::FieldError;

/// Largest finite limit, in slots. Larger limits should be unlimited.
const MAX_SLOTS: u32 = 1_000_000;

/// A number of slots, or no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Limit(Option<u32>);

impl Limit {
    /// No limit.
    pub const UNLIMITED: Self = Self(None);

    /// Creates a limit of `slots` slots.
    #[must_use]
    pub const fn new(slots: u32) -> Self {
        Self(Some(slots))
    }

    /// Parses a limit from a form or a command. An empty text or `unlimited` is no limit.
    ///
    /// # Errors
    /// Returns [`FieldError`] unless the text is a whole number from 0 to 1,000,000.
    pub fn parse(field: &'static str, input: &str) -> Result<Self, FieldError> {
        let text = input.trim();
        if text.is_empty() || text.eq_ignore_ascii_case("unlimited") {
            return Ok(Self::UNLIMITED);
        }
        match text.parse::<u32>() {
            Ok(slots) if slots <= MAX_SLOTS => Ok(Self(Some(slots))),
            _ => Err(FieldError::new(
                field,
                "A limit is a whole number from 0 to 1,000,000, or empty for unlimited.",
            )),
        }
    }

    /// Parses a limit that a form showed: a program may have set a larger one than forms take.
    ///
    /// # Errors
    /// Returns [`FieldError`] unless the text is a whole number or unlimited.
    pub fn parse_shown(field: &'static str, input: &str) -> Result<Self, FieldError> {
        match input.trim().parse() {
            Ok(slots) => Ok(Self(Some(slots))),
            Err(_) => Self::parse(field, input),
        }
    }

    /// Returns the number of slots; `None` is unlimited.
    #[must_use]
    pub fn slots(self) -> Option<u32> {
        self.0
    }

    /// Returns the number of slots; -1 is unlimited.
    #[must_use]
    pub fn to_signed(self) -> i64 {
        self.0.map_or(-1, i64::from)
    }

    /// Creates a limit from a number of slots; a negative number is unlimited.
    #[must_use]
    pub fn from_signed(slots: i64) -> Self {
        Self(u64::try_from(slots).ok().map(|slots| u32::try_from(slots).unwrap_or(u32::MAX)))
    }

    /// Returns whether one more slot fits beside `used` slots.
    #[must_use]
    pub fn allows_one_more(self, used: u32) -> bool {
        self.0.is_none_or(|slots| used < slots)
    }

    /// Returns the stored value; `NULL` is unlimited.
    #[must_use]
    pub fn to_storage(self) -> Option<i32> {
        self.0.map(|slots| i32::try_from(slots).unwrap_or(i32::MAX))
    }

    /// Creates a limit from the stored value.
    #[must_use]
    pub fn from_storage(slots: Option<i32>) -> Self {
        Self(slots.map(|slots| u32::try_from(slots).unwrap_or(0)))
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(slots) => slots.fmt(f),
            None => f.write_str("unlimited"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_parsed_and_refused() {
        let parse = |text| Limit::parse("domain_limit", text);
        assert_eq!(parse(" 3 "), Ok(Limit::new(3)));
        assert_eq!(parse("0"), Ok(Limit::new(0)));
        assert_eq!(parse(""), Ok(Limit::UNLIMITED));
        for bad in ["-1", "1.5", "1000001", "three", "99999999999999"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn limits_of_programs_are_read_as_they_are_shown() {
        let shown = |text: &str| Limit::parse_shown("domain_limit", text);
        for slots in [0, 3, MAX_SLOTS + 1, u32::MAX] {
            assert_eq!(shown(&slots.to_string()), Ok(Limit::new(slots)));
        }
        assert_eq!(shown(""), Ok(Limit::UNLIMITED));
        assert!(shown("-1").is_err() && shown("many").is_err());
    }

    #[test]
    fn signed_numbers_are_limits() {
        for slots in [-1, 0, 3, i64::from(u32::MAX)] {
            assert_eq!(Limit::from_signed(slots).to_signed(), slots);
        }
        assert_eq!(Limit::from_signed(-7), Limit::UNLIMITED);
        assert_eq!(Limit::from_signed(0), Limit::new(0));
    }

    #[test]
    fn limit_allows_one_more_below_its_slots() {
        assert!(Limit::new(3).allows_one_more(2));
        assert!(!Limit::new(3).allows_one_more(3));
        assert!(!Limit::new(3).allows_one_more(7), "a limit lowered below its use");
        assert!(!Limit::new(0).allows_one_more(0));
        assert!(Limit::UNLIMITED.allows_one_more(u32::MAX));
    }
}
