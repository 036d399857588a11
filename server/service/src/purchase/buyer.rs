//! The customers of purchases. Some providers name a buyer by an id alone; the address comes with another event,
//! before or after the purchase.

use domain::customer::NameChoice;
use domain::purchase::{PurchaseEvent, PurchaseKind, ShopOutcome, parse_event};
use domain::{CustomerId, LicenseId, ProductId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use super::send_key::send_key;
use super::shop::{Applied, Shop};
use super::{references, sealed, state};
use crate::license::store_holder;
use crate::store::entity::{customers, licenses, shop_events};
use crate::store::{WriteTxn, scope};
use crate::{Error, Result, Service, customer};

/// Purchases of a buyer that get a customer by one event.
const MAX_PURCHASES: u64 = 20;
/// Events of a buyer that are read for an address.
const MAX_EVENTS: u64 = 5;

/// Finds the customer of a purchase and locks it, or makes one: by the address of the event, of an event about the
/// buyer, or by an earlier purchase of the buyer. `None` if nothing names one.
pub(super) async fn find_or_insert(
    service: &Service,
    txn: &mut WriteTxn,
    shop: &Shop,
    event: &PurchaseEvent,
) -> Result<Option<customers::Model>> {
    if event.email.is_some() {
        return by_address(txn, shop, event).await.map(Some);
    }
    let Some(buyer) = &event.buyer else { return Ok(None) };
    if let Some(named) = event_of_buyer(service, txn, shop, buyer).await? {
        return by_address(txn, shop, &named).await.map(Some);
    }
    for purchase in references::of_buyer(txn, shop.row.id, buyer, 1).await? {
        let license = licenses::Entity::find_by_id(purchase.license_id).one(txn.conn()).await?;
        if let Some(id) = license.and_then(|license| license.customer_id) {
            return match scope::lock_customer(txn, shop.actor.account, CustomerId(id)).await {
                Err(Error::NotFound) => Ok(None),
                found => found.map(Some),
            };
        }
    }
    Ok(None)
}

async fn by_address(txn: &mut WriteTxn, shop: &Shop, event: &PurchaseEvent) -> Result<customers::Model> {
    let (name, email) = (event.customer_name.as_ref(), event.email.as_ref());
    // The seller's spelling of a known customer stays.
    customer::find_or_insert(txn, &shop.actor, name, email, NameChoice::Keep).await
}

/// Returns the event that names the address of a buyer, the one that happened last.
async fn event_of_buyer(
    service: &Service,
    txn: &WriteTxn,
    shop: &Shop,
    buyer: &str,
) -> Result<Option<PurchaseEvent>> {
    let rows = shop_events::Entity::find()
        .filter(shop_events::Column::ConnectionId.eq(shop.row.id))
        .filter(shop_events::Column::Reference.eq(buyer))
        .order_by_desc(shop_events::Column::Id)
        .limit(MAX_EVENTS)
        .all(txn.conn())
        .await?;
    let mut newest: Option<PurchaseEvent> = None;
    for row in rows {
        let Some(payload) = &row.payload_sealed else { continue };
        let body = sealed::open_payload(&service.keys, row.id, payload)?;
        let named = parse_event(shop.words.provider, &body).ok();
        let named = named.filter(|it| it.kind == PurchaseKind::Buyer && it.email.is_some());
        // Not the one that came last, because events come in any order.
        let is_newer =
            |it: &PurchaseEvent| newest.as_ref().is_none_or(|known| it.occurred_at > known.occurred_at);
        if let Some(named) = named.filter(is_newer) {
            newest = Some(named);
        }
    }
    Ok(newest)
}

/// Gives the licenses of a buyer that have no customer the one of the event, and mails their keys.
pub(super) async fn attach(
    service: &Service,
    txn: &mut WriteTxn,
    shop: &Shop,
    event: &PurchaseEvent,
) -> Result<Applied> {
    let noted = || Applied::without_license(ShopOutcome::Linked, "Kept for purchases of this buyer.");
    let Some(buyer) = event.buyer.as_ref().filter(|_| event.email.is_some()) else {
        return Ok(Applied::without_license(ShopOutcome::Ignored, "It names no e-mail address."));
    };
    let purchases = references::of_buyer(txn, shop.row.id, buyer, MAX_PURCHASES).await?;
    let mut waiting = Vec::new();
    for purchase in purchases {
        let license = licenses::Entity::find_by_id(purchase.license_id).one(txn.conn()).await?;
        if license.is_some_and(|license| license.customer_id.is_none()) {
            waiting.push(LicenseId(purchase.license_id));
        }
    }
    if waiting.is_empty() {
        return Ok(noted());
    }
    // The customer is locked before the licenses, and these in the order of their ids.
    waiting.sort_unstable();
    let holder = by_address(txn, shop, event).await?;
    let product = scope::product(txn.conn(), shop.actor.account, ProductId(shop.row.product_id)).await?;
    let mut applied = noted();
    for id in waiting {
        let row = state::lock_license(txn, shop, id).await?;
        let Some(row) = row.filter(|row| row.customer_id.is_none()) else { continue };
        let key = service.keys.open_license_key(row.id, &row.key_sealed)?;
        let key = key.expose().to_owned();
        store_holder(txn, &shop.actor, row, &holder).await?;
        let note = send_key(service, txn, shop, &product, Some(&holder), (id, key)).await?;
        applied = Applied { detail: note, ..Applied::of(ShopOutcome::Linked, id) };
    }
    Ok(applied)
}
