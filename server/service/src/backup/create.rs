//! Writes a backup while the server runs.

use std::path::Path;

use sea_orm::{ConnectionTrait as _, DatabaseBackend, Statement};

use super::files::{create_private, io_error, partial_path, publish, refuse_existing};
use super::verify::{BackupContent, verify};
use crate::{Error, Result, Service};

/// Writes a consistent copy of the SQLite database to `path` and verifies it. The copy holds every
/// change that was acknowledged before the call. It does not hold the master key.
///
/// SQLite copies within one read transaction (`VACUUM INTO`), so that writes continue meanwhile.
///
/// # Errors
/// Returns an error if the database is PostgreSQL, the file exists or cannot be written, or the copy
/// is damaged.
#[tracing::instrument(name = "backup.create", skip_all, fields(path = %path.display()), err(level = "debug"))]
pub async fn create(service: &Service, path: &Path) -> Result<BackupContent> {
    if !service.store.is_sqlite() {
        return Err(Error::invalid(
            "database_url",
            "The database is PostgreSQL. Use its own tools, such as `pg_dump --format=custom`; see docs/operations.md.",
        ));
    }
    refuse_existing(path)?;
    let partial = partial_path(path);
    // VACUUM INTO accepts an empty file, which has the right mode already.
    create_private(&partial).map_err(io_error("file", &partial))?;
    let name = partial.to_str().ok_or_else(|| Error::invalid("file", "The file's name must be UTF-8."))?;
    let copy = Statement::from_sql_and_values(DatabaseBackend::Sqlite, "VACUUM INTO ?", [name.into()]);
    let connection = service.store.backup_connection(&service.options).await?;
    let copied = connection.execute_raw(copy).await;
    let _ = connection.close().await;
    copied?;
    let content = verify(&partial, Some(&service.keys)).await?;
    publish(&partial, path).map_err(io_error("file", path))?;
    Ok(content)
}
