//! Applies an event: issues, renews, suspends, reinstates or revokes the license of its purchase.

use domain::LicenseId;
use domain::purchase::{PricedItem, PurchaseEvent, PurchaseKind, ShopOutcome};

use super::references::KnownPurchase;
use super::shop::{Applied, Shop};
use super::state::Cause;
use super::{buyer, issue, paid, period, react, references, refund};
use crate::store::WriteTxn;
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
    let ends = matches!(
        event.kind,
        PurchaseKind::Refunded
            | PurchaseKind::ChargedBack
            | PurchaseKind::ChargebackReversed
            | PurchaseKind::Canceled
    );
    if is_refused && !ends {
        return Ok(refused_test());
    }
    match event.kind {
        PurchaseKind::Ignored => {
            let why = event.why.as_deref().unwrap_or("This event changes no license.");
            return Ok(Applied::without_license(ShopOutcome::Ignored, why));
        }
        PurchaseKind::Buyer => return buyer::attach(service, txn, shop, event).await,
        _ => {}
    }
    let Some(known) = references::find(txn, shop.id(), event).await? else {
        return if is_refused { Ok(refused_test()) } else { unknown(service, txn, shop, event).await };
    };
    match event.kind {
        PurchaseKind::Purchased | PurchaseKind::Paid | PurchaseKind::Recovered => {
            paid::paid(txn, shop, known, event).await
        }
        PurchaseKind::PaymentFailed => react::failed(txn, shop, known, event).await,
        PurchaseKind::Canceled => {
            react::react(txn, shop, known, shop.words.on_cancellation, Cause::Cancellation).await
        }
        PurchaseKind::Refunded => refund::given_back(txn, shop, known, event, Cause::Refund).await,
        PurchaseKind::ChargedBack => refund::given_back(txn, shop, known, event, Cause::Chargeback).await,
        PurchaseKind::ChargebackReversed => refund::reversed(txn, shop, known, event).await,
        PurchaseKind::Linked | PurchaseKind::Buyer | PurchaseKind::Ignored => {
            linked(txn, shop, known, event).await
        }
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
        let detail = format!("No price of it has terms here: {}", event.named_items());
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
    let applied = Box::pin(issue::issue(service, txn, shop, &about, item)).await?;
    if applied.outcome != ShopOutcome::Issued {
        return Ok(applied);
    }
    let counted: Vec<PricedItem> = item.or(about.items.first()).cloned().into_iter().collect();
    let is_single = item.is_none() && counted.iter().any(|first| first.quantity > 1);
    let quantity = "The quantity does not count, because the price has no terms here.";
    let noted = if is_single { applied.and(Some(quantity.to_owned())) } else { applied };
    Ok(noted.and(shop.left_out(event, &counted)))
}

/// Adds references to a purchase.
async fn linked(
    txn: &mut WriteTxn,
    shop: &Shop,
    known: KnownPurchase,
    event: &PurchaseEvent,
) -> Result<Applied> {
    let KnownPurchase { mut purchase, references, payment, .. } = known;
    let id = LicenseId(purchase.license_id);
    let payment = payment.or(event.known_payment());
    references::add(txn, &purchase, references, payment).await?;
    period::note(&mut purchase, payment);
    let ended = refund::end_by_payment(txn, shop, &mut purchase, event, payment, false).await?;
    references::update(txn, purchase).await?;
    Ok(ended.unwrap_or_else(|| Applied::of(ShopOutcome::Linked, id)))
}
