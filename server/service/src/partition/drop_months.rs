//! Drops the partitions whose retention has ended.

use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::ConnectionTrait as _;
use uuid::Uuid;

use super::log_table::{LOCK_TIMEOUT_MS, LogTable, database_now};
use super::range::{Partition, load};
use crate::error::{is_deadlock, is_locked};
use crate::{Error, Result, Service, random};

/// The milliseconds that a drop waits for an autovacuum of its partition, longer than `deadlock_timeout` of PostgreSQL,
/// which is 1 s: then PostgreSQL cancels the autovacuum.
const VACUUM_TIMEOUT_MS: u32 = 2_000;

/// Rounds in which a partition is in use before an operator should know.
const ROUNDS_IN_USE: u32 = 3;

/// Rounds since the last drop in which a partition was in use, for the log alone.
static IN_USE: AtomicU32 = AtomicU32::new(0);

/// Returns the lowest id that the retention keeps, for the end of a retention at `before`. Rows of a month are kept
/// until all of them may go, because they are dropped and not deleted.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn first_kept(service: &Service, log: LogTable, before: Uuid) -> Result<Uuid> {
    if service.store.is_sqlite() {
        return Ok(before);
    }
    let limit = limit(service, before).await?;
    let partitions = load(service.store.read(), log).await?;
    Ok(match partitions.iter().find(|partition| partition.from <= limit && limit < partition.to) {
        // Rows are deleted one by one, up to the end of their retention.
        Some(first) if first.is_first() && before < first.to => before,
        Some(of_end) if !of_end.is_by_rows() => of_end.from,
        _ => limit,
    })
}

/// Returns an end of the retention that is not after the present of the database. The leader's clock may be ahead: what
/// nodes write now must have a partition.
async fn limit(service: &Service, before: Uuid) -> Result<Uuid> {
    let now = database_now(service.store.read()).await?;
    Ok(before.min(random::first_id_at(now)))
}

/// Returns the tables whose rows are deleted one by one. Other months are dropped.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn by_rows(service: &Service, log: LogTable) -> Result<Vec<String>> {
    if service.store.is_sqlite() {
        return Ok(vec![log.name().to_owned()]);
    }
    let partitions = load(service.store.read(), log).await?;
    Ok(partitions.into_iter().filter(Partition::is_by_rows).map(|partition| partition.name).collect())
}

/// Drops the partitions of months that have only ids before one. Returns whether none is left: a later call drops what
/// another transaction uses now, such as a dump.
///
/// # Errors
/// Returns an error if the database fails. Other months are dropped nevertheless.
pub(crate) async fn drop_before(service: &Service, log: LogTable, before: Uuid) -> Result<bool> {
    if service.store.is_sqlite() {
        return Ok(true);
    }
    let limit = limit(service, before).await?;
    let partitions = load(service.store.read(), log).await?;
    let mut failure: Option<Error> = None;
    for Partition { name, .. } in partitions.iter().filter(|part| part.is_month() && part.to <= limit) {
        match drop_one(service, name).await {
            Ok(()) => {
                IN_USE.store(0, Ordering::Relaxed);
                tracing::info!(partition = %name, "retention: partition dropped");
            }
            Err(error) if is_locked(&error) || is_deadlock(&error) => {
                report_in_use(name);
                return failure.map_or(Ok(false), Err);
            }
            Err(error @ Error::Unavailable(_)) => return Err(error),
            // Such as a view of an operator that reads the partition.
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    failure.map_or(Ok(true), Err)
}

/// Drops one partition. The first lock is that of an autovacuum, for which readers and writers do not wait. The drop
/// then waits only for those, with the whole table locked.
async fn drop_one(service: &Service, name: &str) -> Result<()> {
    let txn = service.begin_write().await?;
    let sql = format!(
        "SET LOCAL lock_timeout = '{VACUUM_TIMEOUT_MS}ms'; LOCK TABLE ONLY {name} IN SHARE UPDATE EXCLUSIVE MODE; \
         SET LOCAL lock_timeout = '{LOCK_TIMEOUT_MS}ms'; DROP TABLE {name}"
    );
    txn.conn().execute_unprepared(&sql).await?;
    txn.commit().await
}

fn report_in_use(name: &str) {
    let rounds = IN_USE.fetch_add(1, Ordering::Relaxed).saturating_add(1);
    if rounds < ROUNDS_IN_USE {
        tracing::debug!(partition = %name, "partition is in use; dropped later");
    } else {
        tracing::info!(partition = %name, rounds, "retention: partition is in use again; dropped later");
    }
}
