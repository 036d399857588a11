//! The rows of a seller's fields of a license: loading, and writing of changes.

use domain::license::{MetadataPair, Visibility, folded_value};
use domain::{LicenseId, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use uuid::Uuid;

use super::metadata_values::{METADATA_COLUMNS, metadata_row, metadata_values, visible_metadata};
use crate::Result;
use crate::store::WriteTxn;
use crate::store::bulk_write::{BulkWrite, execute_all};
use crate::store::entity::{license_metadata, licenses};

/// Loads the fields of a license, which the caller must have found in the actor's account, in the order they
/// were made.
pub(super) async fn load(
    db: &impl ConnectionTrait,
    license: LicenseId,
) -> Result<Vec<license_metadata::Model>> {
    Ok(license_metadata::Entity::find()
        .filter(license_metadata::Column::LicenseId.eq(license.0))
        .order_by_asc(license_metadata::Column::CreatedAt)
        .order_by_asc(license_metadata::Column::Id)
        .all(db)
        .await?)
}

/// Returns the field of a row.
pub(super) fn pair(row: &license_metadata::Model) -> MetadataPair {
    MetadataPair {
        key: row.key.clone(),
        value: row.value.clone(),
        visibility: Visibility::from_storage(&row.view_permissions),
    }
}

/// Writes changed and new fields of a locked license, removes others, and writes the copy for tokens. `stored`
/// are all rows of the license.
pub(super) async fn store(
    txn: &WriteTxn,
    account: Uuid,
    license: LicenseId,
    mut stored: Vec<license_metadata::Model>,
    changed: &[MetadataPair],
    removed: &[String],
) -> Result<()> {
    use license_metadata::Column as M;
    let now = txn.now();
    let before = visible_metadata(&stored);
    if !removed.is_empty() {
        license_metadata::Entity::delete_many()
            .filter(M::LicenseId.eq(license.0))
            .filter(M::Key.is_in(removed))
            .exec(txn.conn())
            .await?;
        stored.retain(|row| !removed.contains(&row.key));
    }
    let mut added = Vec::new();
    for pair in changed {
        let Some(row) = stored.iter_mut().find(|row| row.key == pair.key) else {
            let row = metadata_row(account, license.0, pair, now);
            added.push(metadata_values(&row));
            stored.push(row);
            continue;
        };
        row.value.clone_from(&pair.value);
        row.view_permissions = pair.visibility.to_storage();
        license_metadata::Entity::update_many()
            .col_expr(M::Value, Expr::value(pair.value.clone()))
            .col_expr(M::SearchValue, Expr::value(folded_value(&pair.value)))
            .col_expr(M::ViewPermissions, Expr::value(row.view_permissions.clone()))
            .col_expr(M::UpdatedAt, Expr::value(now.millis()))
            .filter(M::LicenseId.eq(license.0))
            .filter(M::Key.eq(pair.key.clone()))
            .exec(txn.conn())
            .await?;
    }
    execute_all(txn.conn(), vec![BulkWrite::insert("license_metadata", METADATA_COLUMNS, added)], Vec::new())
        .await?;
    let after = visible_metadata(&stored);
    if before != after {
        licenses::Entity::update_many()
            .col_expr(licenses::Column::VisibleMetadata, Expr::value(after))
            .filter(licenses::Column::Id.eq(license.0))
            .exec(txn.conn())
            .await?;
    }
    Ok(())
}

/// Marks a license as changed at this time.
pub(super) async fn touch(txn: &WriteTxn, license: LicenseId, at: Timestamp) -> Result<()> {
    licenses::Entity::update_many()
        .col_expr(licenses::Column::UpdatedAt, Expr::value(at.millis()))
        .filter(licenses::Column::Id.eq(license.0))
        .exec(txn.conn())
        .await?;
    Ok(())
}
