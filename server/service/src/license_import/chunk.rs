//! Chunks: the sealed rows of a file.

use domain::AccountId;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::file_row::FileRow;
use crate::secrets::Purpose;
use crate::store::entity::license_import_chunks as chunks;
use crate::store::row_values::{ColumnType, Columns, RowValues, row};
use crate::{Error, Result, Service, new_id};

/// Rows in a chunk, and in one transaction of an import.
pub(super) const ROWS_PER_CHUNK: usize = 500;

/// The columns of [`seal`].
pub(super) const COLUMNS: Columns = &[
    ("id", ColumnType::Uuid),
    ("import_id", ColumnType::Uuid),
    ("account_id", ColumnType::Uuid),
    ("number", ColumnType::Int),
    ("sealed", ColumnType::Bytes),
];

/// Returns the database row of a chunk.
pub(super) fn seal(
    service: &Service,
    account: AccountId,
    import: Uuid,
    number: i64,
    rows: &[FileRow],
) -> Result<RowValues> {
    let id = new_id();
    let plain: Vec<(u64, &[String])> = rows.iter().map(|row| (row.line, row.cells.as_slice())).collect();
    let json = serde_json::to_vec(&plain).map_err(|e| Error::Internal(format!("JSON: {e}")))?;
    let sealed = service.keys.seal(Purpose::ImportedRows, id, &Zeroizing::new(json))?;
    Ok(row![id, import, account.0, number, sealed])
}

/// Loads and opens a chunk. `None` if there is no chunk of this number.
pub(super) async fn load(
    service: &Service,
    db: &impl ConnectionTrait,
    import: Uuid,
    number: i64,
) -> Result<Option<Vec<FileRow>>> {
    let found = chunks::Entity::find()
        .filter(chunks::Column::ImportId.eq(import))
        .filter(chunks::Column::Number.eq(number))
        .one(db)
        .await?;
    let Some(chunk) = found else { return Ok(None) };
    let json = service.keys.open(Purpose::ImportedRows, chunk.id, &chunk.sealed)?;
    let rows: Vec<(u64, Vec<String>)> = serde_json::from_slice(&json)
        .map_err(|_| Error::Internal(format!("chunk {} of an import is damaged", chunk.id)))?;
    Ok(Some(rows.into_iter().map(|(line, cells)| FileRow { line, cells }).collect()))
}
