//! What is wrong with the partitions, for `countersign doctor`.

use sea_orm::{ConnectionTrait, Statement};
use uuid::Uuid;

use super::log_table::{LogTable, database_now};
use super::range::{Partition, load};
use crate::{Result, random};

/// What is wrong with the partitions of the logs.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// The partitions of what is written after the last month that have entries.
    pub late: Vec<String>,
    /// The ranges of the present and the next month that have no partition of their own.
    pub missing: Vec<String>,
    /// The partitions that have the ids of several months.
    pub long: Vec<String>,
    /// The partitions and indexes that a statement on a whole log locks at most.
    pub locks: i64,
    /// The locks for which the server has capacity.
    pub lock_capacity: i64,
}

/// Reads what is wrong. Nothing before the logs were partitioned.
pub(crate) async fn survey(db: &impl ConnectionTrait) -> Result<Survey> {
    let present = database_now(db).await?.month_start();
    let end = random::first_id_at(present.next_month().next_month());
    let mut survey = Survey::default();
    for log in LogTable::ALL {
        if !is_partitioned(db, log).await? {
            continue;
        }
        let partitions = load(db, log).await?;
        survey.missing.extend(missing(log, &partitions, random::first_id_at(present), end));
        let of_months = partitions.iter().filter(|partition| partition.is_long());
        survey.long.extend(of_months.map(|partition| partition.name.clone()));
        if let Some(later) = partitions.into_iter().next_back().filter(Partition::is_later)
            && has_rows(db, &later.name).await?
        {
            survey.late.push(later.name);
        }
    }
    (survey.locks, survey.lock_capacity) = locks(db).await?;
    Ok(survey)
}

async fn is_partitioned(db: &impl ConnectionTrait, log: LogTable) -> Result<bool> {
    let sql = "SELECT 1 AS one FROM pg_class WHERE oid = to_regclass($1) AND relkind = 'p'";
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, [log.name().into()]);
    Ok(db.query_one_raw(statement).await?.is_some())
}

async fn has_rows(db: &impl ConnectionTrait, table: &str) -> Result<bool> {
    let sql = format!("SELECT 1 AS one FROM {table} LIMIT 1");
    Ok(db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await?.is_some())
}

/// Describes the ranges between two ids that have no month, and those after them that have no partition at all.
fn missing(log: LogTable, partitions: &[Partition], start: Uuid, end: Uuid) -> Vec<String> {
    let describe = |from: Uuid, to: Uuid| {
        let from = random::time_of_id(from).date();
        if to == Uuid::max() {
            format!("{} from {from} on", log.name())
        } else {
            format!("{} from {from} to {}", log.name(), random::time_of_id(to).date())
        }
    };
    let (mut reached, mut found) = (start, Vec::new());
    for partition in partitions {
        if partition.from > reached {
            found.push(describe(reached, partition.from));
        }
        // "Later" takes what has no month, but a month of its own is late then.
        let without_month = partition.from.max(start);
        if partition.is_later() && without_month < end {
            found.push(describe(without_month, end));
        }
        reached = reached.max(partition.to);
    }
    if reached != Uuid::max() {
        found.push(describe(reached, Uuid::max()));
    }
    found
}

/// Returns the locks of the log with most partitions and indexes, and the capacity of the server.
async fn locks(db: &impl ConnectionTrait) -> Result<(i64, i64)> {
    let sql = "SELECT COALESCE(MAX(log.locks), 0) AS locks, \
               CAST(current_setting('max_locks_per_transaction') AS bigint) \
               * (CAST(current_setting('max_connections') AS bigint) \
               + CAST(current_setting('max_prepared_transactions') AS bigint)) AS capacity FROM \
               (SELECT COUNT(DISTINCT link.inhrelid) + COUNT(i.indexrelid) AS locks FROM pg_inherits link \
               LEFT JOIN pg_index i ON i.indrelid = link.inhrelid WHERE link.inhparent IN \
               (to_regclass('audit_entries'), to_regclass('audit_changes'), to_regclass('outbox_events')) \
               GROUP BY link.inhparent) log";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    Ok(match row {
        Some(row) => (row.try_get("", "locks")?, row.try_get("", "capacity")?),
        None => (0, 0),
    })
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    #[test]
    fn present_and_next_month_have_partitions_without_a_gap() {
        let at = |text: &str| random::first_id_at(Timestamp::parse_lenient(text).expect("a time"));
        let of = |from: Uuid, to: Uuid| Partition { name: String::new(), from, to };
        let (january, february, march) = (at("2027-01-01"), at("2027-02-01"), at("2027-03-01"));
        let missing = |partitions: &[Partition]| missing(LogTable::AuditEntries, partitions, january, march);
        let first = of(Uuid::nil(), january);
        let whole = [first.clone(), of(january, february), of(february, march), of(march, Uuid::max())];
        assert!(missing(&whole).is_empty(), "{:?}", missing(&whole));
        // The retention has dropped former months.
        assert!(
            missing(&[of(Uuid::nil(), at("2026-02-01")), of(at("2026-12-01"), march), whole[3].clone()])
                .is_empty()
        );
        let gap = [first.clone(), whole[2].clone(), whole[3].clone()];
        assert_eq!(missing(&gap), ["audit_entries from 2027-01-01 to 2027-02-01"]);
        assert_eq!(missing(&whole[..3]), ["audit_entries from 2027-03-01 on"], "no later");
        let short = [first.clone(), of(january, february), of(february, Uuid::max())];
        assert_eq!(missing(&short), ["audit_entries from 2027-02-01 to 2027-03-01"]);
        let none = [first, of(january, Uuid::max())];
        assert_eq!(missing(&none), ["audit_entries from 2027-01-01 to 2027-03-01"]);
    }
}
