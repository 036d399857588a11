//! The seller's rule of how often a customer may free a domain or a machine without the seller.

use crate::time::DAY_MS;
use crate::{FieldError, Timestamp};

/// The longest period of the rule, in days: ten years.
const MAX_DAYS: u16 = 3650;
/// The periods that a form offers, in days.
const OFFERED_DAYS: [u16; 7] = [1, 7, 14, 30, 90, 180, 365];

/// How often a customer may free or move an activation of a license on the customer's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub enum CustomerRelease {
    /// Never: the seller frees.
    #[default]
    Never,
    /// Once in any period of this number of days, for each license.
    OnceInDays(u16),
    /// At any time.
    Always,
}

/// Whether a customer may free an activation now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum ReleaseAllowance {
    /// The rule allows it at no time.
    Never,
    /// Not before this time.
    From(Timestamp),
    /// Now.
    Now,
}

impl CustomerRelease {
    /// Parses the word of a form or a command: `never`, `always`, or a number of days.
    ///
    /// # Errors
    /// Returns [`FieldError`] if the text is neither, or is not from 1 to 3,650 days.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let invalid = || {
            let message = "Choose never, always, or once in 1 to 3,650 days.";
            FieldError::new("customer_release", message)
        };
        match text.trim() {
            "" | "never" => Ok(Self::Never),
            "always" => Ok(Self::Always),
            days => {
                let days: u16 = days.parse().map_err(|_| invalid())?;
                if (1..=MAX_DAYS).contains(&days) { Ok(Self::OnceInDays(days)) } else { Err(invalid()) }
            }
        }
    }

    /// Returns the word of forms, which [`CustomerRelease::parse`] reads.
    #[must_use]
    pub fn word(self) -> String {
        match self {
            Self::Never => "never".to_owned(),
            Self::OnceInDays(days) => days.to_string(),
            Self::Always => "always".to_owned(),
        }
    }

    /// Returns the rule in words.
    #[must_use]
    pub fn label(self) -> String {
        match self {
            Self::Never => "never".to_owned(),
            Self::OnceInDays(1) => "once a day".to_owned(),
            Self::OnceInDays(days) => format!("once in {days} days"),
            Self::Always => "always".to_owned(),
        }
    }

    /// Returns the rules that a form offers, with the stored one.
    #[must_use]
    pub fn offered(stored: Self) -> Vec<Self> {
        let mut days: Vec<u16> = OFFERED_DAYS.to_vec();
        if let Self::OnceInDays(stored) = stored
            && !days.contains(&stored)
        {
            days.push(stored);
            days.sort_unstable();
        }
        let periods = days.into_iter().rev().map(Self::OnceInDays);
        std::iter::once(Self::Never).chain(periods).chain([Self::Always]).collect()
    }

    /// Returns the stored number of days: none for never, 0 for always.
    #[must_use]
    pub fn to_storage(self) -> Option<i32> {
        match self {
            Self::Never => None,
            Self::OnceInDays(days) => Some(i32::from(days)),
            Self::Always => Some(0),
        }
    }

    /// Converts a stored number of days. A number that no rule has is "never".
    #[must_use]
    pub fn from_storage(days: Option<i32>) -> Self {
        match days.map(u16::try_from) {
            Some(Ok(0)) => Self::Always,
            Some(Ok(days)) => Self::OnceInDays(days),
            Some(Err(_)) | None => Self::Never,
        }
    }

    /// Returns whether a customer may free now, given the time of the customer's last freeing of the license.
    #[must_use]
    pub fn allowance(self, last: Option<Timestamp>, now: Timestamp) -> ReleaseAllowance {
        match (self, last) {
            (Self::Never, _) => ReleaseAllowance::Never,
            (Self::Always, _) | (Self::OnceInDays(_), None) => ReleaseAllowance::Now,
            (Self::OnceInDays(days), Some(last)) => {
                let next = last.plus_millis(i64::from(days) * DAY_MS);
                if next <= now { ReleaseAllowance::Now } else { ReleaseAllowance::From(next) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_stored_numbers_round_trip() {
        for rule in [CustomerRelease::Never, CustomerRelease::Always, CustomerRelease::OnceInDays(30)] {
            assert_eq!(CustomerRelease::parse(&rule.word()), Ok(rule));
            assert_eq!(CustomerRelease::from_storage(rule.to_storage()), rule);
        }
        assert_eq!(CustomerRelease::parse(""), Ok(CustomerRelease::Never));
        for bad in ["0", "3651", "-1", "often", "1.5"] {
            assert!(CustomerRelease::parse(bad).is_err(), "{bad}");
        }
        for unknown in [-1, i32::MAX] {
            assert_eq!(CustomerRelease::from_storage(Some(unknown)), CustomerRelease::Never);
        }
    }

    #[test]
    fn one_release_is_allowed_in_a_period() {
        let at = |ms: i64| Timestamp::from_millis(1_000 + ms);
        let rule = CustomerRelease::OnceInDays(2);
        assert_eq!(rule.allowance(None, at(0)), ReleaseAllowance::Now);
        assert_eq!(rule.allowance(Some(at(0)), at(2 * DAY_MS - 1)), ReleaseAllowance::From(at(2 * DAY_MS)));
        assert_eq!(rule.allowance(Some(at(0)), at(2 * DAY_MS)), ReleaseAllowance::Now);
        assert_eq!(CustomerRelease::Always.allowance(Some(at(0)), at(0)), ReleaseAllowance::Now);
        for last in [None, Some(at(0))] {
            let much_later = at(5_000 * DAY_MS);
            assert_eq!(CustomerRelease::Never.allowance(last, much_later), ReleaseAllowance::Never);
        }
    }

    #[test]
    fn form_offers_the_stored_rule() {
        let offered = CustomerRelease::offered(CustomerRelease::OnceInDays(45));
        assert!(offered.contains(&CustomerRelease::OnceInDays(45)) && offered.len() == 10);
        assert_eq!(CustomerRelease::offered(CustomerRelease::Never).len(), 9);
    }
}
