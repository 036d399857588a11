//! The quotas of the log of events: the newest of each connection, and the deferred ones.

use domain::ShopConnectionId;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Statement,
};
use uuid::Uuid;

use crate::store::WriteTxn;
use crate::store::entity::{shop_connections, shop_events};
use crate::{Result, Service};

/// Events that the log of a connection keeps, with their payloads of up to 256 KiB. Deferred ones have a bound of their
/// own: the provider has the answer that they are taken.
pub const MAX_LOGGED_EVENTS: u64 = 10_000;

/// Deferred events of a connection. Further ones are refused, and the provider sends them again.
pub const MAX_DEFERRED_EVENTS: u64 = 100_000;

/// Rows deleted in one transaction, so that other writers do not wait long.
const ROWS_PER_TXN: u64 = 500;

/// Connections whose ids are read at once.
const CONNECTIONS_PER_PAGE: u64 = 100;

/// Returns whether a connection has as many deferred events as it may have. The connection must be locked.
pub(super) async fn is_backlog_full(txn: &WriteTxn, id: ShopConnectionId) -> Result<bool> {
    let sql = format!(
        "SELECT id FROM shop_events WHERE connection_id = $1 AND outcome = 'deferred' ORDER BY id LIMIT 1 OFFSET {}",
        MAX_DEFERRED_EVENTS - 1
    );
    let backend = txn.conn().get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, [id.0.into()]);
    Ok(txn.conn().query_one_raw(statement).await?.is_some())
}

/// Deletes the events of each connection beyond its `keep` newest, for a background worker. Returns their number.
/// Deferred events stay until they are applied. Purchases stay, so that a repetition of a deleted event issues no second
/// license.
///
/// # Errors
/// Returns an error if the database fails.
#[tracing::instrument(name = "purchase.prune_log", skip_all, err(level = "debug"))]
pub async fn prune_log(service: &Service, keep: u64) -> Result<u64> {
    let (mut deleted, mut last) = (0, Uuid::nil());
    loop {
        let connections: Vec<Uuid> = shop_connections::Entity::find()
            .select_only()
            .column(shop_connections::Column::Id)
            .filter(shop_connections::Column::Id.gt(last))
            .order_by_asc(shop_connections::Column::Id)
            .limit(CONNECTIONS_PER_PAGE)
            .into_tuple()
            .all(service.store.read())
            .await?;
        let Some(newest) = connections.last() else { return Ok(deleted) };
        last = *newest;
        for connection in connections.into_iter().map(ShopConnectionId) {
            deleted += prune_connection(service, connection, keep).await?;
        }
    }
}

async fn prune_connection(service: &Service, connection: ShopConnectionId, keep: u64) -> Result<u64> {
    if newest_beyond(service, connection, keep).await?.is_none() {
        return Ok(0);
    }
    // Of so many more, at least `keep` are not deferred.
    let deferred = count_deferred(service, connection).await?;
    match newest_beyond(service, connection, keep.saturating_add(deferred)).await? {
        Some(last) => delete_up_to(service, connection, last).await,
        None => Ok(0),
    }
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

/// Counts the deferred events of a connection, of which there are at most [`MAX_DEFERRED_EVENTS`].
async fn count_deferred(service: &Service, connection: ShopConnectionId) -> Result<u64> {
    let sql =
        "SELECT COUNT(*) AS deferred FROM shop_events WHERE connection_id = $1 AND outcome = 'deferred'";
    let statement = Statement::from_sql_and_values(service.store.backend(), sql, [connection.0.into()]);
    let Some(row) = service.store.read().query_one_raw(statement).await? else { return Ok(0) };
    let count: i64 = row.try_get("", "deferred")?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Deletes the events of a connection up to one, but no deferred ones. Ranges, because PostgreSQL may read all rows for
/// a list of ids.
async fn delete_up_to(service: &Service, connection: ShopConnectionId, last: Uuid) -> Result<u64> {
    let (mut deleted, mut after) = (0, Uuid::nil());
    while after < last {
        let end = end_of_batch(service, connection, after, last).await?;
        let txn = service.begin_write().await?;
        let statement = Statement::from_sql_and_values(
            service.store.backend(),
            "DELETE FROM shop_events WHERE connection_id = $1 AND id > $2 AND id <= $3 AND outcome <> 'deferred'",
            [connection.0.into(), after.into(), end.into()],
        );
        deleted += txn.conn().execute_raw(statement).await?.rows_affected();
        txn.commit().await?;
        after = end;
    }
    Ok(deleted)
}

/// Returns the last event of a batch of a connection's events after one, or `last` if it is in the batch.
async fn end_of_batch(
    service: &Service,
    connection: ShopConnectionId,
    after: Uuid,
    last: Uuid,
) -> Result<Uuid> {
    let find = shop_events::Entity::find()
        .select_only()
        .column(shop_events::Column::Id)
        .filter(shop_events::Column::ConnectionId.eq(connection.0))
        .filter(shop_events::Column::Id.gt(after))
        .filter(shop_events::Column::Id.lt(last))
        .order_by_asc(shop_events::Column::Id)
        .offset(ROWS_PER_TXN - 1)
        .limit(1);
    Ok(find.into_tuple().one(service.store.read()).await?.unwrap_or(last))
}
