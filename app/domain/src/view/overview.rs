//! The overview of an account.

use serde::{Deserialize, Serialize};

use super::LicenseRow;
use crate::refusal::RefusalReason;
use crate::{LicenseId, Timestamp};

/// The content of the overview page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// Notices to the operator about settings; empty for other members.
    pub notices: Vec<String>,
    /// Verifications per day of the period, oldest first.
    pub days: Vec<DayCount>,
    /// Licenses ever issued, a maintained count.
    pub licenses: i64,
    /// New activations of domains and machines.
    pub activations: Trend,
    /// Verifications, valid and refused.
    pub verifications: Trend,
    /// Refused verifications and activations.
    pub refused: Trend,
    /// Refusals by reason, the most frequent first.
    pub reasons: Vec<ReasonCount>,
    /// Licenses that expire within 30 days, the first ones.
    pub expiring: Vec<LicenseRow>,
    /// Licenses that are suspended, the latest ones.
    pub suspended: Vec<LicenseRow>,
    /// The licenses issued last.
    pub latest: Vec<LicenseRow>,
}

/// A count of the period, and of the period of the same length before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trend {
    /// The period that ends today.
    pub current: i64,
    /// The period before.
    pub previous: i64,
}

impl Trend {
    /// Returns the change in percent, rounded; `None` if the period before counted nothing.
    #[must_use]
    pub fn change_percent(self) -> Option<i64> {
        (self.previous > 0).then(|| {
            let (current, previous) = (i128::from(self.current), i128::from(self.previous));
            let percent = ((current - previous) * 200 + previous).div_euclid(previous * 2);
            i64::try_from(percent).unwrap_or(i64::MAX)
        })
    }
}

/// Refusals for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonCount {
    /// The reason.
    pub reason: RefusalReason,
    /// The refusals of the period.
    pub count: Trend,
    /// The licenses that refused last.
    pub latest: Vec<RefusingLicense>,
}

/// A license that refused an app, on the overview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusingLicense {
    /// The license.
    pub license: LicenseId,
    /// The last four characters of its key.
    pub last_four: String,
    /// The customer's name, or else the e-mail address.
    pub customer: Option<String>,
    /// The domain, or the name of the machine.
    pub subject: String,
    /// The domain, or the machine's fingerprint: two machines may have the same name.
    pub stored_subject: String,
    /// Number of refusals.
    pub count: i64,
    /// Time of the last refusal.
    pub last_at: Timestamp,
}

/// A day's counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCount {
    /// Days since the epoch, UTC.
    pub day: i32,
    /// Successful verifications.
    pub valid: i64,
    /// Refused verifications and activations, for any reason.
    pub refused: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn change_is_rounded_to_whole_percents() {
        let change = |current, previous| Trend { current, previous }.change_percent();
        assert_eq!(change(5, 0), None);
        assert_eq!(change(112, 100), Some(12));
        assert_eq!(change(0, 7), Some(-100));
        assert_eq!(change(2, 3), Some(-33));
        assert_eq!(change(5, 3), Some(67));
    }

    proptest! {
        #[test]
        fn change_has_the_sign_of_the_difference(current in 0i64.., previous in 1i64..) {
            let change = Trend { current, previous }.change_percent().expect("a change");
            prop_assert!(change >= -100);
            prop_assert!(change.signum() == 0 || (change > 0) == (current > previous));
        }
    }
}
