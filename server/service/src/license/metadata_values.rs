//! The rows of a seller's fields as bulk writes have them, and their copy for tokens.

use domain::Timestamp;
use domain::license::{MetadataPair, Visibility, folded_value};
use domain::machine::MetadataEntry;
use uuid::Uuid;

use crate::new_id;
use crate::store::entity::license_metadata;
use crate::store::row_values::{ColumnType, Columns, RowValues, row};

/// The columns of a field of the seller.
pub(super) const METADATA_COLUMNS: Columns = &[
    ("license_id", ColumnType::Uuid),
    ("key", ColumnType::Text),
    ("account_id", ColumnType::Uuid),
    ("value", ColumnType::Text),
    ("search_value", ColumnType::Text),
    ("id", ColumnType::Uuid),
    ("view_permissions", ColumnType::Text),
    ("created_at", ColumnType::Int),
    ("updated_at", ColumnType::Int),
];

/// Returns the values of [`METADATA_COLUMNS`].
pub(super) fn metadata_values(model: &license_metadata::Model) -> RowValues {
    let license_metadata::Model {
        license_id,
        key,
        account_id,
        value,
        search_value,
        id,
        view_permissions,
        created_at,
        updated_at,
    } = model;
    row![
        *license_id,
        key.clone(),
        *account_id,
        value.clone(),
        search_value.clone(),
        *id,
        view_permissions.clone(),
        *created_at,
        *updated_at,
    ]
}

/// Makes the row of a new field of the seller.
pub(super) fn metadata_row(
    account: Uuid,
    license: Uuid,
    pair: &MetadataPair,
    at: Timestamp,
) -> license_metadata::Model {
    license_metadata::Model {
        license_id: license,
        key: pair.key.clone(),
        account_id: account,
        value: pair.value.clone(),
        search_value: folded_value(&pair.value),
        id: Some(new_id()),
        view_permissions: pair.visibility.to_storage(),
        created_at: at.millis(),
        updated_at: at.millis(),
    }
}

/// Returns the fields that apps see, as the license's row keeps them; `None` if they see none.
pub(super) fn visible_metadata<'a>(
    rows: impl IntoIterator<Item = &'a license_metadata::Model>,
) -> Option<String> {
    let visible = |row: &&license_metadata::Model| Visibility::from_storage(&row.view_permissions).activation;
    let entry =
        |row: &license_metadata::Model| MetadataEntry { key: row.key.clone(), value: row.value.clone() };
    let entries: Vec<_> = rows.into_iter().filter(visible).map(entry).collect();
    if entries.is_empty() { None } else { serde_json::to_string(&entries).ok() }
}
