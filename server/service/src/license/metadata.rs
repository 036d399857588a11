//! A seller's own fields of a license, such as the number of an order.

use domain::event::Event;
use domain::license::{Metadata, folded_value};
use domain::permission::Permission;
use domain::{FieldError, LicenseId};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, Set};

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
    license_metadata::Entity::delete_many()
        .filter(license_metadata::Column::LicenseId.eq(id.0))
        .exec(txn.conn())
        .await?;
    let rows = metadata.iter().map(|(key, value)| license_metadata::ActiveModel {
        license_id: Set(id.0),
        key: Set(key.to_owned()),
        account_id: Set(actor.account.0),
        value: Set(value.to_owned()),
        search_value: Set(folded_value(value)),
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        license_metadata::Entity::insert_many(rows).exec_without_returning(txn.conn()).await?;
    }
    let entry = AuditEvent::license(Event::LicenseMetadataChanged, id)
        .detail(changed.join(", "))
        .with_payload("changed", changed);
    txn.record(actor, entry);
    txn.commit().await
}
