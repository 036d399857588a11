//! Connection options of SQLite, and creation of its file.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use sea_orm::ConnectOptions;
use sea_orm::sqlx::Connection as _;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};

use super::checkpoint;
use super::options::ACQUIRE_TIMEOUT;
use crate::Result;

/// An acknowledged commit is on the disk.
const SYNCHRONOUS: SqliteSynchronous = SqliteSynchronous::Full;
/// Maximum time that SQLite waits for a write transaction of another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Page cache of the writer in KiB, allocated on use.
pub(crate) const WRITER_CACHE_KIB: i64 = 16_000;
/// Page cache of each reader in KiB. Readers miss into the page cache of the operating system.
const READER_CACHE_KIB: i64 = 2_000;

/// Rows that a SQLite thread buffers before it waits for the receiver.
const ROW_BUFFER: usize = 128;

/// Number of connections reserved for lists.
pub(super) const LIST_CONNECTIONS: u32 = 2;
/// Size of the memory map of list connections in bytes. A search reads pages from the whole file,
/// and copying them took half of its time. Other readers do not map the file: a read after a commit
/// unmaps all pages, which delays verifications (20 ms instead of 2 ms at p99).
const MMAP_BYTES: i64 = 1 << 30;

/// The purpose of a SQLite connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ConnectionRole {
    Reader,
    /// Reads lists through a memory map.
    ListReader,
    Writer,
    /// Checkpoints the WAL.
    Checkpointer,
}

/// Returns the options of a pool of at most `connections` connections for `role`.
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
                .synchronous(SYNCHRONOUS)
                .foreign_keys(true)
                .busy_timeout(busy)
                // The SQLite thread reads all rows of a page ahead of the receiver.
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
        // On a full disk SQLite rolls back by itself and sqlx's ROLLBACK fails. sqlx's count of
        // open transactions then never reaches zero, and every later commit only releases a
        // savepoint: acknowledged commits are lost. Such a connection is closed.
        .map_sqlx_sqlite_pool_opts(move |pool| {
            pool.idle_timeout(None).max_lifetime(None).after_release(move |connection, _| {
                Box::pin(async move {
                    // The ping runs a queued rollback first, so that the count is correct. The pool
                    // pings once more by itself, which is enough for readers: each ping costs two
                    // thread switches, as much as a short statement.
                    if role == ConnectionRole::Writer || connection.is_in_transaction() {
                        connection.ping().await?;
                    }
                    Ok(!connection.is_in_transaction())
                })
            })
        });
    connect
}

/// Returns the file of a SQLite URL; `None` for another database.
#[must_use]
pub fn file_of_url(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?;
    Some(path.trim_start_matches("//").split('?').next().unwrap_or_default().into())
}

/// Creates the database file and its folder, readable only by their owner.
pub(super) fn create_file_if_missing(url: &str) -> Result<()> {
    let Some(path) = file_of_url(url) else { return Ok(()) };
    let path = path.as_path();
    let failed = |e: io::Error| {
        crate::Error::invalid("database_url", format!("The file {} can't be created: {e}.", path.display()))
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
    // SQLite creates its WAL and shared-memory files with the same mode.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(failed(e)),
        _ => Ok(()),
    }
}
