//! Applies an event: issues, renews, suspends, reinstates or revokes the license of its purchase.

use domain::LicenseId;
use domain::purchase::{PurchaseEvent, PurchaseKind, ShopOutcome, ShopReaction};

use super::references::KnownPurchase;
use super::shop::{Applied, Shop};
use super::state::Cause;
use super::{buyer, expiry, issue, references, state};
use crate::store::WriteTxn;
use crate::store::entity::purchases;
use crate::{Result, Service};

/// Applies an event within a transaction that has locked the connection.
pub(super) async fn apply(
    service: &Service,
    txn: &mut WriteTxn,
    shop: &Shop,
    event: &PurchaseEvent,
) -> Result<Applied> {
    let is_refused = event.is_test && !shop.row.accepts_test_events;
    // Licenses of purchases that were accepted before end as those of other purchases do.
    if is_refused && !matches!(event.kind, PurchaseKind::Refunded | PurchaseKind::Canceled) {
        return Ok(refused_test());
    }
    match event.kind {
        PurchaseKind::Ignored => {
            return Ok(Applied::without_license(ShopOutcome::Ignored, "This event changes no license."));
        }
        PurchaseKind::Buyer => return buyer::attach(service, txn, shop, event).await,
        _ => {}
    }
    let Some(known) = references::find(txn, shop.id(), event).await? else {
        return if is_refused { Ok(refused_test()) } else { unknown(service, txn, shop, event).await };
    };
    match event.kind {
        PurchaseKind::Purchased | PurchaseKind::Paid | PurchaseKind::Recovered => {
            paid(txn, shop, known, event).await
        }
        PurchaseKind::PaymentFailed => failed(txn, shop, known, event).await,
        PurchaseKind::Canceled => {
            react(txn, shop, known, shop.words.on_cancellation, Cause::Cancellation).await
        }
        PurchaseKind::Refunded => react(txn, shop, known, shop.words.on_refund, Cause::Refund).await,
        PurchaseKind::Linked | PurchaseKind::Buyer | PurchaseKind::Ignored => linked(txn, known).await,
    }
}

fn refused_test() -> Applied {
    let detail = "A test event. The settings of the connection ignore those.";
    Applied::without_license(ShopOutcome::Ignored, detail)
}

/// Handles an event about a purchase that is not known: a purchase or a payment issues a license, also of a
/// subscription that is older than the connection. Other events wait for the purchase.
async fn unknown(
    service: &Service,
    txn: &mut WriteTxn,
    shop: &Shop,
    event: &PurchaseEvent,
) -> Result<Applied> {
    let has_price = !event.items.is_empty();
    let is_of_others = || {
        let names: Vec<&str> = event.items.iter().map(|item| item.price.as_str()).take(5).collect();
        let detail = format!("No price of it has terms here: {}", names.join(", "));
        Applied::without_license(ShopOutcome::Ignored, detail)
    };
    match event.kind {
        PurchaseKind::Purchased | PurchaseKind::Paid if !shop.sells(event) && has_price => Ok(is_of_others()),
        PurchaseKind::Purchased if !shop.sells(event) => {
            let detail = "It names no price, and purchases without terms are ignored.";
            Ok(Applied::without_license(ShopOutcome::Ignored, detail))
        }
        PurchaseKind::Purchased => issue_by(service, txn, shop, event).await,
        PurchaseKind::Paid if has_price => issue_by(service, txn, shop, event).await,
        _ if has_price && !shop.sells(event) => Ok(is_of_others()),
        _ => Ok(Applied::without_license(ShopOutcome::Waiting, "The purchase is not known yet.")),
    }
}

/// Issues a license by the first item with terms of its own. In a box, because the future is large.
async fn issue_by(
    service: &Service,
    txn: &mut WriteTxn,
    shop: &Shop,
    event: &PurchaseEvent,
) -> Result<Applied> {
    let about = shop.about(event, None).unwrap_or_else(|| event.clone());
    let item = shop.item_with_terms(&about);
    Box::pin(issue::issue(service, txn, shop, &about, item)).await
}

/// Renews a license, and lifts the suspension of a failed payment or of an earlier refund.
async fn paid(
    txn: &mut WriteTxn,
    shop: &Shop,
    known: KnownPurchase,
    event: &PurchaseEvent,
) -> Result<Applied> {
    let KnownPurchase { mut purchase, is_new_payment, new_references } = known;
    references::add(txn, &purchase, new_references).await?;
    let id = LicenseId(purchase.license_id);
    let about = match about_license(shop, &mut purchase, event) {
        Ok(about) => about,
        Err(why) => {
            references::update(txn, purchase).await?;
            return Ok(Applied::of(ShopOutcome::Unchanged, id).because(why));
        }
    };
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
    // The subscription goes on, although an earlier payment was given back.
    let follows = is_new_payment && purchase.suspended_at.is_some_and(|suspended| at > suspended);
    if follows && state::lift(txn, shop, &mut purchase, Cause::Refund).await? {
        let detail = "A later period was paid after the refund.".to_owned();
        applied = Applied { detail: Some(detail), ..Applied::of(ShopOutcome::Reinstated, id) };
    }
    purchase.last_paid_at = purchase.last_paid_at.max(at);
    references::update(txn, purchase).await?;
    Ok(applied)
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
        let names: Vec<&str> = event.items.iter().map(|item| item.price.as_str()).take(5).collect();
        return Err(format!(
            "It is not for the price of the license. No price of it has terms here: {}",
            names.join(", ")
        ));
    };
    match &purchase.left_for {
        Some(price) if !names_price && !shop.row.issues_unmapped && shop.price(Some(price)).is_none() => {
            Err(format!("The subscription has changed to a price that has no terms here: {price}"))
        }
        _ => Ok(about),
    }
}

/// Suspends a license after a failed payment, unless a later payment succeeded.
async fn failed(
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
    // Stripe's times are whole seconds. Of two events within one, the payment is the later one: a retry.
    if at <= known.purchase.last_paid_at {
        return Ok(Applied::of(ShopOutcome::Unchanged, id).because("A later payment has succeeded."));
    }
    known.purchase.last_failed_at = known.purchase.last_failed_at.max(Some(at));
    react(txn, shop, known, shop.words.on_payment_failed, Cause::PaymentFailed).await
}

/// Does with the license what the seller has set.
async fn react(
    txn: &mut WriteTxn,
    shop: &Shop,
    known: KnownPurchase,
    reaction: ShopReaction,
    cause: Cause,
) -> Result<Applied> {
    let KnownPurchase { mut purchase, new_references, .. } = known;
    references::add(txn, &purchase, new_references).await?;
    let applied = match reaction {
        ShopReaction::Nothing => Applied::of(ShopOutcome::Unchanged, LicenseId(purchase.license_id))
            .because("The settings of the connection change nothing then."),
        ShopReaction::Suspend => state::suspend(txn, shop, &mut purchase, cause).await?,
        ShopReaction::Revoke => state::revoke(txn, shop, &purchase, cause).await?,
    };
    references::update(txn, purchase).await?;
    Ok(applied)
}

/// Adds references to a purchase.
async fn linked(txn: &WriteTxn, known: KnownPurchase) -> Result<Applied> {
    let id = LicenseId(known.purchase.license_id);
    references::add(txn, &known.purchase, known.new_references).await?;
    Ok(Applied::of(ShopOutcome::Linked, id))
}
