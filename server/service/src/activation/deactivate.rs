//! Deactivates a domain, for the holder of the license key.

use domain::event::Event;
use domain::{AccountId, DomainName, LicenseId, LicenseKey};

use super::lookup;
use super::release::release;
use crate::{Actor, Principal, Result, Service};

/// The outcome of a request to deactivate a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeactivateOutcome {
    /// The slot is free.
    Freed,
    /// No license has this key.
    InvalidKey,
    /// The license is not active on that domain.
    DomainNotFound,
}

/// Frees the slot of a domain. Works for every standing of the license, so that a customer can
/// always free a slot (domain API contract, order of the checks).
///
/// # Errors
/// Returns [`crate::Error`] if the database fails; then no slot is freed.
#[tracing::instrument(name = "activation.deactivate", level = "debug", skip_all, err(level = "debug"))]
pub async fn deactivate(
    service: &Service,
    key: &LicenseKey,
    domain: &DomainName,
    ip: Option<String>,
) -> Result<DeactivateOutcome> {
    let Some(digests) = lookup::digests(&service.keys, key) else {
        return Ok(DeactivateOutcome::InvalidKey);
    };
    let db = service.store.read();
    let Some(license) = lookup::find_by_digests(db, &digests).await? else {
        return Ok(DeactivateOutcome::InvalidKey);
    };
    let scope = lookup::slot_scope(db, &license).await?;
    if lookup::find_on_domain(db, LicenseId(license.id), scope, domain).await?.is_none() {
        return Ok(DeactivateOutcome::DomainNotFound);
    }
    let mut txn = service.begin_write().await?;
    let Some(license) = lookup::lock_by_digests(&txn, &digests).await? else {
        return Ok(DeactivateOutcome::InvalidKey);
    };
    let scope = lookup::slot_scope(txn.conn(), &license).await?;
    let found = lookup::find_on_domain(txn.conn(), LicenseId(license.id), scope, domain).await?;
    let Some(activation) = found else {
        return Ok(DeactivateOutcome::DomainNotFound);
    };
    let actor = Actor { account: AccountId(license.account_id), principal: Principal::App { ip } };
    release(&mut txn, &actor, &activation, Event::ActivationDeleted).await?;
    txn.commit().await?;
    Ok(DeactivateOutcome::Freed)
}
