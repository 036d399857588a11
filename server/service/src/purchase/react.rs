//! What a seller has set for failed payments, refunds and ends of subscriptions.

use domain::LicenseId;
use domain::purchase::{PurchaseEvent, ShopOutcome, ShopReaction};

use super::references::{self, KnownPurchase};
use super::shop::{Applied, Shop};
use super::state::{self, Cause};
use crate::Result;
use crate::store::WriteTxn;

/// Suspends a license after a failed payment, unless a later payment succeeded.
pub(super) async fn failed(
    txn: &mut WriteTxn,
    shop: &Shop,
    mut known: KnownPurchase,
    event: &PurchaseEvent,
) -> Result<Applied> {
    let at = event.occurred_at.millis();
    let id = LicenseId(known.purchase.license_id);
    if shop.about(event, known.purchase.price.as_deref()).is_none() {
        let other = Applied::of(ShopOutcome::Unchanged, id);
        return Ok(other.because("It is not for the price of the license."));
    }
    if let Some(why) = shop.has_left(&known.purchase, event) {
        return Ok(Applied::of(ShopOutcome::Unchanged, id).because(why));
    }
    // Stripe's times are whole seconds. Of two events within one, the payment is the later one: a retry.
    if at <= known.purchase.last_paid_at {
        return Ok(Applied::of(ShopOutcome::Unchanged, id).because("A later payment has succeeded."));
    }
    known.purchase.last_failed_at = known.purchase.last_failed_at.max(Some(at));
    react(txn, shop, known, shop.words.on_payment_failed, Cause::PaymentFailed).await
}

/// Does with the license what the seller has set.
pub(super) async fn react(
    txn: &mut WriteTxn,
    shop: &Shop,
    known: KnownPurchase,
    reaction: ShopReaction,
    cause: Cause,
) -> Result<Applied> {
    let KnownPurchase { mut purchase, references, payment, .. } = known;
    let refunded = references.payment().cloned();
    references::add(txn, &purchase, references, payment).await?;
    let applied = match reaction {
        ShopReaction::Nothing => Applied::of(ShopOutcome::Unchanged, LicenseId(purchase.license_id))
            .because("The settings of the connection change nothing then."),
        ShopReaction::Suspend => state::suspend(txn, shop, &mut purchase, cause).await?,
        ShopReaction::Revoke => state::revoke(txn, shop, &purchase, cause).await?,
    };
    let is_refund = matches!(cause, Cause::Refund | Cause::Chargeback);
    if is_refund && purchase.suspended_for.as_deref() == Some(cause.as_str()) {
        purchase.refunded_reference = refunded;
    }
    references::update(txn, purchase).await?;
    Ok(applied)
}
