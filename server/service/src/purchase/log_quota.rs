//! The quota of the log of events: the newest of each connection.

use domain::ShopConnectionId;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Statement,
};
use uuid::Uuid;

use crate::store::entity::{shop_connections, shop_events};
use crate::{Result, Service};

/// Events that the log of a connection keeps, with their payloads of up to 256 KiB.
pub const MAX_LOGGED_EVENTS: u64 = 10_000;

/// Rows deleted in one transaction, so that other writers do not wait long.
const ROWS_PER_TXN: u64 = 500;

/// Deletes the events of each connection beyond its `keep` newest, for a background worker. Returns their number.
/// Purchases stay, so that a repetition of a deleted event issues no second license.
///
/// # Errors
/// Returns an error if the database fails.
#[tracing::instrument(name = "purchase.prune_log", skip_all, err(level = "debug"))]
pub async fn prune_log(service: &Service, keep: u64) -> Result<u64> {
    let connections: Vec<Uuid> = shop_connections::Entity::find()
        .select_only()
        .column(shop_connections::Column::Id)
        .into_tuple()
        .all(service.store.read())
        .await?;
    let mut deleted = 0;
    for connection in connections.into_iter().map(ShopConnectionId) {
        if let Some(last) = newest_beyond(service, connection, keep).await? {
            deleted += delete_up_to(service, connection, last).await?;
        }
    }
    Ok(deleted)
}

/// Returns the newest event beyond the quota.
async fn newest_beyond(service: &Service, connection: ShopConnectionId, keep: u64) -> Result<Option<Uuid>> {
    let find = shop_events::Entity::find()
        .select_only()
        .column(shop_events::Column::Id)
        .filter(shop_events::Column::ConnectionId.eq(connection.0))
        // A range of ids, as the list of the log reads it, and so by the same index.
        .filter(shop_events::Column::Id.lt(Uuid::max()))
        .order_by_desc(shop_events::Column::Id)
        .offset(keep)
        .limit(1);
    Ok(find.into_tuple().one(service.store.read()).await?)
}

/// Deletes the events of a connection up to one. A range, because PostgreSQL may read all rows for a list of ids.
async fn delete_up_to(service: &Service, connection: ShopConnectionId, last: Uuid) -> Result<u64> {
    let sql = format!(
        "DELETE FROM shop_events WHERE connection_id = $1 AND id <= COALESCE((SELECT id FROM shop_events \
         WHERE connection_id = $1 AND id < $2 ORDER BY id LIMIT 1 OFFSET {}), $2)",
        ROWS_PER_TXN - 1
    );
    let mut deleted = 0;
    loop {
        let txn = service.begin_write().await?;
        let values = [connection.0.into(), last.into()];
        let statement = Statement::from_sql_and_values(service.store.backend(), &sql, values);
        let some = txn.conn().execute_raw(statement).await?.rows_affected();
        txn.commit().await?;
        deleted += some;
        if some < ROWS_PER_TXN {
            return Ok(deleted);
        }
    }
}
