//! Payments that were given back. A license changes only by those that it rests on.

use domain::purchase::{PurchaseEvent, ShopOutcome, pays_current_period};
use domain::{LicenseId, Timestamp};

use super::react::react;
use super::references::{self, KnownPurchase};
use super::shop::{Applied, Shop};
use super::state::{self, Cause};
use crate::Result;
use crate::store::{WriteTxn, convert};

/// Why the refund of an older payment changes nothing.
const OTHER_PAYMENT: &str = "The payment does not pay for the current period of the license. It is an older one, or one for a change.";

/// Does with the license what the seller has set for refunds, if it rests on the payment that was given back.
pub(super) async fn given_back(
    txn: &mut WriteTxn,
    shop: &Shop,
    mut known: KnownPurchase,
    event: &PurchaseEvent,
    cause: Cause,
) -> Result<Applied> {
    let reversed_at = convert::to_timestamp(known.purchase.chargeback_reversed_at);
    let is_reversed = cause == Cause::Chargeback && reversed_at.is_some_and(|at| event.occurred_at <= at);
    let why = if is_reversed { "The chargeback was reversed since." } else { OTHER_PAYMENT };
    if is_reversed || !is_of_current_period(&known) {
        let KnownPurchase { purchase, references, payment, .. } = known;
        references::add(txn, &purchase, references, payment).await?;
        return Ok(Applied::of(ShopOutcome::Unchanged, LicenseId(purchase.license_id)).because(why));
    }
    known.purchase.refunded_paid_at = known.payment.map(|payment| payment.paid_at.millis());
    react(txn, shop, known, shop.words.on_refund, cause).await
}

/// Lifts the suspension that a chargeback caused, because the bank paid again.
pub(super) async fn reversed(
    txn: &mut WriteTxn,
    shop: &Shop,
    known: KnownPurchase,
    event: &PurchaseEvent,
) -> Result<Applied> {
    let is_current = is_of_current_period(&known);
    let KnownPurchase { mut purchase, references, payment, .. } = known;
    references::add(txn, &purchase, references, payment).await?;
    let id = LicenseId(purchase.license_id);
    purchase.chargeback_reversed_at = purchase.chargeback_reversed_at.max(Some(event.occurred_at.millis()));
    let applied = if !is_current {
        Applied::of(ShopOutcome::Unchanged, id).because(OTHER_PAYMENT)
    } else if state::lift(txn, shop, &mut purchase, Cause::Chargeback).await? {
        Applied::of(ShopOutcome::Reinstated, id).because("The chargeback was reversed.")
    } else {
        Applied::of(ShopOutcome::Unchanged, id).because("The license is not suspended by a chargeback.")
    };
    references::update(txn, purchase).await?;
    Ok(applied)
}

fn is_of_current_period(known: &KnownPurchase) -> bool {
    let period_paid_at: Option<Timestamp> = convert::to_timestamp(known.purchase.period_paid_at);
    pays_current_period(known.payment, known.purchase.is_subscription, period_paid_at)
}
