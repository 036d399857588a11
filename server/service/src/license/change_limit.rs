//! Changes the limits of a license.

use domain::LicenseId;
use domain::edit::Edit;
use domain::event::Event;
use domain::field_error::FieldErrors;
use domain::license::Limit;
use domain::permission::Permission;
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};

use crate::store::entity::licenses;
use crate::store::{AuditEvent, Changes, WriteTxn, convert, scope};
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
    let mut said = Vec::new();
    let mut entry = AuditEvent::license(Event::LicenseLimitChanged, LicenseId(row.id));
    let mut changes = Changes::default();
    let mut differing = |what: &str, before: Option<i32>, after: Option<Limit>| {
        let before = Limit::from_storage(before);
        let after = after.filter(|after| *after != before)?;
        said.push(format!("{what} {before} → {after}"));
        Some(after)
    };
    let domains = differing("domains", row.domain_limit, limits.domains);
    let machines = differing("machines", row.machine_limit, limits.machines);
    if said.is_empty() {
        return Ok(());
    }
    if let Some(limit) = domains {
        changes.add_domain_limit(Limit::from_storage(row.domain_limit), limit);
    }
    if let Some(limit) = machines {
        changes.add_machine_limit(Limit::from_storage(row.machine_limit), limit);
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
    update.updated_at = Set(txn.now().millis());
    update.update(txn.conn()).await?;
    txn.record(actor, entry.detail(said.join(", ")).changes(changes));
    txn.commit().await
}
