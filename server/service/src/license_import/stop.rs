//! Stops an import.

use domain::LicenseImportId;
use domain::event::Event;
use domain::import::ImportState;
use domain::permission::Permission;
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};

use super::row;
use crate::store::AuditEvent;
use crate::{Actor, Error, Result, Service};

/// Asks an import to stop before its next chunk. An import of all or nothing then removes its licenses;
/// another one keeps them.
///
/// # Errors
/// Returns an error if the role lacks the permission, the import does not exist or does not run, or the
/// database fails.
#[tracing::instrument(name = "license_import.stop", skip_all, fields(account = %actor.account, import = %id), err(level = "debug"))]
pub async fn stop(service: &Service, actor: &Actor, id: LicenseImportId) -> Result<()> {
    actor.require(Permission::ImportLicenses)?;
    let mut txn = service.begin_write().await?;
    let import = row::lock(&txn, actor.account, id).await?;
    if row::state(&import)? != ImportState::Importing {
        return Err(Error::Conflict("This import does not run.".into()));
    }
    if import.stop_requested {
        return Ok(());
    }
    let entry = AuditEvent {
        event: Event::LicenseImportStopped,
        license: None,
        product: None,
        detail: Some(import.file_name.clone()),
        payload: serde_json::json!({ "license_import_id": id }),
    };
    let mut update = import.into_active_model();
    update.stop_requested = Set(true);
    update.update(txn.conn()).await?;
    txn.record(actor, entry);
    txn.commit().await
}
