//! The payment of the current period of a purchase, on which its license rests.

use domain::Timestamp;
use domain::purchase::{KnownPayment, PurchaseEvent};

use crate::store::convert;
use crate::store::entity::purchases;

/// Returns a payment that pays for a period if it renewed the license: a change of some providers begins a new period
/// and does not say so.
pub(super) fn counted(payment: Option<KnownPayment>, is_renewed: bool) -> Option<KnownPayment> {
    payment.map(|paid| KnownPayment { pays_period: paid.pays_period || is_renewed, ..paid })
}

/// Returns whether an event is about a later period than the one that was paid last, for a license that was deleted.
pub(super) fn is_moved(purchase: &purchases::Model, about: &PurchaseEvent) -> bool {
    let ends = purchase.period_paid_until.zip(about.paid_until);
    ends.is_some_and(|(current, until)| until.millis() > current)
}

/// Remembers the payment of the current period.
pub(super) fn note(purchase: &mut purchases::Model, payment: Option<KnownPayment>) {
    let Some(payment) = payment.filter(|payment| payment.pays_period) else { return };
    let current = payment.later(current(purchase));
    purchase.period_paid_at = Some(current.paid_at.millis());
    purchase.period_paid_until = current.paid_until.map(Timestamp::millis);
}

/// Returns the payment of the current period, if it is known.
pub(super) fn current(purchase: &purchases::Model) -> Option<KnownPayment> {
    let paid_until = convert::to_timestamp(purchase.period_paid_until);
    let paid_at = convert::to_timestamp(purchase.period_paid_at);
    paid_at.map(|paid_at| KnownPayment { paid_at, paid_until, pays_period: true })
}
