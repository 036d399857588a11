//! Drops the partitions whose retention has ended.

use sea_orm::ConnectionTrait as _;
use uuid::Uuid;

use super::range::{Partition, load};
use super::{LOCK_TIMEOUT_MS, LogTable};
use crate::error::{is_deadlock, is_locked};
use crate::{Error, Result, Service};

/// Returns the lowest id that the retention keeps, for the end of a retention at `before`. Rows of a month are kept
/// until all of them may go, because they are dropped and not deleted.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn first_kept(service: &Service, log: LogTable, before: Uuid) -> Result<Uuid> {
    if service.store.is_sqlite() {
        return Ok(before);
    }
    let partitions = load(service.store.read(), log).await?;
    let of_end = partitions.iter().find(|partition| partition.from <= before && before < partition.to);
    // In the first partition rows are deleted one by one, up to the end of their retention.
    Ok(of_end.filter(|partition| partition.from != Uuid::nil()).map_or(before, |partition| partition.from))
}

/// Drops the partitions of months that have only ids before one. Returns whether none is left: a later call drops what
/// another transaction uses now, such as a dump.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn drop_before(service: &Service, log: LogTable, before: Uuid) -> Result<bool> {
    if service.store.is_sqlite() {
        return Ok(true);
    }
    let partitions = load(service.store.read(), log).await?;
    for Partition { name, .. } in partitions.iter().filter(|part| part.is_month() && part.to <= before) {
        let txn = service.begin_write().await?;
        let sql = format!("SET LOCAL lock_timeout = '{LOCK_TIMEOUT_MS}ms'; DROP TABLE IF EXISTS {name}");
        if let Err(error) = txn.conn().execute_unprepared(&sql).await.map_err(Error::from) {
            if is_locked(&error) || is_deadlock(&error) {
                tracing::debug!(partition = %name, "partition is in use; dropped later");
                return Ok(false);
            }
            return Err(error);
        }
        txn.commit().await?;
        tracing::info!(partition = %name, "retention: partition dropped");
    }
    Ok(true)
}
