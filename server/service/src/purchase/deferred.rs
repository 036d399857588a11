//! Applies the events that came while the operator had suspended their seller.

use domain::purchase::ShopOutcome;
use domain::{AccountId, ShopConnectionId, ShopEventId};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Statement,
};
use uuid::Uuid;

use super::receive::{apply_again, apply_waiting};
use super::scope;
use super::shop::Shop;
use crate::account::suspension::is_suspended;
use crate::store::entity::shop_events;
use crate::{Error, Result, Service};

/// Events whose ids are read at once.
const BATCH: u64 = 100;

/// Connections with deferred events whose seller is not suspended. Sub-queries, so that each is one look-up.
const CONNECTIONS: &str = "SELECT c.account_id, c.id FROM shop_connections AS c \
     WHERE (SELECT 1 FROM accounts AS a WHERE a.id = c.account_id AND a.suspended_at IS NULL) IS NOT NULL \
     AND (SELECT 1 FROM shop_events AS e WHERE e.connection_id = c.id AND e.outcome = 'deferred' LIMIT 1) IS NOT NULL \
     ORDER BY c.id";

/// Applies the deferred events of sellers that were reinstated, in the order in which they came. Each has a
/// transaction of its own, under the lock of its connection. Returns the number of events.
///
/// # Errors
/// Returns the first error. The events of other connections are applied all the same.
#[tracing::instrument(name = "purchase.apply_deferred", skip_all, err(level = "debug"))]
pub async fn apply_deferred(service: &Service) -> Result<u64> {
    let statement = Statement::from_string(service.store.backend(), CONNECTIONS);
    let rows = service.store.read().query_all_raw(statement).await?;
    let (mut applied, mut failure) = (0, None);
    for row in rows {
        let account = AccountId(row.try_get("", "account_id")?);
        let connection = ShopConnectionId(row.try_get("", "id")?);
        match apply_of_connection(service, account, connection).await {
            Ok(count) => applied += count,
            // Deleted meanwhile.
            Err(Error::NotFound) => {}
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    failure.map_or(Ok(applied), Err)
}

async fn apply_of_connection(
    service: &Service,
    account: AccountId,
    connection: ShopConnectionId,
) -> Result<u64> {
    let (mut applied, mut last) = (0, Uuid::nil());
    loop {
        let ids = deferred_after(service, connection, last).await?;
        let Some(newest) = ids.last() else { return Ok(applied) };
        last = *newest;
        for id in ids {
            // In a box, because the future is large.
            if Box::pin(apply_one(service, account, connection, ShopEventId(id))).await? {
                applied += 1;
            }
        }
    }
}

/// Returns the deferred events of a connection after one.
async fn deferred_after(service: &Service, connection: ShopConnectionId, last: Uuid) -> Result<Vec<Uuid>> {
    let find = shop_events::Entity::find()
        .select_only()
        .column(shop_events::Column::Id)
        .filter(shop_events::Column::ConnectionId.eq(connection.0))
        .filter(shop_events::Column::Outcome.eq(ShopOutcome::Deferred.as_str()))
        .filter(shop_events::Column::Id.gt(last))
        .order_by_asc(shop_events::Column::Id)
        .limit(BATCH);
    Ok(find.into_tuple().all(service.store.read()).await?)
}

/// Applies an event, unless another process has done so or the seller is suspended again.
async fn apply_one(
    service: &Service,
    account: AccountId,
    connection: ShopConnectionId,
    id: ShopEventId,
) -> Result<bool> {
    let mut txn = service.begin_write().await?;
    let shop = Shop::lock(&txn, account, connection).await?;
    let row = match scope::event(txn.conn(), account, id).await {
        // The retention has deleted it.
        Err(Error::NotFound) => return Ok(false),
        row => row?,
    };
    let is_left = row.outcome == ShopOutcome::Deferred.as_str();
    if !is_left || is_suspended(txn.conn(), account).await? {
        return Ok(false);
    }
    if row.payload_sealed.is_none() {
        let mut update = row;
        ShopOutcome::Ignored.as_str().clone_into(&mut update.outcome);
        update.detail = Some("The payload was erased with its customer.".to_owned());
        update.updated_at = txn.now().millis();
        shop_events::Entity::update(update.into_active_model().reset_all()).exec(txn.conn()).await?;
    } else if let Some((applied, event)) = apply_again(service, &mut txn, &shop, row).await? {
        apply_waiting(service, &mut txn, &shop, &event, applied.outcome).await?;
    }
    txn.commit().await?;
    Ok(true)
}
