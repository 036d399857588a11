//! Pages of a license's domains.

use domain::LicenseId;
use domain::filter::{ListPage, ListRequest};
use domain::permission::Permission;

use super::record::{DomainActivationRecord, record};
use super::source::Source;
use crate::store::scope;
use crate::{Actor, Result, Service, listing};

/// Returns a page of the domains of a license.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such license, too many rows would have to be
/// read, or the database fails.
#[tracing::instrument(name = "domain_activation.list", skip_all, fields(account = %actor.account, license = %license), err(level = "debug"))]
pub async fn list(
    service: &Service,
    actor: &Actor,
    license: LicenseId,
    request: &ListRequest,
) -> Result<ListPage<DomainActivationRecord>> {
    actor.require(Permission::Read)?;
    let row = scope::license(service.store.read(), actor.account, license).await?;
    let source = Source { service, account: actor.account, license };
    Ok(listing::list(&source, request).await?.map(|domain| record(domain.0, row.product_id)))
}
