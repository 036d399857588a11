//! Connections to a SQLite file.

use std::io;
use std::path::Path;
use std::time::Duration;

use sea_orm::ConnectOptions;
use sea_orm::sqlx::Connection as _;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};

use super::checkpoint;
use super::pool::ACQUIRE_TIMEOUT;
use crate::Result;

/// How long SQLite waits for another process's write transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Memory for pages of SQLite's one writer, and of each reader, in KiB: taken as
/// pages are used. Readers find what they miss in the system's cache.
pub(crate) const WRITER_CACHE_KIB: i64 = 16_000;
const READER_CACHE_KIB: i64 = 2_000;

/// Rows that a connection to SQLite hands over before it waits for them to be taken.
const ROW_BUFFER: usize = 128;

/// Connections to SQLite that lists have for themselves.
pub(super) const LIST_CONNECTIONS: u32 = 2;
/// Bytes of SQLite's file that these look at where the system keeps them, instead of
/// having them copied: what a search finds lies all over the file, and the copies
/// were half of what it took. The system's memory, not ours; the rest is read as before.
/// Not for all readers: whoever reads after a commit gives back all of the file that it has
/// seen, and those who look licenses up by the thousand have seen too much.
const MMAP_BYTES: i64 = 1 << 30;

/// What a connection to SQLite is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ConnectionRole {
    Reader,
    /// Reads what lies all over the file.
    ListReader,
    Writer,
    /// Moves the log into the file.
    Checkpointer,
}

/// How to connect, so often at most.
pub(super) fn options(url: &str, connections: u32, role: ConnectionRole) -> ConnectOptions {
    let mut connect = ConnectOptions::new(url);
    let (acquire, busy, cache) = match role {
        ConnectionRole::Reader | ConnectionRole::ListReader => {
            (ACQUIRE_TIMEOUT, BUSY_TIMEOUT, READER_CACHE_KIB)
        }
        ConnectionRole::Writer => (BUSY_TIMEOUT * 2, BUSY_TIMEOUT, WRITER_CACHE_KIB),
        ConnectionRole::Checkpointer => (ACQUIRE_TIMEOUT, checkpoint::READER_WAIT_TIMEOUT, READER_CACHE_KIB),
    };
    connect
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(acquire)
        .test_before_acquire(false)
        .record_stmt_in_spans(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |options| {
            let options = options
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                // A commit that was answered for is on the disk.
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(busy)
                // All rows of a page are on their way before the first is waited for.
                .row_buffer_size(ROW_BUFFER)
                .pragma("cache_size", format!("-{cache}"))
                .pragma("wal_autocheckpoint", checkpoint::AUTOCHECKPOINT_PAGES.to_string());
            match role {
                ConnectionRole::Reader => options.pragma("query_only", "ON"),
                ConnectionRole::ListReader => {
                    options.pragma("query_only", "ON").pragma("mmap_size", MMAP_BYTES.to_string())
                }
                ConnectionRole::Writer | ConnectionRole::Checkpointer => options,
            }
        })
        // On a full disk SQLite rolls back by itself and sqlx's own ROLLBACK
        // fails, after which its count of open transactions never reaches zero
        // and every later "commit" only releases a savepoint: acknowledged, and
        // gone. Such a connection is not used again.
        .map_sqlx_sqlite_pool_opts(move |pool| {
            pool.idle_timeout(None).max_lifetime(None).after_release(move |connection, _| {
                Box::pin(async move {
                    // A rollback that was only queued is run first, so that the count is true.
                    // The pool does this once more by itself; for what has only read, that is
                    // enough, and each turn of the two threads costs as much as a short statement.
                    if role == ConnectionRole::Writer || connection.is_in_transaction() {
                        connection.ping().await?;
                    }
                    Ok(!connection.is_in_transaction())
                })
            })
        });
    connect
}

/// Makes a database's file and its folder, readable for their owner alone.
pub(super) fn create_file_if_missing(url: &str) -> Result<()> {
    let path =
        url.trim_start_matches("sqlite:").trim_start_matches("//").split('?').next().unwrap_or_default();
    let path = Path::new(path);
    let failed = |e: io::Error| {
        crate::Error::invalid("database_url", format!("The file {} can't be made: {e}.", path.display()))
    };
    if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty() && !p.exists()) {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(failed)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    // SQLite gives its other files the same mode.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(failed(e)),
        _ => Ok(()),
    }
}
