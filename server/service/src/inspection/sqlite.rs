//! Version, durability settings and structure of a SQLite file.

use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseBackend, DatabaseConnection, Statement,
};
use tokio::time::timeout;

use crate::Result;
use crate::store::SYNCHRONOUS;

/// Length of the header of a file that tells its journal mode.
const HEADER_BYTES: u64 = 20;

/// The state of a SQLite file.
pub struct SqliteState {
    /// The version of the library.
    pub version: String,
    /// Whether the file is in WAL mode.
    pub is_wal: bool,
    /// The pragma `synchronous` as the server sets it; 2 is `FULL`.
    pub synchronous: i64,
    /// The structure of the file.
    pub integrity: Integrity,
    /// The size of the file in bytes.
    pub bytes: u64,
}

/// The result of the check of a file's structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Integrity {
    /// No fault was found.
    Whole,
    /// The first fault.
    Damaged(String),
    /// The check took too long, or the file changed beneath it.
    Unfinished,
}

/// Connects without writing. A reader of a file without a WAL would create its files and leave them; such a file has
/// no server, and is read as one that does not change.
pub(super) async fn connect(file: &Path) -> Result<DatabaseConnection> {
    let is_in_use = has_wal(file);
    let mut options = ConnectOptions::new(format!("sqlite://{}", file.display()));
    options.max_connections(1).sqlx_logging(false).map_sqlx_sqlite_opts(move |options| {
        options.read_only(true).immutable(!is_in_use).synchronous(SYNCHRONOUS)
    });
    Ok(Database::connect(options).await?)
}

pub(super) async fn read(db: &DatabaseConnection, file: &Path, limit: Duration) -> Result<SqliteState> {
    let was_in_use = has_wal(file);
    let version = first_text(db, "SELECT sqlite_version()").await?;
    let statement = Statement::from_string(DatabaseBackend::Sqlite, "PRAGMA synchronous");
    let row = db.query_one_raw(statement).await?;
    let synchronous = row.map(|row| row.try_get_by_index::<i64>(0)).transpose()?.unwrap_or_default();
    let integrity = match timeout(limit, first_text(db, "PRAGMA quick_check(1)")).await {
        Ok(Ok(text)) if text == "ok" => Integrity::Whole,
        Err(_) => Integrity::Unfinished,
        // A server started meanwhile, and wrote beneath the check.
        Ok(_) if has_wal(file) != was_in_use => Integrity::Unfinished,
        Ok(Ok(text)) => Integrity::Damaged(text),
        Ok(Err(error)) => Integrity::Damaged(error.to_string()),
    };
    Ok(SqliteState {
        version,
        is_wal: is_wal(&header(file)),
        synchronous,
        integrity,
        bytes: file.metadata().map_or(0, |file| file.len()),
    })
}

async fn first_text(db: &DatabaseConnection, sql: &str) -> Result<String> {
    let row = db.query_one_raw(Statement::from_string(DatabaseBackend::Sqlite, sql)).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default())
}

/// Returns whether the file has a WAL: a server has it open, or was killed.
fn has_wal(file: &Path) -> bool {
    let mut wal = file.as_os_str().to_owned();
    wal.push("-wal");
    Path::new(&wal).exists()
}

fn header(file: &Path) -> Vec<u8> {
    let mut header = Vec::new();
    if let Ok(file) = std::fs::File::open(file) {
        let _ = file.take(HEADER_BYTES).read_to_end(&mut header);
    }
    header
}

/// Returns whether a file is in WAL mode: its format versions for writing and reading are 2.
fn is_wal(header: &[u8]) -> bool {
    matches!(header.get(18..20), Some([2, 2]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn journal_mode_is_read_from_the_header() {
        let mut header = b"SQLite format 3\0\x10\x00\x02\x02".to_vec();
        assert!(is_wal(&header));
        header[18..].copy_from_slice(&[1, 1]);
        assert!(!is_wal(&header));
        for end in 0..20 {
            assert!(!is_wal(&b"SQLite format 3\0\x10\x00\x02\x02"[..end]));
        }
    }
}
