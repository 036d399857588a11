//! Activation of a domain by a seller, such as one that the license refused.

use domain::activation::Refusal;
use domain::development::DevelopmentHosts;
use domain::license::Limit;
use domain::permission::Permission;
use domain::{DomainName, LicenseId, ProductId};
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};

use super::batch::{ActivateDomain, DomainActivationBatch};
use super::lookup;
use super::outcome::ActivateOutcome;
use crate::secrets::KeyDigests;
use crate::store::entity::licenses;
use crate::store::group_commit::WriteBatch as _;
use crate::store::{AuditEvent, WriteTxn, convert, scope};
use crate::{Actor, Error, Result, Service, trace};

/// Activates a license on a domain. If no slot is free, the domain limit grows by one.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license does not exist or is not active,
/// or the database fails.
#[tracing::instrument(name = "activation.allow", skip_all, fields(account = %actor.account, license = %license), err(level = "debug"))]
pub async fn allow(service: &Service, actor: &Actor, license: LicenseId, domain: &DomainName) -> Result<()> {
    actor.require(Permission::WriteLicense)?;
    let mut txn = service.begin_write().await?;
    let row = scope::lock_license(&txn, actor.account, license).await?;
    let digests = KeyDigests::from_storage(&row.key_digest)?;
    if needs_larger_limit(&txn, actor, &row, domain).await? {
        raise_limit(&mut txn, actor, row).await?;
    }
    take_slot(&mut txn, actor, digests, domain).await?;
    txn.commit().await
}

async fn needs_larger_limit(
    txn: &WriteTxn,
    actor: &Actor,
    license: &licenses::Model,
    domain: &DomainName,
) -> Result<bool> {
    let limit = Limit::from_storage(license.domain_limit);
    if limit.allows_one_more(convert::to_count(license.domains_used)) {
        return Ok(false);
    }
    let product = scope::product(txn.conn(), actor.account, ProductId(license.product_id)).await?;
    let development =
        DevelopmentHosts::from_storage(product.free_development_hosts, &product.development_hosts);
    let slot_scope = convert::to_slot_scope(&product.slot_scope);
    let active = lookup::find_on_domain(txn.conn(), LicenseId(license.id), slot_scope, domain).await?;
    Ok(active.is_none() && !development.covers(domain))
}

async fn raise_limit(txn: &mut WriteTxn, actor: &Actor, license: licenses::Model) -> Result<()> {
    convert::license_state(&license)?.ensure_editable()?;
    let before = Limit::from_storage(license.domain_limit);
    let after = Limit::new(convert::to_count(license.domains_used).saturating_add(1));
    let machines = Limit::from_storage(license.machine_limit);
    let entry = AuditEvent::limits_changed(LicenseId(license.id), (before, after), (machines, machines));
    let mut update = license.into_active_model();
    update.domain_limit = Set(after.to_storage());
    update.updated_at = Set(txn.now().millis());
    update.update(txn.conn()).await?;
    if let Some(entry) = entry {
        txn.record(actor, entry);
    }
    Ok(())
}

/// Activates a domain in an open transaction, by the rules of a batch of activations. The caller must
/// hold the lock of the license.
pub(super) async fn take_slot(
    txn: &mut WriteTxn,
    actor: &Actor,
    digests: KeyDigests,
    domain: &DomainName,
) -> Result<()> {
    let (principal, trace) = (actor.principal.clone(), trace::current());
    let request = ActivateDomain { digests, domain: domain.clone(), principal, trace };
    let mut batch = DomainActivationBatch::load_and_lock(txn, &[&request], &mut ()).await?;
    match batch.decide(&request, txn)?.0 {
        ActivateOutcome::Active => {}
        ActivateOutcome::InvalidKey => return Err(Error::NotFound),
        ActivateOutcome::Refused(refusal) => return Err(refused(refusal)),
    }
    batch.stage(txn);
    Ok(())
}

fn refused(refusal: Refusal) -> Error {
    let text = match refusal {
        Refusal::Suspended => "The license is suspended. Reinstate it first.",
        Refusal::Revoked => "The license is revoked, and a revocation is final.",
        Refusal::Expired => "The license has expired. Renew it first.",
        Refusal::LimitReached => "All domains of the license are taken. Free one, or raise the limit.",
    };
    Error::Conflict(text.to_owned())
}
