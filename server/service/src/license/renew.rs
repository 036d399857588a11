//! Renews a license: moves its expiry.

use domain::event::Event;
use domain::permission::Permission;
use domain::{LicenseId, Timestamp};
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};

use crate::store::{AuditEvent, convert, scope};
use crate::{Actor, Result, Service};

/// Sets the expiry of a license; `None` is never. An expired license is active again if the new
/// expiry is in the future.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license does not exist or is revoked, or
/// the database fails.
#[tracing::instrument(name = "license.renew", skip_all, fields(account = %actor.account, license = %id), err(level = "debug"))]
pub async fn renew(
    service: &Service,
    actor: &Actor,
    id: LicenseId,
    expires_at: Option<Timestamp>,
) -> Result<()> {
    actor.require(Permission::WriteLicense)?;
    let mut txn = service.begin_write().await?;
    let row = scope::lock_license(&txn, actor.account, id).await?;
    convert::license_state(&row)?.ensure_editable()?;
    let before = convert::to_timestamp(row.expires_at);
    if before == expires_at {
        return Ok(());
    }
    let mut update = row.into_active_model();
    update.expires_at = Set(expires_at.map(Timestamp::millis));
    update.updated_at = Set(service.now().millis());
    update.update(txn.conn()).await?;
    let say = |at: Option<Timestamp>| at.map_or_else(|| "never".to_owned(), Timestamp::date);
    let entry = AuditEvent::license(Event::LicenseRenewed, id)
        .detail(format!("{} → {}", say(before), say(expires_at)))
        .with_payload("expires_at", expires_at.map(Timestamp::rfc3339));
    txn.record(actor, entry);
    txn.commit().await
}
