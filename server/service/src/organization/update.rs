//! Changes organizations.

use domain::OrganizationId;
use domain::event::Event;
use domain::organization::Organization;
use domain::permission::Permission;
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};

use super::Saved;
use super::changes::{between, set_columns};
use super::record::record;
use crate::error::is_duplicate;
use crate::store::{AuditEvent, scope};
use crate::{Actor, Result, Service};

/// Changes an organization. `edit` gets what is stored, under the organization's lock, and returns what is to be
/// stored. Without a difference nothing is written and no event is recorded.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such organization, `edit` refuses, or the
/// database fails.
#[tracing::instrument(name = "organization.update", skip_all, fields(account = %actor.account, organization = %id), err(level = "debug"))]
pub async fn update(
    service: &Service,
    actor: &Actor,
    id: OrganizationId,
    edit: impl FnOnce(&Organization) -> Result<Organization> + Send,
) -> Result<Saved> {
    actor.require(Permission::WriteLicense)?;
    let mut txn = service.begin_write().await?;
    let stored = record(scope::lock_organization(&txn, actor.account, id).await?);
    let edited = edit(&stored.organization)?;
    let changes = between(&stored.organization, &edited);
    if changes.is_empty() {
        return Ok(Saved::Saved(Box::new(stored)));
    }
    let mut row = scope::organization(txn.conn(), actor.account, id).await?.into_active_model();
    set_columns(&mut row, &edited);
    row.updated_at = Set(txn.now().millis());
    let row = match row.update(txn.conn()).await {
        Ok(row) => row,
        Err(error) if is_duplicate(&error) => return Ok(Saved::DuplicateName),
        Err(error) => return Err(error.into()),
    };
    let detail = format!("{}: {}", row.name, changes.properties().join(", "));
    let entry = AuditEvent::object(Event::OrganizationUpdated, "organization_id", id.0).detail(detail);
    txn.record(actor, entry.changes(changes));
    txn.commit().await?;
    Ok(Saved::Saved(Box::new(record(row))))
}
