//! Receives an event of a shop.

use data_encoding::HEXLOWER;
use domain::purchase::{
    PurchaseEvent, PurchaseKind, ShopOutcome, ShopProvider, ShopSecret, parse_event, unreadable_event,
};
use domain::{AccountId, ShopConnectionId, Timestamp};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::apply::apply;
use super::log_quota::is_backlog_full;
use super::shop::{Applied, Shop};
use super::{sealed, signature};
use crate::account::suspension::is_suspended;
use crate::store::WriteTxn;
use crate::store::entity::{shop_connections, shop_events};
use crate::{Error, Result, Service, new_id};

/// Events of a reference that are looked through for those that wait.
const MAX_WAITING: u64 = 50;

/// The answer to an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// It was logged with this outcome.
    Applied(ShopOutcome),
    /// It had been applied before. Nothing was done.
    Repeated,
    /// There is no such connection of this provider.
    UnknownConnection,
    /// The signature is missing, wrong or too old, or the connection has no secret yet.
    BadSignature,
    /// The seller is suspended, and too many events wait for the reinstatement. Nothing was done.
    BacklogFull,
}

/// Returns whether a shop of this provider is connected under an id, before the body of an event is read.
///
/// # Errors
/// Returns an error if the database fails.
#[tracing::instrument(name = "purchase.is_connected", skip_all, fields(connection = %id), err(level = "debug"))]
pub async fn is_connected(service: &Service, provider: ShopProvider, id: ShopConnectionId) -> Result<bool> {
    let found: Option<String> = shop_connections::Entity::find_by_id(id.0)
        .select_only()
        .column(shop_connections::Column::Provider)
        .into_tuple()
        .one(service.store.read())
        .await?;
    Ok(found.is_some_and(|word| word == provider.as_str()))
}

/// Checks the signature of an event, applies it once, and logs it. `signature` is the header of the provider's scheme.
/// The change and the log commit together, before this returns. An event of a suspended seller is logged, and applied
/// after the reinstatement: some providers repeat a refused event for days, others for minutes.
///
/// # Errors
/// Returns an error if the database fails. Nothing was done then, and the provider sends the event again.
#[tracing::instrument(name = "purchase.receive", skip_all, fields(connection = %id), err(level = "debug"))]
pub async fn receive(
    service: &Service,
    provider: ShopProvider,
    id: ShopConnectionId,
    signature: Option<&str>,
    body: &[u8],
) -> Result<Received> {
    let db = service.store.read();
    let found = shop_connections::Entity::find_by_id(id.0).one(db).await?;
    let Some(row) = found.filter(|row| row.provider == provider.as_str()) else {
        return Ok(Received::UnknownConnection);
    };
    let now = service.now();
    let secrets =
        [sealed::open_secret(&service.keys, &row)?, sealed::open_former_secret(&service.keys, &row, now)];
    let is_signed = |secret: &ShopSecret| signature::is_valid(provider, secret, signature, body, now);
    if !secrets.iter().flatten().any(is_signed) {
        return Ok(Received::BadSignature);
    }
    let account = AccountId(row.account_id);
    let is_deferred = is_suspended(db, account).await?;
    let event = read_event(provider, body, now);
    let mut txn = service.begin_write().await?;
    let shop = match Shop::lock(&txn, account, id).await {
        // It was deleted since.
        Err(Error::NotFound) => return Ok(Received::UnknownConnection),
        shop => shop?,
    };
    let event_id = event.id.clone().unwrap_or_else(|| digest_id(&event, body));
    if is_known(&txn, &shop, &event_id).await? {
        return Ok(Received::Repeated);
    }
    if is_deferred && is_backlog_full(&txn, id).await? {
        return Ok(Received::BacklogFull);
    }
    let applied = if is_deferred {
        let detail = "The operator has suspended the account. The event is applied after the reinstatement.";
        Applied::without_license(ShopOutcome::Deferred, detail)
    } else {
        apply(service, &mut txn, &shop, &event).await?
    };
    let entry = new_id();
    let row = shop_events::Model {
        id: entry,
        account_id: account.0,
        connection_id: id.0,
        event_id,
        name: event.name.clone(),
        reference: event.references.first().cloned(),
        payload_sealed: Some(sealed::seal_payload(&service.keys, entry, body)?),
        outcome: applied.outcome.as_str().to_owned(),
        detail: applied.detail,
        license_id: applied.license.map(|license| license.0),
        occurred_at: event.occurred_at.millis(),
        updated_at: txn.now().millis(),
        is_test: event.is_test,
    };
    let insert = row.into_active_model().reset_all();
    shop_events::Entity::insert(insert).exec_without_returning(txn.conn()).await?;
    apply_waiting(service, &mut txn, &shop, &event, applied.outcome).await?;
    txn.commit().await?;
    Ok(Received::Applied(applied.outcome))
}

/// Reads the body of an event. One that cannot be read is logged with the reason: the provider would send it again in
/// vain, and disable the receiver.
fn read_event(provider: ShopProvider, body: &[u8], received_at: Timestamp) -> PurchaseEvent {
    parse_event(provider, body).unwrap_or_else(|error| unreadable_event(provider, body, error, received_at))
}

/// Returns the id of an event whose provider gives none: its name and the digest of its body.
fn digest_id(event: &PurchaseEvent, body: &[u8]) -> String {
    let name: String = event.name.chars().take(64).collect();
    format!("{name}:{}", HEXLOWER.encode(Sha256::digest(body).as_ref()))
}

/// Returns whether the connection has logged an event. Its lock keeps two requests from logging one.
async fn is_known(txn: &WriteTxn, shop: &Shop, event_id: &str) -> Result<bool> {
    let found: Option<Uuid> = shop_events::Entity::find()
        .select_only()
        .column(shop_events::Column::Id)
        .filter(shop_events::Column::ConnectionId.eq(shop.row.id))
        .filter(shop_events::Column::EventId.eq(event_id))
        .into_tuple()
        .one(txn.conn())
        .await?;
    Ok(found.is_some())
}

/// Applies the events that came before their purchase, in the order in which they happened. An event that is applied
/// may add a reference, by which others are found.
pub(super) async fn apply_waiting(
    service: &Service,
    txn: &mut WriteTxn,
    shop: &Shop,
    event: &PurchaseEvent,
    outcome: ShopOutcome,
) -> Result<()> {
    if outcome.can_repeat() || event.kind == PurchaseKind::Buyer {
        return Ok(());
    }
    let (mut wanted, mut seen) = (event.references.clone(), Vec::new());
    while !wanted.is_empty() {
        let mut waiting = Vec::new();
        for reference in &wanted {
            waiting.extend(waiting_for(txn, shop, reference).await?);
        }
        waiting.sort_by_key(|row| (row.occurred_at, row.id));
        seen.append(&mut wanted);
        for row in waiting {
            let Some((_, again)) = apply_again(service, txn, shop, row).await? else { continue };
            for reference in again.references {
                // Once: the events that are found by it are applied once.
                if !seen.contains(&reference) && !wanted.contains(&reference) {
                    wanted.push(reference);
                }
            }
        }
    }
    Ok(())
}

/// Returns the events that wait for a reference.
async fn waiting_for(txn: &WriteTxn, shop: &Shop, reference: &str) -> Result<Vec<shop_events::Model>> {
    let mut rows = shop_events::Entity::find()
        .filter(shop_events::Column::ConnectionId.eq(shop.row.id))
        .filter(shop_events::Column::Reference.eq(reference))
        .order_by_desc(shop_events::Column::Id)
        .limit(MAX_WAITING)
        .all(txn.conn())
        .await?;
    // Here, because the index by outcome would be read to its end.
    rows.retain(|row| row.outcome == ShopOutcome::Waiting.as_str());
    Ok(rows)
}

/// Applies an event of the log and stores the outcome. Returns both; `None` if the payload was erased.
pub(super) async fn apply_again(
    service: &Service,
    txn: &mut WriteTxn,
    shop: &Shop,
    row: shop_events::Model,
) -> Result<Option<(Applied, PurchaseEvent)>> {
    let Some(payload) = &row.payload_sealed else { return Ok(None) };
    let body = sealed::open_payload(&service.keys, row.id, payload)?;
    let event = read_event(shop.words.provider, &body, Timestamp::from_millis(row.occurred_at));
    let applied = apply(service, txn, shop, &event).await?;
    let mut update = describe(txn, shop, row, &event).await?;
    applied.outcome.as_str().clone_into(&mut update.outcome);
    update.detail.clone_from(&applied.detail);
    update.license_id = applied.license.map(|license| license.0);
    update.updated_at = txn.now().millis();
    shop_events::Entity::update(update.into_active_model().reset_all()).exec(txn.conn()).await?;
    Ok(Some((applied, event)))
}

/// Sets what an event tells of itself. An earlier version may have been unable to read it: then the reference lacks by
/// which others find it, and the id by which the provider's repetition of it is known.
async fn describe(
    txn: &WriteTxn,
    shop: &Shop,
    row: shop_events::Model,
    event: &PurchaseEvent,
) -> Result<shop_events::Model> {
    let mut described = row;
    if let Some(id) = event.id.as_ref().filter(|&id| *id != described.event_id) {
        // Another entry has the id if the provider has sent the event again meanwhile.
        if !is_known(txn, shop, id).await? {
            described.event_id.clone_from(id);
        }
    }
    described.name.clone_from(&event.name);
    described.reference = event.references.first().cloned();
    described.occurred_at = event.occurred_at.millis();
    described.is_test = event.is_test;
    Ok(described)
}
