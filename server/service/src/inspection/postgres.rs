//! Version, durability settings and clock of PostgreSQL.

use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseBackend, DatabaseConnection, Statement,
};

use crate::{Clock, Error, Result, partition};

/// Longest wait for a connection. An operator waits for it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest statement in milliseconds, and longest wait for a lock: an upgrade may hold locks for long.
const STATEMENT_TIMEOUT: &str = "5000";
const LOCK_TIMEOUT: &str = "3000";

/// One statement, so that the clock is read once. Times are in milliseconds.
const STATE_SQL: &str = "SELECT current_setting('server_version') AS version, \
     CAST(current_setting('server_version_num') AS bigint) AS version_number, \
     current_setting('synchronous_commit') AS synchronous_commit, current_setting('fsync') AS fsync, \
     current_setting('full_page_writes') AS full_page_writes, pg_is_in_recovery() AS is_standby, \
     pg_database_size(current_database()) AS bytes, \
     current_setting('default_transaction_read_only') = 'on' \
     OR (current_setting('lock_timeout') = '1s' AND current_setting('enable_seqscan') = 'off' \
     AND current_setting('idle_in_transaction_session_timeout') = '5s' \
     AND current_setting('statement_timeout') = '10s') AS keeps_settings, \
     (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now";

/// The state of a PostgreSQL server, as a connection to the database has it.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, not a part of one state")]
pub struct PostgresState {
    /// The version as text.
    pub version: String,
    /// The version as a number, such as `150_004` for 15.4.
    pub version_number: i64,
    /// The setting `synchronous_commit`.
    pub synchronous_commit: String,
    /// Whether the setting `fsync` is on.
    pub fsync: bool,
    /// Whether the setting `full_page_writes` is on.
    pub full_page_writes: bool,
    /// Whether the server is a standby, which takes no writes.
    pub is_standby: bool,
    /// Whether the settings of this connection are in force, or the role has those of the server. A pooler
    /// may drop the former.
    pub keeps_settings: bool,
    /// The partitions of logs that have entries beyond the months which were made ahead.
    pub late_partitions: Vec<String>,
    /// The ranges of logs from the present month to the end of the next one that have no month, and those from then on
    /// that have no partition at all.
    pub missing_partitions: Vec<String>,
    /// The partitions of logs that have several months.
    pub long_partitions: Vec<String>,
    /// The locks that a statement on all partitions of a log takes.
    pub partition_locks: i64,
    /// The locks for which the server has capacity.
    pub lock_capacity: i64,
    /// The size of the database in bytes.
    pub bytes: u64,
    /// How far the clock of this machine is ahead of the database's, in milliseconds.
    pub clock_skew_ms: i64,
}

/// Connects. The connection writes nothing, because all its transactions are read-only.
pub(super) async fn connect(url: &str) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(1)
        .connect_timeout(CONNECT_TIMEOUT)
        .acquire_timeout(CONNECT_TIMEOUT)
        .sqlx_logging(false)
        .map_sqlx_postgres_opts(|options| {
            options.application_name("countersign-doctor").options([
                ("default_transaction_read_only", "on"),
                ("statement_timeout", STATEMENT_TIMEOUT),
                ("lock_timeout", LOCK_TIMEOUT),
            ])
        });
    Ok(Database::connect(options).await?)
}

pub(super) async fn read(db: &DatabaseConnection) -> Result<PostgresState> {
    let statement = || Statement::from_string(DatabaseBackend::Postgres, STATE_SQL);
    // The first round also plans the statement, which would count as skew.
    db.query_one_raw(statement()).await?;
    let sent_at = Clock::System.now();
    let row = db.query_one_raw(statement()).await?;
    let received_at = Clock::System.now();
    let row = row.ok_or_else(|| Error::Internal("PostgreSQL answered no row".into()))?;
    let now: i64 = row.try_get("", "now")?;
    let partitions = partition::survey(db).await?;
    Ok(PostgresState {
        version: row.try_get("", "version")?,
        version_number: row.try_get("", "version_number")?,
        synchronous_commit: row.try_get("", "synchronous_commit")?,
        fsync: row.try_get::<String>("", "fsync")? == "on",
        full_page_writes: row.try_get::<String>("", "full_page_writes")? == "on",
        is_standby: row.try_get("", "is_standby")?,
        keeps_settings: row.try_get("", "keeps_settings")?,
        late_partitions: partitions.late,
        missing_partitions: partitions.missing,
        long_partitions: partitions.long,
        partition_locks: partitions.locks,
        lock_capacity: partitions.lock_capacity,
        bytes: u64::try_from(row.try_get::<i64>("", "bytes")?).unwrap_or(0),
        clock_skew_ms: clock_skew_ms(sent_at.millis(), received_at.millis(), now),
    })
}

/// Returns how far this machine is ahead, in milliseconds. The database read its clock between `sent_at` and
/// `received_at`, so that a slow answer is no skew.
fn clock_skew_ms(sent_at: i64, received_at: i64, database: i64) -> i64 {
    if database < sent_at {
        sent_at.saturating_sub(database)
    } else if database > received_at {
        received_at.saturating_sub(database)
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn slow_answer_is_no_skew() {
        assert_eq!(clock_skew_ms(1_000, 9_000, 5_000), 0);
        assert_eq!(clock_skew_ms(1_000, 1_001, 500), 500, "ahead");
        assert_eq!(clock_skew_ms(1_000, 1_001, 4_001), -3_000, "behind");
    }

    proptest! {
        #[test]
        fn skew_is_found_to_within_the_time_of_the_answer(
            sent_at in 0_i64..1_000_000, out in 0_i64..5_000, back in 0_i64..5_000, offset in -100_000_i64..100_000,
        ) {
            let skew = clock_skew_ms(sent_at, sent_at + out + back, sent_at + out - offset);
            prop_assert!((skew - offset).abs() <= out.max(back), "{} for {}", skew, offset);
        }
    }
}
