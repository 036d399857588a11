//! Which payments change a license when they are given back: those of its current period.

use super::ShopProvider;
use crate::Timestamp;

/// Why an event that gives a part of a payment back does nothing.
pub(super) const PART_GIVEN_BACK: &str =
    "A part of the payment was given back. That changed nothing: the purchase stays in force.";

/// How far apart the events of one payment of Lemon Squeezy may be, in seconds. It sends an order and an invoice for the
/// first period, each with a time of its own.
const SAME_PAYMENT_SECONDS: i64 = 600;

/// What is known of a payment of a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownPayment {
    /// When it was paid, at the provider.
    pub paid_at: Timestamp,
    /// The end of the period that it paid for, if the provider tells it with the payment.
    pub paid_until: Option<Timestamp>,
    /// Whether it paid for a period of the license. Otherwise it paid for a change within one, or for something else.
    pub pays_period: bool,
}

impl KnownPayment {
    /// Returns whether it is for a later period than another payment. The ends of both periods decide, because a year
    /// that was paid before a month may end after it. Without both ends, the times of the payments decide.
    #[must_use]
    pub fn is_of_later_period(self, other: Self, provider: ShopProvider) -> bool {
        let tolerance = if provider == ShopProvider::LemonSqueezy { SAME_PAYMENT_SECONDS } else { 0 };
        self.is_later(other, tolerance)
    }

    /// Returns the payment of the later period of two. Of one period, the later payment.
    #[must_use]
    pub fn later(self, other: Option<Self>) -> Self {
        match other {
            Some(other) if self.is_later(other, 0) => self,
            Some(other) if other.is_later(self, 0) || other.paid_at > self.paid_at => other,
            _ => self,
        }
    }

    fn is_later(self, other: Self, tolerance: i64) -> bool {
        match (self.paid_until, other.paid_until) {
            (Some(until), Some(other)) => until > other,
            _ => self.paid_at > other.paid_at.plus_seconds(tolerance),
        }
    }
}

/// Returns whether a license depends on a payment that was given back. `current` is the payment of the current period.
/// A payment of which nothing is known counts, because the license could rest on it.
#[must_use]
pub fn pays_current_period(
    payment: Option<KnownPayment>,
    is_subscription: bool,
    current: Option<KnownPayment>,
    provider: ShopProvider,
) -> bool {
    let Some(payment) = payment.filter(|_| is_subscription) else { return true };
    let is_current = current.is_none_or(|current| !current.is_of_later_period(payment, provider));
    payment.pays_period && is_current
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: i64 = 86_400;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn payment(seconds: i64, pays_period: bool) -> KnownPayment {
        KnownPayment { paid_at: at(seconds), paid_until: None, pays_period }
    }

    /// A payment with the end of its period, both in days.
    fn period(paid: i64, until: i64) -> KnownPayment {
        KnownPayment { paid_until: Some(at(until * DAY)), ..payment(paid * DAY, true) }
    }

    fn counts(payment: impl Into<Option<KnownPayment>>, current: impl Into<Option<KnownPayment>>) -> bool {
        pays_current_period(payment.into(), true, current.into(), ShopProvider::Stripe)
    }

    #[test]
    fn a_single_purchase_and_an_unknown_payment_count() {
        let later = Some(payment(30 * DAY, true));
        assert!(pays_current_period(Some(payment(0, true)), false, later, ShopProvider::Stripe));
        assert!(counts(None, later));
        assert!(counts(payment(0, true), None), "no period is known");
    }

    #[test]
    fn an_older_payment_and_a_change_within_a_period_do_not_count() {
        let current = payment(30 * DAY, true);
        assert!(!counts(payment(0, true), current));
        assert!(!counts(payment(40 * DAY, false), current));
        assert!(!counts(payment(0, false), None));
        assert!(counts(current, current));
    }

    #[test]
    fn two_events_of_the_first_payment_are_of_one_period_at_lemon_squeezy_alone() {
        for provider in ShopProvider::ALL {
            let counts = pays_current_period(Some(payment(0, true)), true, Some(payment(5, true)), provider);
            assert_eq!(counts, provider == ShopProvider::LemonSqueezy, "{provider}");
        }
        let (first, later) = (Some(payment(0, true)), Some(payment(601, true)));
        assert!(!pays_current_period(first, true, later, ShopProvider::LemonSqueezy), "ten minutes");
    }

    #[test]
    fn the_ends_of_periods_decide_before_the_times_of_payments() {
        let (year, month) = (period(0, 365), period(30, 60));
        assert!(counts(year, year) && counts(year, month), "the license rests on the year");
        assert!(!counts(month, year));
        assert_eq!(month.later(Some(year)), year);
        assert_eq!(year.later(Some(month)), year);
        assert!(!counts(period(0, 30), period(0, 60)), "two payments of one time");
        assert!(counts(period(0, 30), period(5, 30)), "two payments of one period");
    }

    proptest! {
        #[test]
        fn of_the_payments_of_periods_the_last_one_counts_alone(
            gaps in prop::collection::vec(DAY..400 * DAY, 1..8), has_ends in any::<bool>()
        ) {
            let mut paid = vec![0];
            for gap in &gaps {
                paid.push(paid.last().copied().unwrap_or_default() + gap);
            }
            let of = |seconds: i64| {
                let until = has_ends.then(|| at(seconds + 30 * DAY));
                KnownPayment { paid_at: at(seconds), paid_until: until, pays_period: true }
            };
            // In any order: the latest period is the current one.
            let current = paid.iter().rev().fold(None, |current, seconds| Some(of(*seconds).later(current)));
            let counted: Vec<i64> =
                paid.iter().copied().filter(|seconds| counts(Some(of(*seconds)), current)).collect();
            prop_assert_eq!(counted, vec![paid[gaps.len()]]);
        }
    }
}
