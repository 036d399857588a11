//! Activation of a domain that a seller has freed: the undo of the release.

use domain::permission::Permission;
use domain::{DomainName, LicenseId};

use super::allow::take_slot;
use crate::secrets::KeyDigests;
use crate::store::scope;
use crate::{Actor, Result, Service};

/// Activates a license on a freed domain again. The domain limit stays, because an undo must not grant a slot.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license does not exist or is not active, another
/// domain has taken the slot, or the database fails.
#[tracing::instrument(name = "activation.restore", skip_all, fields(account = %actor.account, license = %license), err(level = "debug"))]
pub async fn restore(
    service: &Service,
    actor: &Actor,
    license: LicenseId,
    domain: &DomainName,
) -> Result<()> {
    actor.require(Permission::WriteLicense)?;
    let mut txn = service.begin_write().await?;
    let row = scope::lock_license(&txn, actor.account, license).await?;
    take_slot(&mut txn, actor, KeyDigests::from_storage(&row.key_digest)?, domain).await?;
    txn.commit().await
}
