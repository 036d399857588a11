//! Payments of a known purchase: renewals, and ends of suspensions.

use domain::LicenseId;
use domain::purchase::{KnownPayment, PurchaseEvent, ShopOutcome};

use super::references::{self, KnownPurchase};
use super::shop::{Applied, Shop};
use super::state::{self, Cause, Lift};
use super::{expiry, period, refund};
use crate::Result;
use crate::store::WriteTxn;
use crate::store::entity::purchases;

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
        let payment = period::counted(named, period::is_moved(&purchase, &about));
        references::add(txn, &purchase, references, payment).await?;
        period::note(&mut purchase, payment);
        references::update(txn, purchase).await?;
        return Ok(state::deleted(id));
    };
    let mut applied = Applied::of(ShopOutcome::Unchanged, id);
    let is_renewed = expiry::extend(txn, shop, &mut purchase, license, &about, is_new_payment).await?;
    if is_renewed {
        applied = Applied::of(ShopOutcome::Renewed, id);
    }
    let payment = period::counted(named, is_renewed);
    references::add(txn, &purchase, references, payment).await?;
    period::note(&mut purchase, payment);
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
    shop.has_left(purchase, event).map_or(Ok(about), Err)
}
