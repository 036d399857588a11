//! SQLite's log, moved into the database's file beside the writing.
//!
//! By itself SQLite does that within the commit that makes the log long: whoever waits
//! for that commit waits for a thousand pages and two syncs more, and meanwhile nobody
//! can write; so that it has to be done often, and moves the same pages again and again.
//! Here a connection of its own moves most of the log while the writer goes on. With the
//! writer held only what was written meanwhile is moved, which is little, and the file is
//! synced; which takes the log back to its beginning: else it would grow for as long as
//! there is work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sea_orm::{ConnectionTrait as _, DatabaseBackend, DatabaseConnection, DbErr, Statement};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::sleep;

/// Pages of 4 KiB in the log from which on they are moved.
const CHECKPOINT_AT_PAGES: i64 = 4_000;
/// Pages that are few enough to hold the writer for.
const RESTART_BELOW_PAGES: i64 = 600;
/// How often the log is moved beside the writer, if it grows as fast.
const MAX_PASSIVE_PASSES: u32 = 4;
/// Pages at which the commit itself moves them after all: this task is held up.
pub(crate) const AUTOCHECKPOINT_PAGES: u32 = 32_000;
/// How long the writer is held for readers who still look at the log.
pub(super) const READER_WAIT_TIMEOUT: Duration = Duration::from_millis(20);
/// How long they are let look at it before it is tried again: a backup takes its time, and
/// the writer must not be held for it again and again.
const BACK_OFF: Duration = Duration::from_secs(1);
/// How long commits are let gather before the log is looked at.
const DEBOUNCE: Duration = Duration::from_millis(20);

/// Tells the task that there is something to look at.
#[derive(Clone)]
pub(super) struct WalCheckpointer {
    wake: mpsc::Sender<()>,
    commit_failed: Arc<AtomicBool>,
}

impl WalCheckpointer {
    /// Something was written to it, or could not be: on a full disk there may be room
    /// again once what is in the log is where it belongs.
    pub fn notify_commit(&self, is_stuck: bool) {
        self.commit_failed.fetch_or(is_stuck, Ordering::SeqCst);
        // Where one waits to be heard, another says no more.
        let _ = self.wake.try_send(());
    }
}

/// Starts the task. It ends with the last who could tell it something.
pub(super) fn start(connection: DatabaseConnection, turns: Arc<Semaphore>) -> WalCheckpointer {
    let (way, mut changed) = mpsc::channel(1);
    let is_stuck = Arc::<AtomicBool>::default();
    let log = WalCheckpointer { wake: way, commit_failed: Arc::clone(&is_stuck) };
    tokio::spawn(async move {
        while changed.recv().await.is_some() {
            sleep(DEBOUNCE).await;
            let pages = if is_stuck.swap(false, Ordering::SeqCst) { 1 } else { CHECKPOINT_AT_PAGES };
            // What can't be moved now, on a full disk or beside a reader who takes its
            // time, stays in the log, where it is as safe.
            match checkpoint_wal(&connection, &turns, pages).await {
                Ok(true) => {}
                Ok(false) => sleep(BACK_OFF).await,
                Err(error) => {
                    tracing::debug!(%error, "the log could not be moved into the database's file");
                    sleep(BACK_OFF).await;
                }
            }
        }
    });
    log
}

/// Moves the log, if it has so many pages; whether it is as short as it should be.
async fn checkpoint_wal(
    connection: &DatabaseConnection,
    turns: &Semaphore,
    pages: i64,
) -> Result<bool, DbErr> {
    if run_checkpoint(connection, "NOOP").await? < pages {
        return Ok(true);
    }
    for _ in 0..MAX_PASSIVE_PASSES {
        run_checkpoint(connection, "PASSIVE").await?;
        // What it returns itself is as of its beginning.
        if run_checkpoint(connection, "NOOP").await? < RESTART_BELOW_PAGES {
            break;
        }
    }
    let Ok(_turn) = turns.acquire().await else { return Ok(true) };
    Ok(run_checkpoint(connection, "RESTART").await? == 0)
}

/// How many pages are left in the log that are not in the file.
async fn run_checkpoint(connection: &DatabaseConnection, how: &str) -> Result<i64, DbErr> {
    let sql = format!("PRAGMA wal_checkpoint({how})");
    let row = connection.query_one_raw(Statement::from_string(DatabaseBackend::Sqlite, sql)).await?;
    let Some(row) = row else { return Ok(0) };
    Ok(row.try_get::<i64>("", "log")? - row.try_get::<i64>("", "checkpointed")?)
}

#[cfg(test)]
mod tests {
    use super::super::options::Options;
    use super::super::pool::Store;
    use super::*;

    async fn run(db: &DatabaseConnection, sql: &str) {
        db.execute_unprepared(sql).await.expect("it runs");
    }

    /// So many commits, each of a page and more.
    async fn write(store: &Store, commits: u32) {
        for _ in 0..commits {
            run(store.writer(), "INSERT INTO t VALUES (zeroblob(4000))").await;
        }
    }

    /// Pages from the beginning of the log, moved or not.
    async fn wal_pages(db: &DatabaseConnection) -> i64 {
        let sql = Statement::from_string(DatabaseBackend::Sqlite, "PRAGMA wal_checkpoint(NOOP)");
        let row = db.query_one_raw(sql).await.expect("it runs").expect("a row");
        row.try_get("", "log").expect("a number")
    }

    #[tokio::test]
    async fn long_wal_is_checkpointed_and_restarts() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let store = Store::open(&Options::new(url, 4)).await.expect("it opens");
        let (mover, turns) = (&store.checkpointer.as_ref().expect("a log").1, store.write_permits());
        run(store.writer(), "CREATE TABLE t (c BLOB)").await;
        write(&store, 100).await;
        assert!(checkpoint_wal(mover, turns, 10_000).await.expect("nothing is to be done"));
        assert!(run_checkpoint(mover, "NOOP").await.unwrap() >= 100, "it is not long enough");

        // A reader still looks at it: what is in it is moved as far as can be.
        let reader = store.read();
        run(reader, "BEGIN; SELECT count(*) FROM t").await;
        write(&store, 10).await;
        assert!(!checkpoint_wal(mover, turns, 50).await.expect("it waits for a while, and is no failure"));
        run(reader, "ROLLBACK").await;

        assert!(checkpoint_wal(mover, turns, 1).await.expect("it is moved"));
        assert_eq!(run_checkpoint(mover, "NOOP").await.unwrap(), 0);
        write(&store, 1).await;
        assert!(wal_pages(mover).await < 20, "it begins anew");
        // After a commit that failed it is moved however short it is, by the task itself.
        store.on_commit(false);
        for _ in 0..200 {
            sleep(Duration::from_millis(10)).await;
            if run_checkpoint(mover, "NOOP").await.unwrap() == 0 {
                break;
            }
        }
        assert_eq!(run_checkpoint(mover, "NOOP").await.unwrap(), 0);
        let count = Statement::from_string(DatabaseBackend::Sqlite, "SELECT count(*) AS n FROM t");
        let row = reader.query_one_raw(count).await.unwrap().unwrap();
        assert_eq!(row.try_get::<i64>("", "n").unwrap(), 111);
    }
}
