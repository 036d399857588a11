//! Makes the partitions of the next months, and those that are missing.

use sea_orm::ConnectionTrait as _;
use uuid::Uuid;

use super::create::{create, free_name, later_name, lock};
use super::later::make_next;
use super::log_table::{LogTable, database_now};
use super::range::{first_gap, load};
use crate::{Result, Service, random};

/// Months after the present one that have partitions: the job may fail for two months without a consequence.
const MONTHS_AHEAD: u64 = 2;

/// Partitions of each log that one call makes. A clock that is years ahead then makes a few too many, not hundreds.
const MADE_PER_LOG: u64 = MONTHS_AHEAD + 1;

/// Makes the partitions of the present month and of the next two, for a background worker, and those of the present or
/// a later time that are missing. Returns their number.
///
/// # Errors
/// Returns an error if a transaction keeps a log in use, or the database fails. The other logs get theirs nevertheless.
#[tracing::instrument(name = "partition.make_ahead", skip_all, err(level = "debug"))]
pub async fn make_ahead(service: &Service) -> Result<u64> {
    if service.store.is_sqlite() {
        return Ok(0);
    }
    let end = (0..=MONTHS_AHEAD).fold(service.now(), |at, _| at.next_month());
    let (mut made, mut failure) = (0, None);
    for log in LogTable::ALL {
        match extend(service, log, random::first_id_at(end)).await {
            Ok(some) => made += some,
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    failure.map_or(Ok(made), Err)
}

/// Makes the partitions of one log up to an end. Returns their number.
async fn extend(service: &Service, log: LogTable, end: Uuid) -> Result<u64> {
    let now = database_now(service.store.read()).await?;
    // The retention has dropped former months, and nothing is written to them.
    let present = random::first_id_at(now.month_start());
    let mut made = 0;
    while made < MADE_PER_LOG {
        let mut partitions = load(service.store.read(), log).await?;
        let some = if let Some(gap) = first_gap(&partitions, present) {
            fill(service, log, gap).await?
        } else {
            let later = partitions.pop().filter(|later| later.is_later() && later.from < end);
            let Some(later) = later else { return Ok(made) };
            make_next(service, log, &later, now).await?
        };
        // Another node makes them.
        if some == 0 {
            break;
        }
        made += some;
    }
    Ok(made)
}

/// Makes the first partition of a range that has none: a month, or "later". Returns 0 if another node has made it.
async fn fill(service: &Service, log: LogTable, gap: (Uuid, Uuid)) -> Result<u64> {
    let txn = lock(service, log).await?;
    let mut made = 0;
    if first_gap(&load(txn.conn(), log).await?, gap.0) == Some(gap) {
        let (from, end) = gap;
        let month_end = random::first_id_at(random::time_of_id(from).next_month());
        // Times end with the year 9999, ids some centuries later.
        let to = if from < month_end && end != Uuid::max() { end.min(month_end) } else { end };
        let name = if to == Uuid::max() { later_name(log) } else { free_name(txn.conn(), log, from).await? };
        txn.conn().execute_unprepared(&create(log, &name, from, to)).await?;
        tracing::warn!(
            partition = %name,
            "a missing partition of a log is made; entries of its time may have been refused"
        );
        made = 1;
    }
    txn.commit().await?;
    Ok(made)
}
