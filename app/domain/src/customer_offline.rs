//! The seller's rule of whether customers may activate machines without a network on the customer's page, and the
//! rule of when such a machine can be freed there.

use crate::customer_release::ReleaseAllowance;
use crate::time::DAY_MS;
use crate::{FieldError, Timestamp};

/// The longest validity of a response, in days: ten years.
const MAX_DAYS: u16 = 3650;
/// The validities that a form offers, in days.
const OFFERED_DAYS: [u16; 6] = [1, 7, 30, 90, 180, 365];

/// Whether customers may activate machines without a network, and how long their responses are valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub enum CustomerOffline {
    /// Never: the seller makes the responses.
    #[default]
    Never,
    /// A response is valid for this number of days. The machine needs another one then.
    ForDays(u16),
}

impl CustomerOffline {
    /// Parses the word of a form or a command: `never`, or a number of days.
    ///
    /// # Errors
    /// Returns [`FieldError`] if the text is neither, or is not from 1 to 3,650 days.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let invalid = || FieldError::new("customer_offline", "Choose never, or 1 to 3,650 days.");
        match text.trim() {
            "" | "never" => Ok(Self::Never),
            days => {
                let days: u16 = days.parse().map_err(|_| invalid())?;
                if (1..=MAX_DAYS).contains(&days) { Ok(Self::ForDays(days)) } else { Err(invalid()) }
            }
        }
    }

    /// Returns the word of forms, which [`CustomerOffline::parse`] reads.
    #[must_use]
    pub fn word(self) -> String {
        match self {
            Self::Never => "never".to_owned(),
            Self::ForDays(days) => days.to_string(),
        }
    }

    /// Returns the rule in words.
    #[must_use]
    pub fn label(self) -> String {
        match self {
            Self::Never => "never".to_owned(),
            Self::ForDays(1) => "for a day".to_owned(),
            Self::ForDays(days) => format!("for {days} days"),
        }
    }

    /// Returns the rules that a form offers, with the stored one.
    #[must_use]
    pub fn offered(stored: Self) -> Vec<Self> {
        let mut days: Vec<u16> = OFFERED_DAYS.to_vec();
        if let Self::ForDays(stored) = stored
            && !days.contains(&stored)
        {
            days.push(stored);
            days.sort_unstable();
        }
        std::iter::once(Self::Never).chain(days.into_iter().map(Self::ForDays)).collect()
    }

    /// Returns the stored number of days: none for never.
    #[must_use]
    pub fn to_storage(self) -> Option<i32> {
        match self {
            Self::Never => None,
            Self::ForDays(days) => Some(i32::from(days)),
        }
    }

    /// Converts a stored number of days. A number that no rule has is "never".
    #[must_use]
    pub fn from_storage(days: Option<i32>) -> Self {
        match days.map(u16::try_from) {
            Some(Ok(days)) if days > 0 => Self::ForDays(days),
            _ => Self::Never,
        }
    }

    /// Returns when a response that is made now ends, at the latest with the license. `None` if the rule allows
    /// none. The end is never before that of a `former` response for the machine, which the customer may still
    /// have.
    #[must_use]
    pub fn response_end(
        self,
        former: Option<Timestamp>,
        license_end: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        match self {
            Self::Never => None,
            Self::ForDays(days) => {
                let end = now.plus_millis(i64::from(days) * DAY_MS);
                let end = license_end.map_or(end, |license_end| license_end.min(end));
                Some(former.map_or(end, |former| former.max(end)))
            }
        }
    }
}

/// The response by which a machine may work without a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum OfflineResponse {
    /// The seller made it. A machine that has loaded it works on without an end.
    OfSeller,
    /// The customer made it. The machine stops at this time.
    EndsAt(Timestamp),
}

impl OfflineResponse {
    /// Returns the response of a machine. `loadable_until` is set while the machine is offline. `ends_at` is the
    /// end of the last response that the customer made. It stays if the machine is online again, because the
    /// response can be loaded again.
    #[must_use]
    pub fn of_machine(loadable_until: Option<Timestamp>, ends_at: Option<Timestamp>) -> Option<Self> {
        match (loadable_until, ends_at) {
            (None, None) => None,
            (None, Some(end)) => Some(Self::EndsAt(end)),
            // A response of the customer ends when it can be loaded no more.
            (Some(until), Some(end)) if until == end => Some(Self::EndsAt(end)),
            (Some(_), _) => Some(Self::OfSeller),
        }
    }

    /// Returns whether the customer may free the machine now. Its slot must not be free while the machine works
    /// on: the limit of machines would mean nothing.
    #[must_use]
    pub fn allowance(self, now: Timestamp) -> ReleaseAllowance {
        match self {
            Self::OfSeller => ReleaseAllowance::Never,
            Self::EndsAt(end) if end > now => ReleaseAllowance::From(end),
            Self::EndsAt(_) => ReleaseAllowance::Now,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_and_stored_numbers_round_trip() {
        for rule in [CustomerOffline::Never, CustomerOffline::ForDays(1), CustomerOffline::ForDays(3650)] {
            assert_eq!(CustomerOffline::parse(&rule.word()), Ok(rule));
            assert_eq!(CustomerOffline::from_storage(rule.to_storage()), rule);
        }
        assert_eq!(CustomerOffline::parse(" "), Ok(CustomerOffline::Never));
        for bad in ["0", "3651", "-1", "always", "1.5"] {
            assert_eq!(CustomerOffline::parse(bad).map_err(|e| e.field), Err("customer_offline"), "{bad}");
        }
        for unknown in [-1, 0, i32::MAX] {
            assert_eq!(CustomerOffline::from_storage(Some(unknown)), CustomerOffline::Never);
        }
    }

    #[test]
    fn form_offers_the_stored_rule() {
        let offered = CustomerOffline::offered(CustomerOffline::ForDays(45));
        assert!(offered.contains(&CustomerOffline::ForDays(45)) && offered.len() == 8);
        assert_eq!(CustomerOffline::offered(CustomerOffline::Never).len(), 7);
    }

    #[test]
    fn response_ends_with_the_license() {
        let at = Timestamp::from_millis;
        let rule = CustomerOffline::ForDays(1);
        assert_eq!(rule.response_end(None, None, at(5)), Some(at(5 + DAY_MS)));
        assert_eq!(rule.response_end(None, Some(at(9)), at(5)), Some(at(9)));
        assert_eq!(rule.response_end(Some(at(20)), Some(at(9)), at(5)), Some(at(20)), "a former response");
    }

    #[test]
    fn machine_with_a_response_of_the_seller_is_freed_by_the_seller() {
        let at = |ms| Some(Timestamp::from_millis(ms));
        let of = OfflineResponse::of_machine;
        assert_eq!(of(None, None), None);
        assert_eq!(of(at(0), None), Some(OfflineResponse::OfSeller), "at any time");
        assert_eq!(of(at(9), at(5)), Some(OfflineResponse::OfSeller), "after one of the customer");
        assert_eq!(of(at(5), at(5)), Some(OfflineResponse::EndsAt(Timestamp::from_millis(5))));
        assert_eq!(of(None, at(5)), Some(OfflineResponse::EndsAt(Timestamp::from_millis(5))), "online again");
        assert_eq!(OfflineResponse::OfSeller.allowance(Timestamp::MAX), ReleaseAllowance::Never);
    }

    proptest! {
        #[test]
        fn machine_is_not_freed_before_the_end_of_any_response(
            days in proptest::collection::vec((1u16..=3650, 0i64..400 * DAY_MS), 1..6),
            wait in 0i64..5000 * DAY_MS,
        ) {
            let mut now = Timestamp::from_millis(1_800_000_000_000);
            let (mut end, mut ends) = (None, Vec::new());
            for (days, pause) in days {
                end = CustomerOffline::ForDays(days).response_end(end, None, now);
                ends.extend(end);
                now = now.plus_millis(pause);
            }
            let now = now.plus_millis(wait);
            let response = OfflineResponse::of_machine(end, end).expect("a response");
            let is_free = response.allowance(now) == ReleaseAllowance::Now;
            prop_assert_eq!(is_free, ends.iter().all(|end| *end <= now));
            prop_assert_eq!(CustomerOffline::Never.response_end(end, None, now), None);
        }
    }
}
