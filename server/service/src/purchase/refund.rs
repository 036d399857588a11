//! Payments that were given back. A license changes only by those that it rests on.

use domain::LicenseId;
use domain::purchase::{KnownPayment, PurchaseEvent, ShopOutcome, pays_current_period};

use super::period;
use super::react::react;
use super::references::{self, KnownPurchase};
use super::shop::{Applied, Shop};
use super::state::{self, Cause, Lift};
use crate::Result;
use crate::store::WriteTxn;
use crate::store::entity::purchases;

/// Why the refund of an older payment changes nothing.
const OTHER_PAYMENT: &str = "The payment does not pay for the current period of the license. It is an older one, or one for a change.";

/// Does with the license what the seller has set for refunds, if it rests on the payment that was given back.
pub(super) async fn given_back(
    txn: &mut WriteTxn,
    shop: &Shop,
    known: KnownPurchase,
    event: &PurchaseEvent,
    cause: Cause,
) -> Result<Applied> {
    let is_outdated = known.reversed_at.is_some_and(|reversed| event.occurred_at.millis() <= reversed);
    let is_reversed = cause == Cause::Chargeback && is_outdated;
    let why = if is_reversed { "The chargeback was reversed since." } else { OTHER_PAYMENT };
    if is_reversed || !is_of_current_period(shop, &known.purchase, known.payment) {
        let KnownPurchase { purchase, references, payment, .. } = known;
        references::add(txn, &purchase, references, payment).await?;
        return Ok(Applied::of(ShopOutcome::Unchanged, LicenseId(purchase.license_id)).because(why));
    }
    react(txn, shop, known, shop.words.on_refund, cause).await
}

/// Lifts the suspension that the chargeback of this payment caused, because the bank paid again.
pub(super) async fn reversed(
    txn: &mut WriteTxn,
    shop: &Shop,
    known: KnownPurchase,
    event: &PurchaseEvent,
) -> Result<Applied> {
    let KnownPurchase { mut purchase, references, payment, .. } = known;
    references::add(txn, &purchase, references, payment).await?;
    references::note_reversal(txn, &purchase, event).await?;
    let id = LicenseId(purchase.license_id);
    let lift = if is_refunded_one(&purchase, event) {
        state::lift(txn, shop, &mut purchase, Cause::Chargeback).await?
    } else {
        Lift::None
    };
    references::update(txn, purchase).await?;
    Ok(ended(lift, id, "The chargeback was reversed.").unwrap_or_else(|| {
        let other = "The license is not suspended by a chargeback of this payment.";
        Applied::of(ShopOutcome::Unchanged, id).because(other)
    }))
}

/// Lifts the suspension by a refund after an event of a payment. `None` if it stays. The payment is either the refunded
/// one, whose event came after the refund and tells that the license does not rest on it. Or it is counted now, and is
/// one of a later period: the subscription goes on.
pub(super) async fn end_by_payment(
    txn: &mut WriteTxn,
    shop: &Shop,
    purchase: &mut purchases::Model,
    event: &PurchaseEvent,
    payment: Option<KnownPayment>,
    is_counted: bool,
) -> Result<Option<Applied>> {
    let is_cause = |cause: &Cause| purchase.suspended_for.as_deref() == Some(cause.as_str());
    let Some(cause) = [Cause::Refund, Cause::Chargeback].into_iter().find(is_cause) else {
        return Ok(None);
    };
    let why = if is_refunded_one(purchase, event) {
        let is_other = payment.is_some() && !is_of_current_period(shop, purchase, payment);
        is_other.then_some("The refunded payment does not pay for the current period.")
    } else {
        let follows = is_counted && follows_refund(txn, shop, purchase, event, payment).await?;
        follows.then_some("A later period was paid after the refund.")
    };
    let Some(why) = why else { return Ok(None) };
    let lift = state::lift(txn, shop, purchase, cause).await?;
    Ok(ended(lift, LicenseId(purchase.license_id), why))
}

/// Returns whether a payment of a later period follows the refund that suspended the license. Its event may come before
/// the one of the refund.
async fn follows_refund(
    txn: &WriteTxn,
    shop: &Shop,
    purchase: &purchases::Model,
    event: &PurchaseEvent,
    payment: Option<KnownPayment>,
) -> Result<bool> {
    if purchase.suspended_at.is_some_and(|suspended| event.occurred_at.millis() > suspended) {
        return Ok(true);
    }
    let refunded = references::refunded_payment(txn, purchase).await?;
    let is_later = |(paid, refunded): (KnownPayment, KnownPayment)| {
        paid.is_of_later_period(refunded, shop.words.provider)
    };
    Ok(payment.zip(refunded).is_some_and(is_later))
}

/// Returns what became of a suspension. `None` if there was none.
fn ended(lift: Lift, id: LicenseId, why: &str) -> Option<Applied> {
    match lift {
        Lift::None => None,
        Lift::Lifted => Some(Applied::of(ShopOutcome::Reinstated, id).because(why)),
        Lift::Failing => {
            let detail = format!("{why} The license stays suspended, because a payment failed.");
            Some(Applied::of(ShopOutcome::Unchanged, id).because(detail))
        }
    }
}

/// Returns whether an event names the payment whose refund suspended the license.
fn is_refunded_one(purchase: &purchases::Model, event: &PurchaseEvent) -> bool {
    purchase.refunded_reference.as_ref().is_some_and(|reference| event.payments.contains(reference))
}

fn is_of_current_period(shop: &Shop, purchase: &purchases::Model, payment: Option<KnownPayment>) -> bool {
    let current = period::current(purchase);
    pays_current_period(payment, purchase.is_subscription, current, shop.words.provider)
}
