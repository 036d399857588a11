//! Bulk load into an empty database. One transaction, so that an aborted load leaves no rows.
//! Indexes are built and foreign keys are checked once, at the end.

use std::time::Duration;

use sea_orm::{ConnectionTrait as _, DatabaseBackend, DatabaseConnection, FromQueryResult, Statement};
use tokio::time::{Instant, sleep};

use crate::partition::NAME_INDEXES;
use crate::store::{ALLOW_SEQ_SCANS, AUTOCHECKPOINT_PAGES, WRITER_CACHE_KIB, WriteTxn};
use crate::{Error, Result, Service};

/// Number of licenses from which indexes are dropped and rebuilt; low enough for a test to reach.
const BULK_THRESHOLD: u32 = 2_000;

/// Timeout of the WAL checkpoint after the load, and the pause between attempts.
const RESTORE_TIMEOUT: Duration = Duration::from_mins(5);
const RESTORE_PAUSE: Duration = Duration::from_millis(100);

const SQLITE_INDEXES_SQL: &str = "SELECT 'DROP INDEX ' || name AS off, sql AS again FROM sqlite_master \
                      WHERE type = 'index' AND sql IS NOT NULL \
                      AND tbl_name IN ('licenses', 'activations', 'audit_entries')";
/// The index of a partitioned table is made on its partitions too, unlike by the definition that PostgreSQL shows.
const POSTGRES_INDEXES_SQL: &str = "SELECT format('DROP INDEX %I', indexname) AS off, \
                        replace(indexdef, ' ON ONLY ', ' ON ') AS again FROM pg_indexes \
                        WHERE schemaname = current_schema() \
                        AND tablename IN ('licenses', 'activations', 'audit_entries') \
                        AND indexname NOT IN (SELECT conname FROM pg_constraint) \
                        UNION ALL \
                        SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname), \
                        format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) \
                        FROM pg_constraint WHERE connamespace = current_schema()::regnamespace \
                        AND (contype = 'f' AND conrelid::regclass::text \
                        IN ('customers', 'customer_terms', 'licenses', 'activations', 'audit_entries_first') \
                        OR contype = 'p' AND conrelid::regclass::text = 'customer_terms')";

const INDEX_BUILD_MEMORY: &str = "SET LOCAL maintenance_work_mem = '256MB'";

/// Tables that pages read with index-only scans, once PostgreSQL has vacuumed them.
const INDEXED_TABLES: [&str; 4] = ["licenses", "activations", "customers", "customer_terms"];

/// Statements that drop (`off`) and recreate (`again`) an index. On PostgreSQL also a foreign
/// key, which would be checked per row, and a primary key whose rows come unsorted. SQLite
/// checks no foreign keys during the load: see [`disable_durability`].
#[derive(FromQueryResult)]
struct DeferredIndex {
    off: String,
    again: String,
}

/// A bulk load and its transaction.
pub struct BulkLoad {
    txn: WriteTxn,
    deferred: Vec<DeferredIndex>,
}

impl BulkLoad {
    /// Begins a load of `licenses` licenses; drops the indexes if there are many.
    pub async fn begin(service: &Service, licenses: u32) -> Result<Self> {
        disable_durability(service, licenses, true).await?;
        let txn = service.begin_write().await?;
        let mut deferred = Vec::new();
        if licenses >= BULK_THRESHOLD {
            let backend = txn.conn().get_database_backend();
            if txn.needs_row_locks() {
                // Lets PostgreSQL sort the index of a million rows in memory.
                txn.conn().execute_unprepared(&format!("{ALLOW_SEQ_SCANS}; {INDEX_BUILD_MEMORY}")).await?;
            }
            let all = if txn.needs_row_locks() { POSTGRES_INDEXES_SQL } else { SQLITE_INDEXES_SQL };
            deferred = DeferredIndex::find_by_statement(Statement::from_string(backend, all))
                .all(txn.conn())
                .await?;
            for DeferredIndex { off, .. } in &deferred {
                txn.conn().execute_unprepared(off).await?;
            }
        }
        Ok(Self { txn, deferred })
    }

    /// Returns the transaction, for further writes.
    pub fn txn(&self) -> &WriteTxn {
        &self.txn
    }

    /// Runs insert statements.
    pub async fn insert(&self, statements: Vec<Statement>) -> Result<()> {
        for statement in statements {
            self.txn.conn().execute_raw(statement).await?;
        }
        Ok(())
    }

    /// Recreates the dropped indexes and constraints, and commits.
    pub async fn finish(self) -> Result<()> {
        for DeferredIndex { again, .. } in &self.deferred {
            self.txn.conn().execute_unprepared(again).await?;
        }
        if self.txn.needs_row_locks() {
            self.txn.conn().execute_unprepared(NAME_INDEXES).await?;
            // Without statistics, PostgreSQL assumes small tables and uses sequential scans until
            // autovacuum analyzes them, a minute later.
            self.txn.conn().execute_unprepared("ANALYZE").await?;
        }
        self.txn.commit().await
    }
}

/// On SQLite, trades durability and foreign-key checks for speed while `on`, and restores them
/// otherwise. Safe because an aborted load is repeated, and generated rows have valid references.
pub async fn disable_durability(service: &Service, licenses: u32, on: bool) -> Result<()> {
    if !service.store.is_sqlite() {
        return Ok(());
    }
    // In KiB; about 1 KiB per license keeps the hot pages in the cache, for up to a million.
    let cache_kib = (i64::from(licenses)).clamp(WRITER_CACHE_KIB, 1_000_000);
    let (foreign_keys, synchronous, cache_kib, temp_store, threads) = if on {
        ("OFF", "OFF", cache_kib, "MEMORY", 2)
    } else {
        ("ON", "FULL", WRITER_CACHE_KIB, "DEFAULT", 0)
    };
    let writer = service.store.writer();
    writer
        .execute_unprepared(&format!(
            "PRAGMA wal_autocheckpoint = 0; PRAGMA foreign_keys = {foreign_keys}; PRAGMA synchronous = {synchronous}; PRAGMA cache_size = -{cache_kib}; \
             PRAGMA temp_store = {temp_store}; PRAGMA threads = {threads}"
        ))
        .await?;
    if !on {
        writer.execute_unprepared(&format!("PRAGMA wal_autocheckpoint = {AUTOCHECKPOINT_PAGES}")).await?;
        checkpoint_wal(writer).await?;
    }
    Ok(())
}

/// On PostgreSQL, vacuums the tables now, because autovacuum would do it a minute later, while
/// the first pages are read. A table that exceeds the statement timeout is left to autovacuum.
pub async fn vacuum(service: &Service) {
    if service.store.is_sqlite() {
        return;
    }
    for table in INDEXED_TABLES {
        if let Err(error) = service.store.writer().execute_unprepared(&format!("VACUUM {table}")).await {
            tracing::info!(%error, table, "VACUUM failed; left to autovacuum");
        }
    }
}

/// Checkpoints the WAL and syncs the files, because the load itself did not sync. Retries while
/// another connection checkpoints or reads an older snapshot.
async fn checkpoint_wal(writer: &DatabaseConnection) -> Result<()> {
    let start = Instant::now();
    while start.elapsed() < RESTORE_TIMEOUT {
        let sql = "PRAGMA wal_checkpoint(FULL)";
        let row = writer.query_one_raw(Statement::from_string(DatabaseBackend::Sqlite, sql)).await?;
        let busy: i64 = row.map_or(Ok(0), |row| row.try_get("", "busy"))?;
        if busy == 0 {
            // Frees the WAL's disk space. A concurrent reader prevents this, which is harmless.
            writer.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
            return Ok(());
        }
        sleep(RESTORE_PAUSE).await;
    }
    Err(Error::unavailable("WAL checkpoint failed; WAL keeps growing"))
}

/// Deletes the account, products and related rows written before an aborted load, so that it can
/// be repeated. Deletes all rows of these tables, because the instance was empty.
pub async fn drop_partial(service: &Service) -> Result<()> {
    let txn = service.begin_write().await?;
    for table in
        ["outbox_events", "audit_entries", "signing_keys", "products", "memberships", "users", "accounts"]
    {
        txn.conn().execute_unprepared(&format!("DELETE FROM {table}")).await?;
    }
    txn.commit().await
}
