//! Checks that a backup is whole and belongs to the master key.

use std::path::Path;

use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseBackend, DatabaseConnection, EntityTrait as _,
    PaginatorTrait as _, Statement,
};
use serde::Serialize;

use crate::secrets::{Keyring, Purpose};
use crate::store::entity::{activations, instance, licenses};
use crate::{Error, Result};

/// The content of a verified backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BackupContent {
    /// Size of the file in bytes.
    pub bytes: u64,
    /// Number of licenses.
    pub licenses: u64,
    /// Number of activations.
    pub activations: u64,
}

/// Reads the whole file and checks its structure and, with `keys`, that they open its secrets.
///
/// # Errors
/// Returns an error if the file is no database of Countersign, is damaged, or was made under another
/// master key.
pub async fn verify(path: &Path, keys: Option<&Keyring>) -> Result<BackupContent> {
    let bytes = std::fs::metadata(path).map_err(|e| unreadable(path, &e.to_string()))?.len();
    let mut options = ConnectOptions::new(format!("sqlite://{}", path.display()));
    options.max_connections(1).sqlx_logging(false).map_sqlx_sqlite_opts(|options| options.read_only(true));
    let db = Database::connect(options).await.map_err(|e| unreadable(path, &e.to_string()))?;
    let content = verify_content(&db, path, bytes, keys).await;
    let _ = db.close().await;
    content
}

async fn verify_content(
    db: &DatabaseConnection,
    path: &Path,
    bytes: u64,
    keys: Option<&Keyring>,
) -> Result<BackupContent> {
    let check = Statement::from_string(DatabaseBackend::Sqlite, "PRAGMA integrity_check");
    let row = db.query_one_raw(check).await.map_err(|e| unreadable(path, &e.to_string()))?;
    let result: String = row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
    if result != "ok" {
        return Err(unreadable(path, &result));
    }
    let instance = instance::Entity::find_by_id(1)
        .one(db)
        .await
        .ok()
        .flatten()
        .ok_or_else(|| unreadable(path, "it holds no instance of Countersign"))?;
    if let Some(keys) = keys
        && keys.open(Purpose::KeyCheck, instance.instance_id, &instance.key_check).is_err()
    {
        return Err(Error::invalid(
            "master_key",
            "The backup was made under another master key. Restore the file master.key that belongs to it first.",
        ));
    }
    Ok(BackupContent {
        bytes,
        licenses: licenses::Entity::find().count(db).await?,
        activations: activations::Entity::find().count(db).await?,
    })
}

fn unreadable(path: &Path, reason: &str) -> Error {
    Error::invalid("file", format!("The file {} is no whole backup: {reason}.", path.display()))
}
