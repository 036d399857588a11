//! A seller's own fields of a license, such as the number of an order.

use domain::event::Event;
use domain::license::{Metadata, MetadataPair, Visibility};
use domain::permission::Permission;
use domain::{FieldError, LicenseId};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use super::changes::metadata_change;
use super::{metadata_rows, readers};
use crate::store::entity::license_metadata;
use crate::store::{AuditEvent, scope};
use crate::{Actor, Error, Result, Service};

/// Returns the fields of a license, which the caller must have found in the actor's account.
pub(super) async fn load(db: &impl ConnectionTrait, license: LicenseId) -> Result<Vec<(String, String)>> {
    let rows = license_metadata::Entity::find()
        .filter(license_metadata::Column::LicenseId.eq(license.0))
        .order_by_asc(license_metadata::Column::Key)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.key, row.value)).collect())
}

/// Returns the fields of a license as [`load`] does, and the names of those that apps see, and of those that the
/// customer sees.
pub(super) async fn load_with_readers(
    db: &impl ConnectionTrait,
    license: LicenseId,
) -> Result<(Vec<(String, String)>, [Vec<String>; 2])> {
    let rows = metadata_rows::load(db, license).await?;
    let pairs: Vec<MetadataPair> = rows.iter().map(metadata_rows::pair).collect();
    let apps = readers::names_of(&pairs, |sees| sees.activation);
    let customer = readers::names_of(&pairs, |sees| sees.user);
    let mut fields: Vec<_> = pairs.into_iter().map(|pair| (pair.key, pair.value)).collect();
    fields.sort_unstable();
    Ok((fields, [apps, customer]))
}

/// Replaces the fields of a license. `former` are the fields that the editor saw. The audit entry
/// contains the names of the changed fields, not their values.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license does not exist, other fields were
/// saved in the meantime, or the database fails.
#[tracing::instrument(name = "license.set_metadata", skip_all, fields(account = %actor.account, license = %id), err(level = "debug"))]
pub async fn set_metadata(
    service: &Service,
    actor: &Actor,
    id: LicenseId,
    metadata: &Metadata,
    former: &Metadata,
) -> Result<()> {
    actor.require(Permission::WriteLicense)?;
    let mut txn = service.begin_write().await?;
    scope::lock_license(&txn, actor.account, id).await?;
    let stored = Metadata::from_storage(load(txn.conn(), id).await?);
    let changed = stored.changed_names(metadata);
    if changed.is_empty() {
        return Ok(());
    }
    if stored != *former {
        let text =
            "Other fields were saved in the meantime; the page shows them. Saving again replaces them.";
        return Err(Error::Changed(vec![FieldError::new("metadata", text)]));
    }
    let rows = metadata_rows::load(txn.conn(), id).await?;
    let visibility = |key: &str| {
        let row = rows.iter().find(|row| row.key == key);
        row.map_or_else(Visibility::default, |row| metadata_rows::pair(row).visibility)
    };
    let pairs = metadata.iter().filter(|(key, _)| changed.iter().any(|name| name == key));
    let pairs: Vec<_> = pairs
        .map(|(key, value)| MetadataPair {
            key: key.to_owned(),
            value: value.to_owned(),
            visibility: visibility(key),
        })
        .collect();
    let is_kept = |row: &&license_metadata::Model| metadata.iter().any(|(key, _)| key == row.key);
    let removed: Vec<_> = rows.iter().filter(|row| !is_kept(row)).map(|row| row.key.clone()).collect();
    metadata_rows::store(&txn, actor.account.0, id, rows, &pairs, &removed).await?;
    metadata_rows::touch(&txn, id, txn.now()).await?;
    let set: Vec<String> = pairs.into_iter().map(|pair| pair.key).collect();
    let entry = AuditEvent::license(Event::LicenseMetadataChanged, id)
        .detail(changed.join(", "))
        .changes(metadata_change(&removed, &set))
        .with_payload("changed", changed);
    txn.record(actor, entry);
    txn.commit().await
}
