//! One organization.

use domain::OrganizationId;
use domain::permission::Permission;

use super::record::{OrganizationRecord, record};
use crate::store::scope;
use crate::{Actor, Result, Service};

/// Returns an organization of the account.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such organization, or the database fails.
#[tracing::instrument(name = "organization.show", skip_all, fields(account = %actor.account, organization = %id), err(level = "debug"))]
pub async fn show(service: &Service, actor: &Actor, id: OrganizationId) -> Result<OrganizationRecord> {
    actor.require(Permission::Read)?;
    Ok(record(scope::organization(service.store.read(), actor.account, id).await?))
}
