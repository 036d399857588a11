//! The expiry of licenses that are paid for: a period of the price, or the period that the provider names.

use crate::{Period, Timestamp};

/// How long before the end of a period a payment may be one for the next period, in seconds.
const EARLY_PAYMENT_SECONDS: i64 = 3600;

/// What a payment is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PaidTerms {
    /// The period of the price, which each payment adds. It wins over the provider's period.
    pub validity: Option<Period>,
    /// The end of the period that the provider names.
    pub paid_until: Option<Timestamp>,
    /// Whether the period begins with the payment, also if the former one has not ended.
    pub restarts: bool,
    /// Whether more payments follow.
    pub is_subscription: bool,
    /// Days after the end of a period of a subscription.
    pub grace_days: u32,
}

impl PaidTerms {
    fn with_grace(&self, at: Timestamp) -> Timestamp {
        let days = if self.is_subscription { self.grace_days } else { 0 };
        at.plus_days(i64::from(days))
    }
}

/// Returns the expiry of a new license; `None` follows its template.
#[must_use]
pub fn first_expiry(terms: &PaidTerms, now: Timestamp) -> Option<Timestamp> {
    match (terms.validity, terms.paid_until) {
        (Some(validity), _) => Some(terms.with_grace(now.plus_period(validity))),
        (None, Some(until)) if terms.is_subscription => Some(terms.with_grace(until)),
        _ => None,
    }
}

/// Returns the later expiry of a license that was paid for again; `None` leaves it as it is. `is_new_payment` tells
/// that this payment has not been counted yet: each adds the period of the price once. The provider's period is the
/// same, however often and in which order its events arrive. `paid_at` is the time of the payment, whenever its event is
/// applied.
#[must_use]
pub fn next_expiry(
    current: Timestamp,
    terms: &PaidTerms,
    is_new_payment: bool,
    paid_at: Timestamp,
) -> Option<Timestamp> {
    let next = match (terms.validity, terms.paid_until) {
        (Some(validity), _) if is_new_payment => {
            let next = current.plus_period(validity);
            // After a long pause, the period begins with the payment.
            let begins = terms.restarts || next <= paid_at;
            if begins { terms.with_grace(paid_at.plus_period(validity)) } else { next }
        }
        (None, Some(until)) => terms.with_grace(until),
        _ => return None,
    };
    (next > current).then_some(next)
}

/// Returns whether a payment belongs to the period with which a subscription was taken over, and so adds none. `until`
/// is the end of that period.
#[must_use]
pub fn is_of_taken_over_period(paid_at: Timestamp, until: Timestamp) -> bool {
    paid_at < until.plus_seconds(-EARLY_PAYMENT_SECONDS)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: i64 = 86_400_000;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_millis(day * DAY)
    }

    fn monthly() -> PaidTerms {
        PaidTerms {
            validity: Period::from_days(30),
            is_subscription: true,
            grace_days: 3,
            ..PaidTerms::default()
        }
    }

    #[test]
    fn a_first_payment_sets_the_end_of_its_period() {
        assert_eq!(first_expiry(&monthly(), at(100)), Some(at(133)));
        let until = PaidTerms { validity: None, paid_until: Some(at(130)), ..monthly() };
        assert_eq!(first_expiry(&until, at(100)), Some(at(133)));
        let once = PaidTerms { is_subscription: false, ..until };
        assert_eq!(first_expiry(&once, at(100)), None, "the template decides");
        let once = PaidTerms { is_subscription: false, ..monthly() };
        assert_eq!(first_expiry(&once, at(100)), Some(at(130)), "no grace without further payments");
    }

    #[test]
    fn a_payment_after_a_pause_begins_a_new_period() {
        assert_eq!(next_expiry(at(100), &monthly(), true, at(101)), Some(at(130)));
        assert_eq!(next_expiry(at(100), &monthly(), true, at(400)), Some(at(433)));
        assert_eq!(next_expiry(at(100), &monthly(), false, at(400)), None, "it was counted");
    }

    #[test]
    fn a_period_that_restarts_begins_with_its_payment() {
        let restarts = PaidTerms { restarts: true, ..monthly() };
        assert_eq!(next_expiry(at(133), &restarts, true, at(110)), Some(at(143)));
        assert_eq!(next_expiry(at(133), &restarts, false, at(110)), None, "it was counted");
        assert_eq!(next_expiry(at(333), &restarts, true, at(110)), None, "it never shortens");
    }

    proptest! {
        #[test]
        fn a_taken_over_period_counts_its_own_payments_alone(until in 1_i64..1000, off in -48_i64..48) {
            let until = at(until);
            let paid_at = until.plus_seconds(off * 3600);
            prop_assert_eq!(is_of_taken_over_period(paid_at, until), off < -1);
        }

        #[test]
        fn periods_of_the_provider_have_no_order(ends in prop::collection::vec(0_i64..1000, 1..6), now in 0_i64..1000) {
            let pay = |current: Timestamp, end: &i64| {
                let terms = PaidTerms { validity: None, paid_until: Some(at(*end)), ..monthly() };
                next_expiry(current, &terms, true, at(now)).unwrap_or(current)
            };
            let forward = ends.iter().fold(at(10), pay);
            let backward = ends.iter().rev().fold(at(10), pay);
            prop_assert_eq!(forward, backward);
            let last = ends.iter().max().copied().unwrap_or_default();
            prop_assert_eq!(forward, at(10).max(at(last + 3)));
        }

        #[test]
        fn a_payment_never_shortens(current in 0_i64..1000, end in 0_i64..1000, now in 0_i64..1000, new in any::<bool>()) {
            for terms in [monthly(), PaidTerms { validity: None, paid_until: Some(at(end)), ..monthly() }] {
                if let Some(next) = next_expiry(at(current), &terms, new, at(now)) {
                    prop_assert!(next > at(current));
                }
            }
        }
    }
}
