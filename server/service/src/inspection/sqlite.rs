//! Version, journal mode and structure of a SQLite file.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseBackend, DatabaseConnection, Statement,
};
use tokio::time::timeout;

use crate::error::sqlite_damage;
use crate::{Error, Result};

/// Length of the header of a file that tells its journal mode.
const HEADER_BYTES: u64 = 20;

/// The state of a SQLite file.
pub struct SqliteState {
    /// The version of the library.
    pub version: String,
    /// Whether the file is in WAL mode.
    pub is_wal: bool,
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
    /// The reason why the check has no result.
    Unfinished(String),
}

/// A SQLite file that is read without writing.
pub(super) struct SqliteFile {
    path: PathBuf,
    /// The state before the reading of a file that is read as one that does not change.
    unchanging: Option<FileState>,
}

/// What differs after a write to a file.
#[derive(PartialEq, Eq)]
struct FileState {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl FileState {
    fn of(path: &Path) -> Option<Self> {
        let file = path.metadata().ok()?;
        Some(Self { bytes: file.len(), modified: file.modified().ok() })
    }
}

impl SqliteFile {
    /// Decides how a file is read. A plain reader of a file without a WAL would create one and leave it. Such a file has
    /// no server, and is read as one that does not change.
    pub(super) fn new(path: &Path) -> Self {
        // A database behind a symbolic link has its WAL beside the target.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        // Read before the search for the WAL, so that a write between both is found.
        let state = FileState::of(&path);
        let unchanging = if has_wal(&path) { None } else { state };
        Self { path, unchanging }
    }

    pub(super) async fn connect(&self) -> Result<DatabaseConnection> {
        let is_immutable = self.unchanging.is_some();
        let mut options = ConnectOptions::new(format!("sqlite://{}", self.path.display()));
        options
            .max_connections(1)
            .sqlx_logging(false)
            .map_sqlx_sqlite_opts(move |options| options.read_only(true).immutable(is_immutable));
        Ok(Database::connect(options).await?)
    }

    /// Returns whether a file that was read as one that does not change has changed. What was read may then be of two states.
    pub(super) fn has_changed(&self) -> bool {
        self.unchanging.as_ref().is_some_and(|before| FileState::of(&self.path).as_ref() != Some(before))
    }

    pub(super) async fn read(&self, db: &DatabaseConnection, limit: Duration) -> Result<SqliteState> {
        let version = first_text(db, "SELECT sqlite_version()").await?;
        let checked = timeout(limit, first_text(db, "PRAGMA quick_check(1)")).await;
        let integrity = match checked {
            Err(_) => Integrity::Unfinished(format!("the check took more than {} s", limit.as_secs())),
            // A server started meanwhile, and wrote beneath the check.
            Ok(_) if self.has_changed() => Integrity::Unfinished("the file changed meanwhile".to_owned()),
            Ok(Ok(text)) if text == "ok" => Integrity::Whole,
            Ok(Ok(text)) => Integrity::Damaged(text),
            Ok(Err(error)) => match sqlite_damage(&error) {
                Some(damage) => Integrity::Damaged(damage),
                None => Integrity::Unfinished(cause(&error)),
            },
        };
        Ok(SqliteState {
            version,
            is_wal: is_wal(&header(&self.path)),
            integrity,
            bytes: self.path.metadata().map_or(0, |file| file.len()),
        })
    }
}

/// Returns the text of a driver's error, which the operator sees.
fn cause(error: &Error) -> String {
    match error {
        Error::Unavailable(cause) | Error::Database(cause) => cause.to_string(),
        other => other.to_string(),
    }
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
    fn change_beneath_a_file_without_a_wal_is_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.db");
        std::fs::write(&path, "before").expect("written");
        let file = SqliteFile::new(&path);
        assert!(file.unchanging.is_some() && !file.has_changed());
        std::fs::write(&path, "after it").expect("written");
        assert!(file.has_changed());
    }

    #[cfg(unix)]
    #[test]
    fn wal_is_beside_the_target_of_a_symbolic_link() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, link) = (folder.path().join("a.db"), folder.path().join("link.db"));
        std::fs::write(&path, "x").expect("written");
        std::fs::write(folder.path().join("a.db-wal"), "x").expect("written");
        std::os::unix::fs::symlink(&path, &link).expect("a link");
        let file = SqliteFile::new(&link);
        assert!(file.unchanging.is_none(), "a server may write");
        std::fs::write(&path, "longer").expect("written");
        assert!(!file.has_changed(), "a reader sees one state");
    }

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
