//! Payments of a known purchase: renewals, and ends of suspensions.

use domain::purchase::{KnownPayment, PurchaseEvent, ShopOutcome};
use domain::{LicenseId, Timestamp};

use super::references::{self, KnownPurchase};
use super::shop::{Applied, Shop};
use super::state::{self, Cause, Lift};
use super::{expiry, refund};
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
    let KnownPurchase { mut purchase, is_new_payment, payment, references, .. } = known;
    let id = LicenseId(purchase.license_id);
    let about = match about_license(shop, &mut purchase, event) {
        Ok(about) => about,
        Err(why) => {
            // It pays for no period of the license.
            let other = event.known_payment().map(|paid| KnownPayment { pays_period: false, ..paid });
            let payment = payment.or(other);
            references::add(txn, &purchase, references, payment).await?;
            let ended = refund::end_by_payment(txn, shop, &mut purchase, event, payment, false).await?;
            references::update(txn, purchase).await?;
            return Ok(ended.unwrap_or_else(|| Applied::of(ShopOutcome::Unchanged, id).because(why)));
        }
    };
    let named = payment.or(about.known_payment());
    let is_new_payment = is_new_payment && about.payment.is_some();
    let Some(license) = state::lock_license(txn, shop, id).await? else {
        let payment = counted(named, moves_period(&purchase, &about));
        references::add(txn, &purchase, references, payment).await?;
        note_period(&mut purchase, payment);
        references::update(txn, purchase).await?;
        return Ok(state::deleted(id));
    };
    let mut applied = Applied::of(ShopOutcome::Unchanged, id);
    let is_renewed = expiry::extend(txn, shop, &mut purchase, license, &about, is_new_payment).await?;
    if is_renewed {
        applied = Applied::of(ShopOutcome::Renewed, id);
    }
    let payment = counted(named, is_renewed);
    references::add(txn, &purchase, references, payment).await?;
    note_period(&mut purchase, payment);
    // A payment that happened before the last failure does not make up for it.
    let at = event.occurred_at.millis();
    let makes_up = purchase.last_failed_at.is_none_or(|failed| at >= failed);
    if makes_up && state::lift(txn, shop, &mut purchase, Cause::PaymentFailed).await? == Lift::Lifted {
        let detail = is_renewed.then_some("Renewed, too.");
        applied =
            Applied { detail: detail.map(ToOwned::to_owned), ..Applied::of(ShopOutcome::Reinstated, id) };
    }
    purchase.last_paid_at = purchase.last_paid_at.max(at);
    let is_counted = is_new_payment || (is_renewed && !about.payments.is_empty());
    let ended = refund::end_by_payment(txn, shop, &mut purchase, event, payment, is_counted).await?;
    if let Some(ended) = ended {
        // A renewal counts more than a suspension that stays.
        let stays = ended.outcome == ShopOutcome::Unchanged;
        applied = if stays { applied.and(ended.detail) } else { ended };
    }
    references::update(txn, purchase).await?;
    Ok(applied.and(shop.left_out(event, &about.items)))
}

/// Returns a payment that pays for a period if it renewed the license: a change of some providers begins a new period
/// and does not say so.
fn counted(payment: Option<KnownPayment>, is_renewed: bool) -> Option<KnownPayment> {
    payment.map(|paid| KnownPayment { pays_period: paid.pays_period || is_renewed, ..paid })
}

/// Returns whether an event is about a later period than the one that was paid last, for a license that was deleted.
fn moves_period(purchase: &purchases::Model, about: &PurchaseEvent) -> bool {
    let ends = purchase.period_paid_until.zip(about.paid_until);
    ends.is_some_and(|(current, until)| until.millis() > current)
}

/// Remembers the payment of the current period.
pub(super) fn note_period(purchase: &mut purchases::Model, payment: Option<KnownPayment>) {
    let Some(payment) = payment.filter(|payment| payment.pays_period) else { return };
    let current = payment.later(current_period(purchase));
    purchase.period_paid_at = Some(current.paid_at.millis());
    purchase.period_paid_until = current.paid_until.map(Timestamp::millis);
}

/// Returns the payment of the current period, if it is known.
pub(super) fn current_period(purchase: &purchases::Model) -> Option<KnownPayment> {
    let paid_until = convert::to_timestamp(purchase.period_paid_until);
    let paid_at = convert::to_timestamp(purchase.period_paid_at);
    paid_at.map(|paid_at| KnownPayment { paid_at, paid_until, pays_period: true })
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
    left_price(shop, purchase, event).map_or(Ok(about), |price| Err(has_left(price)))
}

/// Returns the price without terms that a subscription has changed to, for an event that names no price.
pub(super) fn left_price<'a>(
    shop: &Shop,
    purchase: &'a purchases::Model,
    event: &PurchaseEvent,
) -> Option<&'a str> {
    let price = purchase.left_for.as_deref().filter(|_| event.items.is_empty());
    price.filter(|price| !shop.counts(price, purchase.price.as_deref()))
}

/// Returns why an event of a subscription that has left its price changes nothing.
pub(super) fn has_left(price: &str) -> String {
    format!("The subscription has changed to a price that has no terms here: {price}")
}
