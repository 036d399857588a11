//! An app, or whoever holds the key, frees a domain's slot.

use domain::event::Event;
use domain::machine::fingerprint_of;
use domain::{AccountId, DomainName, LicenseId, LicenseKey};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, ExprTrait as _, QueryFilter as _};

use super::lookup;
use crate::store::entity::{activations, licenses};
use crate::store::{AuditEvent, WriteTxn};
use crate::{Actor, Principal, Result, Service, machine};

/// What became of a request to deactivate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeactivateOutcome {
    /// The slot is free.
    Freed,
    /// No license has this key.
    InvalidKey,
    /// The license is not active on that domain.
    DomainNotFound,
}

/// Frees the slot of a domain, whatever the standing of the license: a customer
/// can always make room (domain API, order of the checks).
///
/// # Errors
/// When the database fails; then nothing was freed.
pub async fn deactivate(
    service: &Service,
    key: &LicenseKey,
    domain: &DomainName,
    ip: Option<String>,
) -> Result<DeactivateOutcome> {
    let Some(digest) = lookup::digest(service, key) else {
        return Ok(DeactivateOutcome::InvalidKey);
    };
    let db = service.store.read();
    let Some(license) = lookup::find_by_digest(db, &digest).await? else {
        return Ok(DeactivateOutcome::InvalidKey);
    };
    if lookup::find_on_domain(db, LicenseId(license.id), domain).await?.is_none() {
        return Ok(DeactivateOutcome::DomainNotFound);
    }
    let mut txn = service.begin_write().await?;
    let Some(license) = lookup::lock_by_digest(&txn, &digest).await? else {
        return Ok(DeactivateOutcome::InvalidKey);
    };
    let Some(activation) = lookup::find_on_domain(txn.conn(), LicenseId(license.id), domain).await? else {
        return Ok(DeactivateOutcome::DomainNotFound);
    };
    let actor = Actor { account: AccountId(license.account_id), principal: Principal::App { ip } };
    release(&mut txn, &actor, &activation, Event::ActivationDeleted).await?;
    txn.commit().await?;
    Ok(DeactivateOutcome::Freed)
}

/// Deletes an activation and gives its slot back. Its license must be locked.
pub(crate) async fn release(
    txn: &mut WriteTxn,
    actor: &Actor,
    activation: &activations::Model,
    event: Event,
) -> Result<()> {
    machine::release_floating_uses(txn, activation).await?;
    activations::Entity::delete_by_id(activation.id).exec(txn.conn()).await?;
    if activation.takes_slot {
        let used = if activation.kind == "machine" {
            licenses::Column::MachinesUsed
        } else {
            licenses::Column::DomainsUsed
        };
        licenses::Entity::update_many()
            .col_expr(used, Expr::col(used).sub(1))
            .filter(licenses::Column::Id.eq(activation.license_id))
            .exec(txn.conn())
            .await?;
    }
    let entry = AuditEvent::license(event, LicenseId(activation.license_id))
        .detail(activation.hostname.as_deref().unwrap_or(&activation.subject).to_owned())
        .with_payload(&activation.kind, fingerprint_of(&activation.subject).to_owned());
    txn.record(actor, entry);
    Ok(())
}
