//! Many rows into a database that is empty but for them: in one transaction, so
//! that what breaks off leaves nothing behind, and with indexes made and references
//! checked at the end, each in one go.

use std::time::Duration;

use sea_orm::{ConnectionTrait as _, DatabaseBackend, DatabaseConnection, FromQueryResult, Statement};
use tokio::time::{Instant, sleep};

use crate::store::{ALLOW_SEQ_SCANS, AUTOCHECKPOINT_PAGES, WRITER_CACHE_KIB, WriteTxn};
use crate::{Error, Result, Service};

/// Licenses from which on indexes are made anew: few enough for a test to meet.
const BULK_THRESHOLD: u32 = 2_000;

/// How long it is tried to move the log into the file, and how often.
const RESTORE_TIMEOUT: Duration = Duration::from_mins(5);
const RESTORE_PAUSE: Duration = Duration::from_millis(100);

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

/// Tables that pages read by their indexes alone, once PostgreSQL has vacuumed them.
const INDEXED_TABLES: [&str; 4] = ["licenses", "activations", "customers", "customer_terms"];

/// An index, or on PostgreSQL a reference that would be looked up for each row, or the
/// key of what comes in no order: how it is dropped, and made again. (SQLite's references
/// are not looked up while [`hurry`] is on.)
#[derive(FromQueryResult)]
struct DeferredIndex {
    off: String,
    again: String,
}

/// The filling of an instance.
pub struct BulkLoad {
    txn: WriteTxn,
    later: Vec<DeferredIndex>,
}

impl BulkLoad {
    /// Begins, for so many licenses.
    pub async fn begin(service: &Service, licenses: u32) -> Result<Self> {
        disable_durability(service, licenses, true).await?;
        let txn = service.begin_write().await?;
        let mut later = Vec::new();
        if licenses >= BULK_THRESHOLD {
            let backend = txn.conn().get_database_backend();
            if txn.needs_row_locks() {
                // Indexes of a million rows are sorted in memory, one after the other.
                txn.conn().execute_unprepared(&format!("{ALLOW_SEQ_SCANS}; {INDEX_BUILD_MEMORY}")).await?;
            }
            let all = if txn.needs_row_locks() { POSTGRES_INDEXES_SQL } else { SQLITE_INDEXES_SQL };
            later = DeferredIndex::find_by_statement(Statement::from_string(backend, all))
                .all(txn.conn())
                .await?;
            for DeferredIndex { off, .. } in &later {
                txn.conn().execute_unprepared(off).await?;
            }
        }
        Ok(Self { txn, later })
    }

    /// The transaction, for what else is written.
    pub fn txn(&self) -> &WriteTxn {
        &self.txn
    }

    /// Runs what inserts rows.
    pub async fn insert(&self, statements: Vec<Statement>) -> Result<()> {
        for statement in statements {
            self.txn.conn().execute_raw(statement).await?;
        }
        Ok(())
    }

    /// Makes what was left for later, and commits.
    pub async fn finish(self) -> Result<()> {
        for DeferredIndex { again, .. } in &self.later {
            self.txn.conn().execute_unprepared(again).await?;
        }
        if self.txn.needs_row_locks() {
            // Else PostgreSQL takes the tables for small until its own time for this
            // comes, a minute later, and reads them whole.
            self.txn.conn().execute_unprepared("ANALYZE").await?;
        }
        self.txn.commit().await
    }
}

/// On SQLite, takes memory instead of care while an empty instance is filled, and
/// takes care again after: what breaks off in the middle is begun anew, and rows
/// that are made together refer to each other rightly.
pub async fn disable_durability(service: &Service, licenses: u32, on: bool) -> Result<()> {
    if !service.store.is_sqlite() {
        return Ok(());
    }
    // In KiB: what a million of them touches again and again.
    let pages = (i64::from(licenses)).clamp(WRITER_CACHE_KIB, 1_000_000);
    let (care, synchronous, pages, sorters, threads) =
        if on { ("OFF", "OFF", pages, "MEMORY", 2) } else { ("ON", "FULL", WRITER_CACHE_KIB, "DEFAULT", 0) };
    let writer = service.store.writer();
    writer
        .execute_unprepared(&format!(
            "PRAGMA wal_autocheckpoint = 0; PRAGMA foreign_keys = {care}; PRAGMA synchronous = {synchronous}; PRAGMA cache_size = -{pages}; \
             PRAGMA temp_store = {sorters}; PRAGMA threads = {threads}"
        ))
        .await?;
    if !on {
        writer.execute_unprepared(&format!("PRAGMA wal_autocheckpoint = {AUTOCHECKPOINT_PAGES}")).await?;
        restore_settings(writer).await?;
    }
    Ok(())
}

/// On PostgreSQL, does what the database would do a minute later, beside the first who look
/// at their pages. What takes longer than a statement may is left to it.
pub async fn analyze(service: &Service) {
    if service.store.is_sqlite() {
        return;
    }
    for table in INDEXED_TABLES {
        if let Err(error) = service.store.writer().execute_unprepared(&format!("VACUUM {table}")).await {
            tracing::info!(%error, table, "VACUUM failed; left to autovacuum");
        }
    }
}

/// Moves the log into the file and syncs both: what was written in a hurry was synced by
/// nothing before. Waits for whoever is doing that just now.
async fn restore_settings(writer: &DatabaseConnection) -> Result<()> {
    let began = Instant::now();
    while began.elapsed() < RESTORE_TIMEOUT {
        let sql = "PRAGMA wal_checkpoint(FULL)";
        let row = writer.query_one_raw(Statement::from_string(DatabaseBackend::Sqlite, sql)).await?;
        let busy: i64 = row.map_or(Ok(0), |row| row.try_get("", "busy"))?;
        if busy == 0 {
            // So that the space is given back; beside a reader it is not, which is no harm.
            writer.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
            return Ok(());
        }
        sleep(RESTORE_PAUSE).await;
    }
    Err(Error::unavailable("WAL checkpoint failed; WAL keeps growing"))
}

/// Takes back what was made before the filling, so that it can be begun anew: the
/// instance was empty.
pub async fn drop_partial(service: &Service) -> Result<()> {
    let txn = service.begin_write().await?;
    for table in
        ["outbox_events", "audit_entries", "signing_keys", "products", "memberships", "users", "accounts"]
    {
        txn.conn().execute_unprepared(&format!("DELETE FROM {table}")).await?;
    }
    txn.commit().await
}
