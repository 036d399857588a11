//! Makes "later" the partition of the month after the last one.

use domain::Timestamp;
use sea_orm::{ConnectionTrait as _, Statement};
use uuid::Uuid;

use super::create::{create, free_name, lock};
use super::log_table::{LOCK_TIMEOUT_MS, LogTable};
use super::range::{Partition, load};
use crate::store::ALLOW_SEQ_SCANS;
use crate::{Result, Service, random};

/// Makes the partition of the month after the last one. Returns 0 if another node has made it.
pub(super) async fn make_next(
    service: &Service,
    log: LogTable,
    later: &Partition,
    now: Timestamp,
) -> Result<u64> {
    let newest = newest_id(service, log, later).await?;
    // Only the highest of all ids leaves no end, and it is of no clock.
    let Some(to) = end(later, newest, now) else { return Ok(0) };
    if newest.is_none() {
        return attach(service, log, later, to).await;
    }
    tracing::warn!(
        partition = %later.name,
        "log entries were written beyond the months with partitions; they get one of their own"
    );
    let made = match prove_range(service, log, later, to).await {
        Ok(()) => attach(service, log, later, to).await,
        Err(error) => Err(error),
    };
    if made.is_err() {
        // Until the next round, the limit would refuse entries of a clock that is far ahead.
        let _ = run(service, &forget_range(log, later)).await;
    }
    made
}

/// Returns the highest id in "later". No index begins with it, so all rows are read, while nodes write.
async fn newest_id(service: &Service, log: LogTable, later: &Partition) -> Result<Option<Uuid>> {
    let txn = service.begin_write().await?;
    txn.conn().execute_unprepared(ALLOW_SEQ_SCANS).await?;
    let sql = format!("SELECT {key} AS id FROM {} ORDER BY {key} DESC LIMIT 1", later.name, key = log.key());
    let row = txn.conn().query_one_raw(Statement::from_string(service.store.backend(), sql)).await?;
    let newest = row.map(|row| row.try_get("", "id")).transpose()?;
    txn.commit().await?;
    Ok(newest)
}

/// Returns the end of the new partition: of its first month, or of the last month that has rows. They stay where they
/// are, because copying them would take too long under the lock. What is written meanwhile has a place in it too.
fn end(later: &Partition, newest: Option<Uuid>, now: Timestamp) -> Option<Uuid> {
    let first = random::time_of_id(later.from);
    let Some(newest) = newest else { return Some(random::first_id_at(first.next_month())) };
    let last = random::time_of_id(newest).max(first).max(now.plus_days(1));
    let to = random::first_id_at(last.next_month());
    if to > newest {
        return Some(to);
    }
    // Times end with the year 9999, ids some centuries later.
    newest.as_u128().checked_add(1).map(Uuid::from_u128).filter(|to| *to != Uuid::max())
}

/// Limits "later" to the range of the new partition, and reads its rows while nodes write. Under the lock PostgreSQL
/// then reads none.
async fn prove_range(service: &Service, log: LogTable, later: &Partition, to: Uuid) -> Result<()> {
    let (Partition { name, from, .. }, key) = (later, log.key());
    let constraint = constraint(log);
    run(
        service,
        &format!(
            "SET LOCAL lock_timeout = '{LOCK_TIMEOUT_MS}ms'; \
             ALTER TABLE {name} DROP CONSTRAINT IF EXISTS {constraint}; \
             ALTER TABLE {name} ADD CONSTRAINT {constraint} CHECK ({key} >= '{from}' AND {key} < '{to}') NOT VALID"
        ),
    )
    .await?;
    run(service, &format!("{ALLOW_SEQ_SCANS}; ALTER TABLE {name} VALIDATE CONSTRAINT {constraint}")).await
}

/// The name of the limit of "later" while it becomes a month.
fn constraint(log: LogTable) -> String {
    format!("ck_{}_range", log.name())
}

fn forget_range(log: LogTable, later: &Partition) -> String {
    format!("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {}", later.name, constraint(log))
}

async fn run(service: &Service, sql: &str) -> Result<()> {
    let txn = service.begin_write().await?;
    txn.conn().execute_unprepared(sql).await?;
    txn.commit().await
}

/// Attaches "later" as a month. Returns 0 if another node has done it.
async fn attach(service: &Service, log: LogTable, expected: &Partition, to: Uuid) -> Result<u64> {
    let txn = lock(service, log).await?;
    let mut made = 0;
    if load(txn.conn(), log).await?.last() == Some(expected) {
        let month = free_name(txn.conn(), log, expected.from).await?;
        txn.conn().execute_unprepared(&statements(log, expected, &month, to)).await?;
        made = 1;
    }
    txn.commit().await?;
    Ok(made)
}

/// The statements that make "later" the partition of its first month, and a new "later" after it.
fn statements(log: LogTable, later: &Partition, month: &str, to: Uuid) -> String {
    let (table, Partition { name, from, .. }) = (log.name(), later);
    format!(
        "ALTER TABLE {table} DETACH PARTITION {name}; \
         ALTER TABLE {name} RENAME TO {month}; \
         ALTER TABLE {table} ATTACH PARTITION {month} FOR VALUES FROM ('{from}') TO ('{to}'); \
         ALTER TABLE {month} DROP CONSTRAINT IF EXISTS {}; {}",
        constraint(log),
        create(log, name, to, Uuid::max())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        Timestamp::parse_lenient(text).expect("a time")
    }

    fn at(text: &str) -> Uuid {
        random::first_id_at(time(text))
    }

    fn later() -> Partition {
        Partition { name: "audit_entries_later".into(), from: at("2027-02-01"), to: Uuid::max() }
    }

    #[test]
    fn later_becomes_the_partition_of_its_first_month() {
        let sql = statements(LogTable::AuditEntries, &later(), "audit_entries_2027_02", at("2027-03-01"));
        assert!(sql.contains("RENAME TO audit_entries_2027_02;"), "{sql}");
        let range =
            "FROM ('01a36e30-f800-7000-8000-000000000000') TO ('01a3fe63-0800-7000-8000-000000000000')";
        assert!(sql.contains(range), "{sql}");
    }

    #[test]
    fn new_partition_ends_after_its_rows_and_after_the_present() {
        let ends = |newest: Option<Uuid>, now: &str| end(&later(), newest, time(now));
        assert_eq!(ends(None, "2027-07-01"), Some(at("2027-03-01")), "without rows one month");
        assert_eq!(ends(Some(at("2027-02-03")), "2027-01-05"), Some(at("2027-03-01")));
        assert_eq!(ends(Some(at("2027-08-03")), "2027-01-05"), Some(at("2027-09-01")));
        assert_eq!(ends(Some(at("2027-02-03")), "2027-04-05"), Some(at("2027-05-01")));
        assert_eq!(
            ends(Some(at("2027-02-03")), "2027-04-30T12:00:00Z"),
            Some(at("2027-06-01")),
            "a month ends"
        );
        let beyond = Uuid::from_u128(0xf000_0000_0000_7000_8000_0000_0000_0000);
        assert_eq!(ends(Some(beyond), "2027-01-05"), Some(Uuid::from_u128(beyond.as_u128() + 1)));
        assert_eq!(ends(Some(Uuid::max()), "2027-01-05"), None);
    }
}
