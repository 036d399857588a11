//! Changes the limits of a license.

use domain::LicenseId;
use domain::edit::Edit;
use domain::field_error::FieldErrors;
use domain::license::Limit;
use domain::permission::Permission;
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};

use crate::store::entity::licenses;
use crate::store::{AuditEvent, WriteTxn, convert, scope};
use crate::{Actor, Error, Result, Service};

/// The limits to set; `None` leaves a limit unchanged.
#[derive(Debug, Clone, Copy, Default)]
pub struct NewLimits {
    /// The domain limit.
    pub domains: Option<Limit>,
    /// The machine limit.
    pub machines: Option<Limit>,
}

/// The limits of a form, each with the limit that the form showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitsChange {
    /// The domain limit.
    pub domains: Edit<Limit>,
    /// The machine limit.
    pub machines: Edit<Limit>,
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
    let txn = service.begin_write().await?;
    let row = scope::lock_license(&txn, actor.account, id).await?;
    convert::license_state(&row)?.ensure_editable()?;
    store(txn, actor, row, limits).await
}

/// Changes the limits of a license that differ from those that a form showed.
///
/// # Errors
/// As [`change_limit`]; [`Error::Changed`] if another member has changed the same limit since the form was
/// rendered.
#[tracing::instrument(name = "license.change_shown_limits", skip_all, fields(account = %actor.account, license = %id), err(level = "debug"))]
pub async fn change_shown_limits(
    service: &Service,
    actor: &Actor,
    id: LicenseId,
    change: LimitsChange,
) -> Result<()> {
    actor.require(Permission::WriteLicense)?;
    let txn = service.begin_write().await?;
    let row = scope::lock_license(&txn, actor.account, id).await?;
    convert::license_state(&row)?.ensure_editable()?;
    let (domains, machines) = (Limit::from_storage(row.domain_limit), Limit::from_storage(row.machine_limit));
    let mut conflicts = FieldErrors::default();
    let domains = change.domains.merge("domain_limit", domains, Limit::to_string);
    let machines = change.machines.merge("machine_limit", machines, Limit::to_string);
    let limits = NewLimits { domains: conflicts.check(domains), machines: conflicts.check(machines) };
    let conflicts = conflicts.into_inner();
    if !conflicts.is_empty() {
        return Err(Error::Changed(conflicts));
    }
    store(txn, actor, row, limits).await
}

/// Stores the limits of a locked license, and commits.
async fn store(mut txn: WriteTxn, actor: &Actor, row: licenses::Model, limits: NewLimits) -> Result<()> {
    let (domains, machines) = (Limit::from_storage(row.domain_limit), Limit::from_storage(row.machine_limit));
    let next_domains = limits.domains.unwrap_or(domains);
    let next_machines = limits.machines.unwrap_or(machines);
    let id = LicenseId(row.id);
    let entry = AuditEvent::limits_changed(id, (domains, next_domains), (machines, next_machines));
    let Some(entry) = entry else { return Ok(()) };
    let mut update = row.into_active_model();
    if next_domains != domains {
        update.domain_limit = Set(next_domains.to_storage());
    }
    if next_machines != machines {
        update.machine_limit = Set(next_machines.to_storage());
    }
    update.updated_at = Set(txn.now().millis());
    update.update(txn.conn()).await?;
    txn.record(actor, entry);
    txn.commit().await
}
