//! Bulk load into an empty database. The load is one transaction, so that an aborted load leaves no rows.
//! Indexes are built and foreign keys checked once, at the end.

use std::time::Duration;

use sea_orm::{ConnectionTrait as _, DatabaseBackend, DatabaseConnection, FromQueryResult, Statement};
use tokio::time::{Instant, sleep};

use crate::store::{ALLOW_SEQ_SCANS, AUTOCHECKPOINT_PAGES, WRITER_CACHE_KIB, WriteTxn};
use crate::{Error, Result, Service};

/// Licenses from which on indexes are dropped and rebuilt. Low enough for tests to reach.
const BULK_THRESHOLD: u32 = 2_000;

/// Timeout of the final WAL checkpoint, and the pause between attempts.
const CHECKPOINT_TIMEOUT: Duration = Duration::from_mins(5);
const CHECKPOINT_PAUSE: Duration = Duration::from_millis(100);

const SQLITE_INDEXES_SQL: &str = "SELECT 'DROP INDEX ' || name AS off, sql AS again FROM sqlite_master \
                      WHERE type = 'index' AND sql IS NOT NULL \
                      AND tbl_name IN ('licenses', 'activations', 'audit_entries')";
const POSTGRES_INDEXES_SQL: &str = "SELECT format('DROP INDEX %I', indexname) AS off, indexdef AS again FROM pg_indexes \
                        WHERE schemaname = current_schema() \
                        AND tablename IN ('licenses', 'activations', 'audit_entries') \
                        AND indexname NOT IN (SELECT conname FROM pg_constraint) \
                        UNION ALL \
                        SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname), \
                        format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) \
                        FROM pg_constraint WHERE connamespace = current_schema()::regnamespace \
                        AND (contype = 'f' AND conrelid::regclass::text \
                        IN ('customers', 'customer_terms', 'licenses', 'activations', 'audit_entries') \
                        OR contype = 'p' AND conrelid::regclass::text = 'customer_terms')";

const INDEX_BUILD_MEMORY: &str = "SET LOCAL maintenance_work_mem = '256MB'";

/// Tables that pages read with index-only scans, which PostgreSQL uses only after VACUUM.
const INDEXED_TABLES: [&str; 4] = ["licenses", "activations", "customers", "customer_terms"];

/// The SQL that drops and restores an index. On PostgreSQL also that of a foreign key, which would be checked
/// per row, or of the primary key of `customer_terms`, whose rows arrive unordered. SQLite does not check
/// foreign keys while [`disable_durability`] is on.
#[derive(FromQueryResult)]
struct DeferredIndex {
    off: String,
    again: String,
}

/// A bulk load in progress.
pub struct BulkLoad {
    txn: WriteTxn,
    deferred: Vec<DeferredIndex>,
}

impl BulkLoad {
    /// Begins a bulk load of `licenses` licenses.
    pub async fn begin(service: &Service, licenses: u32) -> Result<Self> {
        disable_durability(service, licenses, true).await?;
        let txn = service.begin_write().await?;
        let mut deferred = Vec::new();
        if licenses >= BULK_THRESHOLD {
            let backend = txn.conn().get_database_backend();
            if txn.needs_row_locks() {
                // Enough memory to sort the indexes of a million rows, which are built one at a time.
                txn.conn().execute_unprepared(&format!("{ALLOW_SEQ_SCANS}; {INDEX_BUILD_MEMORY}")).await?;
            }
            let indexes_sql = if txn.needs_row_locks() { POSTGRES_INDEXES_SQL } else { SQLITE_INDEXES_SQL };
            deferred = DeferredIndex::find_by_statement(Statement::from_string(backend, indexes_sql))
                .all(txn.conn())
                .await?;
            for DeferredIndex { off, .. } in &deferred {
                txn.conn().execute_unprepared(off).await?;
            }
        }
        Ok(Self { txn, deferred })
    }

    /// Returns the transaction, for additional writes.
    pub fn txn(&self) -> &WriteTxn {
        &self.txn
    }

    /// Runs INSERT statements.
    pub async fn insert(&self, statements: Vec<Statement>) -> Result<()> {
        for statement in statements {
            self.txn.conn().execute_raw(statement).await?;
        }
        Ok(())
    }

    /// Restores the indexes and foreign keys, and commits.
    pub async fn finish(self) -> Result<()> {
        for DeferredIndex { again, .. } in &self.deferred {
            self.txn.conn().execute_unprepared(again).await?;
        }
        if self.txn.needs_row_locks() {
            // Without statistics PostgreSQL scans the tables sequentially until autovacuum analyzes them, a
            // minute later.
            self.txn.conn().execute_unprepared("ANALYZE").await?;
        }
        self.txn.commit().await
    }
}

/// On SQLite, turns off durability and foreign key checks for a bulk load (`on`), or restores both. This is
/// safe because an aborted load is started again from an empty instance, and generated rows reference each
/// other correctly.
pub async fn disable_durability(service: &Service, licenses: u32, on: bool) -> Result<()> {
    if !service.store.is_sqlite() {
        return Ok(());
    }
    // Cache size in KiB: about 1 KiB per license, which holds the pages that the load touches repeatedly.
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

/// Vacuums the loaded tables on PostgreSQL, so that autovacuum does not do it a minute later, during the
/// first page views. A VACUUM that exceeds the statement timeout is left to autovacuum.
pub async fn analyze(service: &Service) {
    if service.store.is_sqlite() {
        return;
    }
    for table in INDEXED_TABLES {
        if let Err(error) = service.store.writer().execute_unprepared(&format!("VACUUM {table}")).await {
            tracing::info!(%error, table, "VACUUM failed; autovacuum will process the table later");
        }
    }
}

/// Checkpoints the WAL and syncs it and the database file, because the load ran with `synchronous = OFF`.
/// Retries while another connection reads or checkpoints.
async fn checkpoint_wal(writer: &DatabaseConnection) -> Result<()> {
    let started = Instant::now();
    while started.elapsed() < CHECKPOINT_TIMEOUT {
        let sql = "PRAGMA wal_checkpoint(FULL)";
        let row = writer.query_one_raw(Statement::from_string(DatabaseBackend::Sqlite, sql)).await?;
        let busy: i64 = row.map_or(Ok(0), |row| row.try_get("", "busy"))?;
        if busy == 0 {
            // Frees the disk space of the WAL. Has no effect while a reader is active, which is harmless.
            writer.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
            return Ok(());
        }
        sleep(CHECKPOINT_PAUSE).await;
    }
    Err(Error::unavailable("WAL checkpoint timed out; the load may not be durable yet"))
}

/// Deletes the rows committed before the bulk load, so that it can be started again. The instance was empty
/// before.
pub async fn drop_partial(service: &Service) -> Result<()> {
    let txn = service.begin_write().await?;
    for table in
        ["outbox_events", "audit_entries", "signing_keys", "products", "memberships", "users", "accounts"]
    {
        txn.conn().execute_unprepared(&format!("DELETE FROM {table}")).await?;
    }
    txn.commit().await
}
