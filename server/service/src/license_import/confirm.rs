//! Confirms an import after its check.

use domain::LicenseImportId;
use domain::event::Event;
use domain::import::ImportState;
use domain::permission::Permission;
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};

use super::row;
use crate::store::AuditEvent;
use crate::{Actor, Error, Result, Service};

/// Starts the import of the good rows, which a worker runs. With `all_or_nothing`, a row that cannot be
/// imported any more ends the import, and its licenses are removed; else the row is skipped. Confirming
/// again changes nothing.
///
/// # Errors
/// Returns an error if the role lacks the permission, the import does not exist, was discarded, has no good
/// row, or has faults although all rows shall be imported, or if the database fails.
#[tracing::instrument(name = "license_import.confirm", skip_all, fields(account = %actor.account, import = %id), err(level = "debug"))]
pub async fn confirm(
    service: &Service,
    actor: &Actor,
    id: LicenseImportId,
    all_or_nothing: bool,
) -> Result<()> {
    actor.require(Permission::ImportLicenses)?;
    let mut txn = service.begin_write().await?;
    let import = row::lock(&txn, actor.account, id).await?;
    match row::state(&import)? {
        ImportState::Checked => {}
        ImportState::Uploading => return Err(Error::Conflict("The file is still being received.".into())),
        ImportState::Discarded => {
            return Err(Error::Conflict("This import was discarded. Send the file again.".into()));
        }
        _ => return Ok(()),
    }
    if import.good_rows == 0 {
        return Err(Error::Conflict(
            "No row of this file can be imported. Mend the file and send it again.".into(),
        ));
    }
    if all_or_nothing && import.faulty_rows > 0 {
        let text = "Rows of this file have faults. Mend the file, or import the good rows only.";
        return Err(Error::Conflict(text.into()));
    }
    let entry = AuditEvent {
        event: Event::LicenseImportStarted,
        license: None,
        product: None,
        detail: Some(format!("{}, {} rows", import.file_name, import.good_rows)),
        payload: serde_json::json!({ "license_import_id": id, "rows": import.good_rows }),
    };
    // The import goes on with the rights of the member who confirmed it.
    let (actor_id, _) = actor.principal.actor_id_and_ip();
    let mut update = import.into_active_model();
    update.state = Set(ImportState::Importing.as_str().to_owned());
    update.all_or_nothing = Set(all_or_nothing);
    update.actor_kind = Set(actor.principal.kind().to_owned());
    update.actor_id = Set(actor_id);
    update.actor_name = Set(actor.principal.name().to_owned());
    update.update(txn.conn()).await?;
    txn.record(actor, entry);
    txn.commit().await?;
    service.bulk_job_started.notify_one();
    Ok(())
}
