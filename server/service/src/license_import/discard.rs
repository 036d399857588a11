//! Discards an import that was not confirmed.

use domain::LicenseImportId;
use domain::import::ImportState;
use domain::permission::Permission;
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};

use super::row;
use crate::{Actor, Error, Result, Service};

/// Discards an import. A worker deletes its rows. Discarding again changes nothing.
///
/// # Errors
/// Returns an error if the role lacks the permission, the import does not exist or was confirmed, or the
/// database fails.
#[tracing::instrument(name = "license_import.discard", skip_all, fields(account = %actor.account, import = %id), err(level = "debug"))]
pub async fn discard(service: &Service, actor: &Actor, id: LicenseImportId) -> Result<()> {
    actor.require(Permission::ImportLicenses)?;
    let txn = service.begin_write().await?;
    let import = row::lock(&txn, actor.account, id).await?;
    match row::state(&import)? {
        ImportState::Uploading | ImportState::Checked => {}
        ImportState::Discarded => return Ok(()),
        _ => return Err(Error::Conflict("This import was confirmed already.".into())),
    }
    let now = txn.now().millis();
    let mut update = import.into_active_model();
    update.state = Set(ImportState::Discarded.as_str().to_owned());
    update.finished_at = Set(Some(now));
    update.update(txn.conn()).await?;
    txn.commit().await
}
