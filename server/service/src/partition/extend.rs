//! Makes the partitions of the next months.

use sea_orm::{ConnectionTrait, Statement};
use uuid::Uuid;

use super::range::{Partition, load};
use super::{LOCK_TIMEOUT_MS, LogTable, NAME_INDEXES};
use crate::store::WriteTxn;
use crate::{Result, Service, random};

/// Months after the present one that have partitions: the job may fail for two months without a consequence.
const MONTHS_AHEAD: usize = 2;

/// Makes the partitions of the present month and of the next two, for a background worker. Returns their number.
///
/// # Errors
/// Returns an error if a transaction keeps a log in use, or the database fails.
#[tracing::instrument(name = "partition.make_ahead", skip_all, err(level = "debug"))]
pub async fn make_ahead(service: &Service) -> Result<u64> {
    let mut made = 0;
    if service.store.is_sqlite() {
        return Ok(made);
    }
    let end = (0..=MONTHS_AHEAD).fold(service.now(), |at, _| at.next_month());
    let end = random::first_id_at(end);
    for log in LogTable::ALL {
        while let Some(later) = load_later(service.store.read(), log).await?.filter(|later| later.from < end)
        {
            made += make_next(service, log, &later).await?;
        }
    }
    Ok(made)
}

/// Returns the partition of what is written after the last month.
async fn load_later(db: &impl ConnectionTrait, log: LogTable) -> Result<Option<Partition>> {
    Ok(load(db, log).await?.pop().filter(Partition::is_later))
}

/// Makes the partition of the month after the last one. Returns 0 if another node has made it.
async fn make_next(service: &Service, log: LogTable, expected: &Partition) -> Result<u64> {
    let txn = service.begin_write().await?;
    // One table alone, without its partitions: a transaction that uses it waits for no other.
    let lock = format!(
        "SET LOCAL lock_timeout = '{LOCK_TIMEOUT_MS}ms'; LOCK TABLE ONLY {} IN ACCESS EXCLUSIVE MODE",
        log.name()
    );
    txn.conn().execute_unprepared(&lock).await?;
    let mut made = 0;
    if load_later(txn.conn(), log).await?.is_some_and(|later| later == *expected) {
        let to = end(&txn, log, expected).await?;
        txn.conn().execute_unprepared(&statements(log, expected, to)).await?;
        made = 1;
    }
    txn.commit().await?;
    Ok(made)
}

/// Returns the end of the new partition: of its first month, or of the last month that has rows. They stay where they
/// are, because copying them would take too long under the lock.
async fn end(txn: &WriteTxn, log: LogTable, later: &Partition) -> Result<Uuid> {
    let first = random::time_of_id(later.from);
    let sql = format!("SELECT {key} AS id FROM {} ORDER BY {key} DESC LIMIT 1", later.name, key = log.key());
    let statement = Statement::from_string(txn.conn().get_database_backend(), sql);
    let Some(row) = txn.conn().query_one_raw(statement).await? else {
        return Ok(random::first_id_at(first.next_month()));
    };
    let newest = random::time_of_id(row.try_get("", "id")?);
    tracing::warn!(
        partition = %later.name,
        "log entries were written beyond the months with partitions; they get one of their own"
    );
    Ok(random::first_id_at(newest.max(first).next_month()))
}

/// The statements that make "later" the partition of its first month, and a new "later" after it.
fn statements(log: LogTable, later: &Partition, to: Uuid) -> String {
    let (table, Partition { name, from, .. }) = (log.name(), later);
    let month = random::time_of_id(*from).date();
    let month: Vec<&str> = month.split('-').take(2).collect();
    let month = format!("{table}_{}", month.join("_"));
    format!(
        "ALTER TABLE {table} DETACH PARTITION {name}; \
         ALTER TABLE {name} RENAME TO {month}; \
         ALTER TABLE {table} ATTACH PARTITION {month} FOR VALUES FROM ('{from}') TO ('{to}'); \
         CREATE TABLE {name} PARTITION OF {table} FOR VALUES FROM ('{to}') TO (MAXVALUE); \
         {NAME_INDEXES}"
    )
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    #[test]
    fn later_becomes_the_partition_of_its_first_month() {
        let at = |text: &str| random::first_id_at(Timestamp::parse_lenient(text).expect("a time"));
        let later = Partition { name: "audit_entries_later".into(), from: at("2027-02-01"), to: Uuid::max() };
        let sql = statements(LogTable::AuditEntries, &later, at("2027-03-01"));
        assert!(sql.contains("RENAME TO audit_entries_2027_02;"), "{sql}");
        let range =
            "FROM ('01a36e30-f800-7000-8000-000000000000') TO ('01a3fe63-0800-7000-8000-000000000000')";
        assert!(sql.contains(range), "{sql}");
    }
}
