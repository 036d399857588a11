//! Removes the licenses of an import again.

use domain::LicenseImportId;
use domain::event::Event;
use domain::import::ImportState;
use domain::permission::Permission;
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};

use super::row;
use crate::store::AuditEvent;
use crate::{Actor, Error, Result, Service};

/// Starts the removal of the licenses of an import, which a worker runs. Licenses that were used or changed
/// since stay, and so do customers. Removing again changes nothing.
///
/// # Errors
/// Returns an error if the role lacks the permission, the import does not exist, is not done or ended more
/// than an hour ago, or if the database fails.
#[tracing::instrument(name = "license_import.remove", skip_all, fields(account = %actor.account, import = %id), err(level = "debug"))]
pub async fn remove(service: &Service, actor: &Actor, id: LicenseImportId) -> Result<()> {
    actor.require(Permission::ImportLicenses)?;
    let mut txn = service.begin_write().await?;
    let import = row::lock(&txn, actor.account, id).await?;
    if matches!(row::state(&import)?, ImportState::Removing | ImportState::Removed) {
        return Ok(());
    }
    if row::removable_until(&import).is_none_or(|until| until < txn.now()) {
        return Err(Error::Conflict("The licenses of this import can’t be removed any more.".into()));
    }
    let entry = AuditEvent {
        event: Event::LicenseImportRemoved,
        license: None,
        product: None,
        detail: Some(import.file_name.clone()),
        payload: serde_json::json!({ "license_import_id": id }),
    };
    let mut update = import.into_active_model();
    update.state = Set(ImportState::Removing.as_str().to_owned());
    update.update(txn.conn()).await?;
    txn.record(actor, entry);
    txn.commit().await?;
    service.bulk_job_started.notify_one();
    Ok(())
}
