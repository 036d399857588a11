//! Changes the limits of a license.

use domain::LicenseId;
use domain::event::Event;
use domain::license::Limit;
use domain::permission::Permission;
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};

use crate::store::{AuditEvent, convert, scope};
use crate::{Actor, Result, Service};

/// The limits to set; `None` leaves a limit unchanged.
#[derive(Debug, Clone, Copy, Default)]
pub struct NewLimits {
    /// The domain limit.
    pub domains: Option<Limit>,
    /// The machine limit.
    pub machines: Option<Limit>,
}

/// Changes a license's limits. A limit below the used slots keeps existing activations and refuses
/// new ones.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license does not exist or is revoked, or
/// the database fails.
#[tracing::instrument(name = "license.change_limit", skip_all, fields(account = %actor.account, license = %id), err(level = "debug"))]
pub async fn change_limit(service: &Service, actor: &Actor, id: LicenseId, limits: NewLimits) -> Result<()> {
    actor.require(Permission::WriteLicense)?;
    let mut txn = service.begin_write().await?;
    let row = scope::lock_license(&txn, actor.account, id).await?;
    convert::license_state(&row)?.ensure_editable()?;
    let mut said = Vec::new();
    let mut entry = AuditEvent::license(Event::LicenseLimitChanged, id);
    let mut changed = |what: &str, before: Option<i32>, after: Option<Limit>| {
        let before = Limit::from_storage(before);
        let after = after.filter(|after| *after != before)?;
        said.push(format!("{what} {before} → {after}"));
        Some(after)
    };
    let domains = changed("domains", row.domain_limit, limits.domains);
    let machines = changed("machines", row.machine_limit, limits.machines);
    if said.is_empty() {
        return Ok(());
    }
    let mut update = row.into_active_model();
    if let Some(limit) = domains {
        update.domain_limit = Set(limit.to_storage());
        entry = entry.with_payload("domain_limit", limit.slots());
    }
    if let Some(limit) = machines {
        update.machine_limit = Set(limit.to_storage());
        entry = entry.with_payload("machine_limit", limit.slots());
    }
    update.updated_at = Set(service.now().millis());
    update.update(txn.conn()).await?;
    txn.record(actor, entry.detail(said.join(", ")));
    txn.commit().await
}
