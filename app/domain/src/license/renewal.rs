//! The rules of renewals.

use crate::period::Period;
use crate::{FieldError, Timestamp};

/// How a license is renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// Adds a period to the expiry, or to the present if the license has expired.
    Extend(Period),
    /// Expires at a time.
    Until(Timestamp),
    /// Never expires.
    Never,
}

impl Renewal {
    /// Returns the new expiry of a license that expires at `current`.
    ///
    /// # Errors
    /// Returns [`FieldError`] if a license without an expiry is extended.
    pub fn apply(self, current: Option<Timestamp>, now: Timestamp) -> Result<Option<Timestamp>, FieldError> {
        match (self, current) {
            (Self::Never, _) => Ok(None),
            (Self::Until(at), _) => Ok(Some(at)),
            (Self::Extend(period), Some(ends)) => Ok(Some(ends.max(now).plus_period(period))),
            (Self::Extend(_), None) => {
                Err(FieldError::new("expiry", "It never expires. Choose a date to give it an end."))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extension_counts_from_the_expiry_or_from_now() {
        let at = |date: &str| Timestamp::parse_expiry(date).expect("a date");
        let year = Renewal::Extend(Period::from_months(12).expect("a period"));
        let now = at("2026-06-01");
        assert_eq!(year.apply(Some(at("2027-03-15")), now), Ok(Some(at("2028-03-15"))));
        assert_eq!(year.apply(Some(at("2026-05-01")), now), Ok(Some(at("2027-06-01"))));
        assert!(year.apply(None, now).is_err());
        assert_eq!(Renewal::Never.apply(Some(now), now), Ok(None));
        assert_eq!(Renewal::Until(at("2030-01-01")).apply(None, now), Ok(Some(at("2030-01-01"))));
    }
}
