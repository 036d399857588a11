//! Chunks: the sealed rows of a file.

use domain::AccountId;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::file_row::FileRow;
use crate::secrets::Purpose;
use crate::store::entity::license_import_chunks as chunks;
use crate::store::row_values::{ColumnType, Columns, RowValues, row};
use crate::{Error, Result, Service, new_id};

/// Rows in a chunk.
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

/// Loads up to `most` sealed chunks from this number on.
pub(super) async fn load(
    db: &impl ConnectionTrait,
    import: Uuid,
    number: i64,
    most: u64,
) -> Result<Vec<chunks::Model>> {
    let found = chunks::Entity::find()
        .filter(chunks::Column::ImportId.eq(import))
        .filter(chunks::Column::Number.gte(number))
        .order_by_asc(chunks::Column::Number)
        .limit(most)
        .all(db)
        .await?;
    Ok(found)
}

/// Opens a chunk.
pub(super) fn open(service: &Service, chunk: &chunks::Model) -> Result<Vec<FileRow>> {
    let json = service.keys.open(Purpose::ImportedRows, chunk.id, &chunk.sealed)?;
    let rows: Vec<(u64, Vec<String>)> = serde_json::from_slice(&json)
        .map_err(|_| Error::Internal(format!("chunk {} of an import is damaged", chunk.id)))?;
    Ok(rows.into_iter().map(|(line, cells)| FileRow { line, cells }).collect())
}
