//! The organization and the tags of a license.

use domain::event::Event;
use domain::permission::Permission;
use domain::tag::TagNames;
use domain::{LicenseId, OrganizationId};
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};
use uuid::Uuid;

use crate::error::is_missing_reference;
use crate::store::entity::licenses;
use crate::store::{AuditEvent, Changes, WriteTxn, scope};
use crate::{Actor, Error, Result, Service, tag};

/// A change of the organization and the tags of a license. What is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct LicenseGroups {
    /// The organization; the inner `None` takes the license out of it.
    pub organization: Option<Option<OrganizationId>>,
    /// The tags. Unknown ones are made.
    pub tags: Option<TagNames>,
}

/// Puts a license into an organization and gives it tags. A license of any standing can be grouped. Without a
/// difference nothing is written and no event is recorded.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license does not exist, of the field `organization` if the
/// account has no such organization, or an error of the database.
#[tracing::instrument(name = "license.set_groups", skip_all, fields(account = %actor.account, license = %id), err(level = "debug"))]
pub async fn set_groups(
    service: &Service,
    actor: &Actor,
    id: LicenseId,
    groups: LicenseGroups,
) -> Result<()> {
    actor.require(Permission::WriteLicense)?;
    let mut txn = service.begin_write().await?;
    let row = scope::lock_license(&txn, actor.account, id).await?;
    let before = row.organization_id;
    let after = groups.organization.map_or(before, |organization| organization.map(|id| id.0));
    if after != before
        && let Some(organization) = after
    {
        let found = scope::organization(txn.conn(), actor.account, OrganizationId(organization)).await;
        found.map_err(|error| if matches!(error, Error::NotFound) { no_organization() } else { error })?;
    }
    if !regroup(&mut txn, actor, &row, after, groups.tags.as_ref()).await? {
        return Ok(());
    }
    let mut update = row.into_active_model();
    update.organization_id = Set(after);
    update.updated_at = Set(txn.now().millis());
    update.update(txn.conn()).await.map_err(|error| {
        // The organization was deleted meanwhile.
        if is_missing_reference(&error) { no_organization() } else { error.into() }
    })?;
    txn.commit().await
}

/// Replaces the tags of a locked license, and records the change of the organization and the tags. The caller stores
/// the organization. Returns whether something differs.
pub(super) async fn regroup(
    txn: &mut WriteTxn,
    actor: &Actor,
    row: &licenses::Model,
    organization: Option<Uuid>,
    tags: Option<&TagNames>,
) -> Result<bool> {
    let id = LicenseId(row.id);
    let mut changes = Changes::default();
    changes.add("organizationId", &row.organization_id, &organization);
    if let Some(names) = tags {
        let former = load_tags(txn, id).await?;
        tag::set_for_licenses(txn, actor, id, names).await?;
        changes.add("tags", &former, &load_tags(txn, id).await?);
    }
    if changes.is_empty() {
        return Ok(false);
    }
    let detail = changes.properties().join(", ");
    txn.record(actor, AuditEvent::license(Event::LicenseGroupsChanged, id).detail(detail).changes(changes));
    Ok(true)
}

async fn load_tags(txn: &WriteTxn, id: LicenseId) -> Result<Vec<String>> {
    Ok(tag::names_of_licenses(txn.conn(), [id.0]).await?.remove(&id.0).unwrap_or_default())
}

fn no_organization() -> Error {
    Error::invalid("organization", "There is no such organization. Make it first, or choose another one.")
}
