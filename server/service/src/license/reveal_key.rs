//! Reveals a license key in clear text.

use domain::IssuedKey;
use domain::LicenseId;
use domain::event::Event;
use domain::permission::Permission;

use crate::store::entity::licenses;
use crate::store::{AuditEvent, scope};
use crate::{Actor, Result, Service};

/// Returns the key of a license to a member with the permission. Each reveal is an audit entry.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license does not exist, or the key cannot
/// be opened with this master key.
#[tracing::instrument(name = "license.reveal_key", skip_all, fields(account = %actor.account, license = %id), err(level = "debug"))]
pub async fn reveal_key(service: &Service, actor: &Actor, id: LicenseId) -> Result<IssuedKey> {
    actor.require(Permission::RevealKey)?;
    let row = scope::license(service.store.read(), actor.account, id).await?;
    let key = unseal_key(service, &row)?;
    let mut txn = service.begin_write().await?;
    txn.record(actor, AuditEvent::license(Event::LicenseKeyRevealed, id));
    txn.commit().await?;
    Ok(key)
}

/// Opens the sealed key of a row.
pub(super) fn unseal_key(service: &Service, row: &licenses::Model) -> Result<IssuedKey> {
    service.keys.open_license_key(row.id, &row.key_sealed)
}
