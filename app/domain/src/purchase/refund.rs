//! Which payments change a license when they are given back: those of its current period.

use crate::Timestamp;

/// How far apart the events of one payment may be, in seconds. Lemon Squeezy sends an order and an invoice for the
/// first period, each with a time of its own.
const SAME_PAYMENT_SECONDS: i64 = 600;

/// What is known of a payment of a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownPayment {
    /// When it was paid, at the provider.
    pub paid_at: Timestamp,
    /// Whether it paid for a period of the license. Otherwise it paid for a change within one, or for something else.
    pub pays_period: bool,
}

/// Returns whether a license depends on a payment that was given back. `period_paid_at` is the time of the payment of
/// the current period. A payment of which nothing is known counts, because the license could rest on it.
#[must_use]
pub fn pays_current_period(
    payment: Option<KnownPayment>,
    is_subscription: bool,
    period_paid_at: Option<Timestamp>,
) -> bool {
    let Some(payment) = payment.filter(|_| is_subscription) else { return true };
    let is_current = period_paid_at.is_none_or(|current| !is_later_period(current, payment.paid_at));
    payment.pays_period && is_current
}

/// Returns whether a period that was paid at `paid_at` is a later one than the period that was paid at `earlier`.
#[must_use]
pub fn is_later_period(paid_at: Timestamp, earlier: Timestamp) -> bool {
    paid_at > earlier.plus_seconds(SAME_PAYMENT_SECONDS)
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
        KnownPayment { paid_at: at(seconds), pays_period }
    }

    #[test]
    fn a_single_purchase_and_an_unknown_payment_count() {
        assert!(pays_current_period(Some(payment(0, true)), false, Some(at(30 * DAY))));
        assert!(pays_current_period(None, true, Some(at(30 * DAY))));
        assert!(pays_current_period(Some(payment(0, true)), true, None), "no period is known");
    }

    #[test]
    fn an_older_payment_and_a_change_within_a_period_do_not_count() {
        assert!(!pays_current_period(Some(payment(0, true)), true, Some(at(30 * DAY))));
        assert!(!pays_current_period(Some(payment(40 * DAY, false)), true, Some(at(30 * DAY))));
        assert!(!pays_current_period(Some(payment(0, false)), true, None));
        assert!(pays_current_period(Some(payment(30 * DAY, true)), true, Some(at(30 * DAY))));
    }

    #[test]
    fn two_events_of_the_first_payment_are_of_one_period() {
        assert!(pays_current_period(Some(payment(0, true)), true, Some(at(5))));
    }

    proptest! {
        #[test]
        fn of_the_payments_of_periods_the_last_one_counts_alone(
            gaps in prop::collection::vec(DAY..400 * DAY, 1..8)
        ) {
            let mut paid = vec![0];
            for gap in &gaps {
                paid.push(paid.last().copied().unwrap_or_default() + gap);
            }
            let current = paid.iter().max().map(|seconds| at(*seconds));
            let counted: Vec<i64> = paid
                .iter()
                .copied()
                .filter(|seconds| pays_current_period(Some(payment(*seconds, true)), true, current))
                .collect();
            prop_assert_eq!(counted, vec![paid[gaps.len()]]);
        }
    }
}
