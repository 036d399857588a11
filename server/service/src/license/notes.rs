//! A seller's notes on a license.

use domain::bounded_text::Notes;
use domain::permission::Permission;
use domain::{AccountId, FieldError, LicenseId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait as _, Set};

use super::changes::notes_event;
use crate::store::entity::license_notes;
use crate::store::{WriteTxn, scope};
use crate::{Actor, Error, Result, Service};

/// Returns the notes of a license, which the caller must have found in the actor's account.
pub(super) async fn load(db: &impl ConnectionTrait, license: LicenseId) -> Result<Option<String>> {
    Ok(license_notes::Entity::find_by_id(license.0).one(db).await?.map(|row| row.text))
}

/// Replaces the notes of a license; `None` removes them. `former` are the notes that the editor saw.
/// The audit entry does not contain the text.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license does not exist, other notes were
/// saved in the meantime, or the database fails.
#[tracing::instrument(name = "license.set_notes", skip_all, fields(account = %actor.account, license = %id), err(level = "debug"))]
pub async fn set_notes(
    service: &Service,
    actor: &Actor,
    id: LicenseId,
    notes: Option<&Notes>,
    former: Option<&Notes>,
) -> Result<()> {
    actor.require(Permission::WriteLicense)?;
    let mut txn = service.begin_write().await?;
    scope::lock_license(&txn, actor.account, id).await?;
    let stored = load(txn.conn(), id).await?;
    if stored.as_deref() == notes.map(Notes::as_str) {
        return Ok(());
    }
    if stored.as_deref() != former.map(Notes::as_str) {
        let text = "Other notes were saved in the meantime; the page shows them. Saving again replaces them.";
        return Err(Error::Changed(vec![FieldError::new("notes", text)]));
    }
    store(&txn, actor.account, id, notes.map(Notes::as_str)).await?;
    txn.record(actor, notes_event(id, stored.is_some(), notes.is_some()));
    txn.commit().await
}

/// Writes the notes of a license that the transaction has locked; `None` removes them.
pub(super) async fn store(
    txn: &WriteTxn,
    account: AccountId,
    id: LicenseId,
    notes: Option<&str>,
) -> Result<()> {
    let Some(notes) = notes else {
        license_notes::Entity::delete_by_id(id.0).exec(txn.conn()).await?;
        return Ok(());
    };
    let row = license_notes::ActiveModel {
        license_id: Set(id.0),
        account_id: Set(account.0),
        text: Set(notes.to_owned()),
        updated_at: Set(txn.now().millis()),
    };
    let conflict = OnConflict::column(license_notes::Column::LicenseId)
        .update_columns([license_notes::Column::Text, license_notes::Column::UpdatedAt])
        .to_owned();
    license_notes::Entity::insert(row).on_conflict(conflict).exec_without_returning(txn.conn()).await?;
    Ok(())
}
