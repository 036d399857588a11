//! Payments of a known purchase: renewals, and ends of suspensions.

use domain::LicenseId;
use domain::purchase::{KnownPayment, PurchaseEvent, ShopOutcome, is_later_period};

use super::expiry;
use super::references::{self, KnownPurchase};
use super::shop::{Applied, Shop};
use super::state::{self, Cause};
use crate::Result;
use crate::store::entity::purchases;
use crate::store::{WriteTxn, convert};

/// Renews a license, and lifts the suspension of a failed payment or of an earlier refund.
pub(super) async fn paid(
    txn: &mut WriteTxn,
    shop: &Shop,
    known: KnownPurchase,
    event: &PurchaseEvent,
) -> Result<Applied> {
    let KnownPurchase { mut purchase, is_new_payment, payment, references } = known;
    let id = LicenseId(purchase.license_id);
    let about = match about_license(shop, &mut purchase, event) {
        Ok(about) => about,
        Err(why) => {
            // It pays for no period of the license.
            let other = event.known_payment().map(|paid| KnownPayment { pays_period: false, ..paid });
            references::add(txn, &purchase, references, payment.or(other)).await?;
            references::update(txn, purchase).await?;
            return Ok(Applied::of(ShopOutcome::Unchanged, id).because(why));
        }
    };
    let payment = payment.or(about.known_payment());
    references::add(txn, &purchase, references, payment).await?;
    note_period(&mut purchase, payment);
    let is_new_payment = is_new_payment && about.payment.is_some();
    let Some(license) = state::lock_license(txn, shop, id).await? else {
        references::update(txn, purchase).await?;
        return Ok(state::deleted(id));
    };
    let mut applied = Applied::of(ShopOutcome::Unchanged, id);
    let is_renewed = expiry::extend(txn, shop, &mut purchase, license, &about, is_new_payment).await?;
    if is_renewed {
        applied = Applied::of(ShopOutcome::Renewed, id);
    }
    // A payment that happened before the last failure does not make up for it.
    let at = event.occurred_at.millis();
    let makes_up = purchase.last_failed_at.is_none_or(|failed| at >= failed);
    if makes_up && state::lift(txn, shop, &mut purchase, Cause::PaymentFailed).await? {
        let detail = is_renewed.then_some("Renewed, too.");
        applied =
            Applied { detail: detail.map(ToOwned::to_owned), ..Applied::of(ShopOutcome::Reinstated, id) };
    }
    if is_new_payment && follows_refund(&purchase, event) {
        let is_lifted = state::lift(txn, shop, &mut purchase, Cause::Refund).await?
            || state::lift(txn, shop, &mut purchase, Cause::Chargeback).await?;
        if is_lifted {
            let detail = "A later period was paid after the refund.";
            applied = Applied::of(ShopOutcome::Reinstated, id).because(detail);
        }
    }
    purchase.last_paid_at = purchase.last_paid_at.max(at);
    references::update(txn, purchase).await?;
    Ok(applied.and(shop.left_out(event, &about.items)))
}

/// Remembers when the current period was paid.
pub(super) fn note_period(purchase: &mut purchases::Model, payment: Option<KnownPayment>) {
    let paid_at = payment.filter(|payment| payment.pays_period).map(|payment| payment.paid_at.millis());
    purchase.period_paid_at = purchase.period_paid_at.max(paid_at);
}

/// Returns whether a payment of a later period follows the refund that suspended the license. The subscription goes on
/// then. Its event may come before the one of the refund.
fn follows_refund(purchase: &purchases::Model, event: &PurchaseEvent) -> bool {
    let is_after = purchase.suspended_at.is_some_and(|suspended| event.occurred_at.millis() > suspended);
    let refunded = convert::to_timestamp(purchase.refunded_paid_at);
    is_after || refunded.is_some_and(|refunded| is_later_period(event.occurred_at, refunded))
}

/// Returns what a payment says about the license of its purchase, or why it is not for that license. Remembers whether
/// the subscription has left its price for one without terms, because payments of some providers name none.
fn about_license(
    shop: &Shop,
    purchase: &mut purchases::Model,
    event: &PurchaseEvent,
) -> Result<PurchaseEvent, String> {
    let about = shop.about(event, purchase.price.as_deref());
    let names_price = !event.items.is_empty();
    if names_price && event.is_subscription && event.occurred_at.millis() >= purchase.last_paid_at {
        let other = event.items.first().filter(|_| about.is_none());
        purchase.left_for = other.map(|item| item.price.clone());
    }
    let Some(about) = about else {
        return Err(format!(
            "It is not for the price of the license. No price of it has terms here: {}",
            event.named_items()
        ));
    };
    match &purchase.left_for {
        Some(price) if !names_price && !shop.counts(price, purchase.price.as_deref()) => {
            Err(format!("The subscription has changed to a price that has no terms here: {price}"))
        }
        _ => Ok(about),
    }
}
