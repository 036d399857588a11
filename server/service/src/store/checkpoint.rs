//! Checkpoints of SQLite's WAL, concurrent with writing.
//!
//! By default SQLite checkpoints within the commit that exceeds the limit. That commit then waits
//! for a thousand more pages and two syncs, and blocks all other writes. Such checkpoints must be
//! frequent, and copy the same pages again and again.
//!
//! Here a separate connection copies most of the WAL while the writer continues. Then the task
//! takes the write permit, copies the few remaining pages, syncs the file and restarts the
//! WAL. Without the restart the WAL would grow for as long as there is load.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sea_orm::{ConnectionTrait as _, DatabaseBackend, DatabaseConnection, DbErr, Statement};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{sleep, timeout};

use super::checkpoint_counts::CheckpointCounts;

/// WAL length that starts a checkpoint, in pages of 4 KiB (16 MiB).
const CHECKPOINT_AT_PAGES: i64 = 4_000;
/// Number of remaining pages that are few enough to copy while the writer is blocked.
const RESTART_BELOW_PAGES: i64 = 600;
/// Maximum number of passive checkpoints per run, if the WAL grows as fast as it is copied.
const MAX_PASSIVE_PASSES: u32 = 4;
/// WAL length in pages (125 MiB) at which the commit itself checkpoints, because this task is blocked.
pub(crate) const AUTOCHECKPOINT_PAGES: u32 = 32_000;
/// Maximum time the writer is blocked for readers that still use the WAL.
pub(super) const READER_WAIT_TIMEOUT: Duration = Duration::from_millis(20);
/// Pause after a checkpoint that did not finish: a backup reads for a long time, and repeated
/// attempts would block the writer each time.
const BACK_OFF: Duration = Duration::from_secs(1);
/// Delay after a commit before the WAL length is queried, so that several commits share one query.
const DEBOUNCE: Duration = Duration::from_millis(20);
/// Time without a commit after which the rest of the WAL is copied.
const IDLE_DELAY: Duration = Duration::from_secs(1);

/// A handle that notifies the checkpoint task of commits.
#[derive(Clone)]
pub(super) struct WalCheckpointer {
    wake: mpsc::Sender<()>,
    commit_failed: Arc<AtomicBool>,
    counts: Arc<CheckpointCounts>,
}

impl WalCheckpointer {
    /// Notifies the task of a commit or a failed commit. After a failure, a checkpoint of any
    /// length runs, because it may free space on a full disk.
    pub fn notify_commit(&self, failed: bool) {
        self.commit_failed.fetch_or(failed, Ordering::SeqCst);
        // A full channel already holds a notification.
        let _ = self.wake.try_send(());
    }

    /// Returns the counter of checkpoints.
    pub fn counts(&self) -> &CheckpointCounts {
        &self.counts
    }
}

/// Starts the checkpoint task. It stops when the last handle is dropped.
pub(super) fn start(connection: DatabaseConnection, write_permits: Arc<Semaphore>) -> WalCheckpointer {
    let (wake, mut commits) = mpsc::channel(1);
    let commit_failed = Arc::<AtomicBool>::default();
    let counts = Arc::<CheckpointCounts>::default();
    let handle =
        WalCheckpointer { wake, commit_failed: Arc::clone(&commit_failed), counts: Arc::clone(&counts) };
    tokio::spawn(async move {
        let mut has_pages = false;
        loop {
            // Without commits the task sleeps, until the pages of the last ones are copied.
            let commit =
                if has_pages { timeout(IDLE_DELAY, commits.recv()).await } else { Ok(commits.recv().await) };
            match commit {
                Ok(Some(())) => has_pages = true,
                Ok(None) => break,
                Err(_) => {
                    // So that a plain copy of the database file holds all commits.
                    has_pages = copy_all_pages(&connection, &counts).await.unwrap_or(true);
                    continue;
                }
            }
            sleep(DEBOUNCE).await;
            let min_pages = if commit_failed.swap(false, Ordering::SeqCst) { 1 } else { CHECKPOINT_AT_PAGES };
            // Pages that can't be copied now, because of a full disk or a long read, stay in the
            // WAL, where they are equally durable.
            match checkpoint_wal(&connection, &write_permits, min_pages, &counts).await {
                Ok(true) => {}
                Ok(false) => sleep(BACK_OFF).await,
                Err(error) => {
                    counts.record_failure();
                    tracing::debug!(%error, "WAL checkpoint failed; WAL keeps growing");
                    sleep(BACK_OFF).await;
                }
            }
        }
    });
    handle
}

/// Copies the whole WAL while no one writes. Returns whether pages are left.
async fn copy_all_pages(connection: &DatabaseConnection, counts: &CheckpointCounts) -> Result<bool, DbErr> {
    if run_checkpoint(connection, "NOOP").await?.left() > 0 {
        run_checkpoint(connection, "PASSIVE").await?;
    }
    let wal = run_checkpoint(connection, "NOOP").await?;
    counts.set_pages(wal.left(), wal.pages);
    Ok(wal.left() > 0)
}

/// Checkpoints the WAL if at least `min_pages` are pending. Returns whether the checkpoint finished
/// or was not needed.
async fn checkpoint_wal(
    connection: &DatabaseConnection,
    write_permits: &Semaphore,
    min_pages: i64,
    counts: &CheckpointCounts,
) -> Result<bool, DbErr> {
    let wal = run_checkpoint(connection, "NOOP").await?;
    counts.set_pages(wal.left(), wal.pages);
    if wal.left() < min_pages {
        return Ok(true);
    }
    for _ in 0..MAX_PASSIVE_PASSES {
        run_checkpoint(connection, "PASSIVE").await?;
        // The PASSIVE checkpoint itself reports the length at its start.
        if run_checkpoint(connection, "NOOP").await?.left() < RESTART_BELOW_PAGES {
            break;
        }
    }
    let Ok(_permit) = write_permits.acquire().await else { return Ok(true) };
    let wal = run_checkpoint(connection, "RESTART").await?;
    // Reads that overlap keep the WAL from its restart, also when all pages are copied.
    let is_restarted = wal.left() == 0 && !wal.is_busy;
    // The next commit writes to the start of the WAL.
    counts.set_pages(wal.left(), if is_restarted { 0 } else { wal.pages });
    counts.record(is_restarted);
    Ok(is_restarted)
}

/// What a checkpoint reports.
struct WalState {
    /// Whether readers or a writer kept the checkpoint from its end.
    is_busy: bool,
    /// Pages of the WAL, also those that are in the database file.
    pages: i64,
    /// Pages of the WAL that are in the database file.
    copied: i64,
}

impl WalState {
    /// Returns the number of pages that are not in the database file.
    fn left(&self) -> i64 {
        self.pages - self.copied
    }
}

/// Runs a checkpoint and returns its report.
async fn run_checkpoint(connection: &DatabaseConnection, mode: &str) -> Result<WalState, DbErr> {
    let sql = format!("PRAGMA wal_checkpoint({mode})");
    let row = connection.query_one_raw(Statement::from_string(DatabaseBackend::Sqlite, sql)).await?;
    let Some(row) = row else { return Ok(WalState { is_busy: false, pages: 0, copied: 0 }) };
    Ok(WalState {
        is_busy: row.try_get::<i64>("", "busy")? != 0,
        pages: row.try_get("", "log")?,
        copied: row.try_get("", "checkpointed")?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::checkpoint_counts::CheckpointUse;
    use super::super::options::Options;
    use super::super::pool::Store;
    use super::*;

    async fn run(db: &DatabaseConnection, sql: &str) {
        db.execute_unprepared(sql).await.expect("the statement succeeds");
    }

    /// Makes `commits` commits of more than one page each.
    async fn write(store: &Store, commits: u32) {
        for _ in 0..commits {
            run(store.writer(), "INSERT INTO t VALUES (zeroblob(4000))").await;
        }
    }

    /// Returns the number of pages in the WAL, checkpointed or not.
    async fn wal_pages(db: &DatabaseConnection) -> i64 {
        let sql = Statement::from_string(DatabaseBackend::Sqlite, "PRAGMA wal_checkpoint(NOOP)");
        let row = db.query_one_raw(sql).await.expect("the query succeeds").expect("a row");
        row.try_get("", "log").expect("a number")
    }

    #[tokio::test]
    async fn long_wal_is_checkpointed_and_restarts() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let store = Store::open(&Options::new(url, 4)).await.expect("the store opens");
        let connection = &store.checkpointer.as_ref().expect("a checkpointer").1;
        // Not those of the task, which runs beside the test.
        let counts = CheckpointCounts::default();
        let permits = store.write_permits();
        run(store.writer(), "CREATE TABLE t (c BLOB)").await;
        write(&store, 100).await;
        assert!(checkpoint_wal(connection, permits, 10_000, &counts).await.expect("the query succeeds"));
        assert!(
            run_checkpoint(connection, "NOOP").await.unwrap().left() >= 100,
            "the WAL is shorter than expected"
        );

        // A reader still uses the WAL, so the checkpoint is incomplete.
        let reader = store.read();
        run(reader, "BEGIN; SELECT count(*) FROM t").await;
        write(&store, 10).await;
        assert!(
            !checkpoint_wal(connection, permits, 50, &counts).await.expect("a busy reader is not an error")
        );
        assert!(counts.get().pages > 0);
        run(reader, "ROLLBACK").await;

        assert!(checkpoint_wal(connection, permits, 1, &counts).await.expect("the checkpoint succeeds"));
        let expected = CheckpointUse { pages: 0, file_pages: 0, finished: 1, incomplete: 1, failed: 0 };
        assert_eq!(counts.get(), expected);
        assert_eq!(run_checkpoint(connection, "NOOP").await.unwrap().left(), 0);
        write(&store, 1).await;
        assert!(wal_pages(connection).await < 20, "the WAL was not restarted");
        // After a failed commit, the task checkpoints a WAL of any length.
        store.on_commit(false);
        for _ in 0..200 {
            sleep(Duration::from_millis(10)).await;
            if run_checkpoint(connection, "NOOP").await.unwrap().left() == 0 {
                break;
            }
        }
        assert_eq!(run_checkpoint(connection, "NOOP").await.unwrap().left(), 0);
        let count = Statement::from_string(DatabaseBackend::Sqlite, "SELECT count(*) AS n FROM t");
        let row = reader.query_one_raw(count).await.unwrap().unwrap();
        assert_eq!(row.try_get::<i64>("", "n").unwrap(), 111);
    }
    #[tokio::test]
    async fn overlapping_reads_that_keep_the_wal_from_its_restart_are_seen() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let store = Store::open(&Options::new(url, 4)).await.expect("the store opens");
        let connection = &store.checkpointer.as_ref().expect("a checkpointer").1;
        let counts = CheckpointCounts::default();
        run(store.writer(), "CREATE TABLE t (c BLOB)").await;
        write(&store, 50).await;
        // It reads the newest state, so that all pages can be copied, but not overwritten.
        let reader = store.read();
        run(reader, "BEGIN; SELECT count(*) FROM t").await;
        let finished = checkpoint_wal(connection, store.write_permits(), 1, &counts).await;
        assert!(!finished.expect("a busy reader is not an error"));
        let found = counts.get();
        assert_eq!((found.pages, found.finished, found.incomplete), (0, 0, 1));
        assert!(found.file_pages >= 50, "{found:?}");
        run(reader, "ROLLBACK").await;
        assert!(checkpoint_wal(connection, store.write_permits(), 0, &counts).await.expect("it succeeds"));
        assert_eq!((counts.get().file_pages, counts.get().finished), (0, 1));
    }
}
