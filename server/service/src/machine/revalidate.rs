//! Answers activations and syncs that change nothing, from the machine cache or a plain read.

use std::sync::Arc;

use sea_orm::ConnectionTrait;

use super::ActivationRequest;
use super::binding::{MachineActivation, find_customer, find_for_machine};
use super::cache::{MachineCache, MachineCacheKey};
use super::lookup::load_product;
use super::unchanged::is_unchanged;
use crate::activation::lookup;
use crate::secrets::KeyDigests;
use crate::store::convert;
use crate::{Result, Service};

/// Returns the cached activation if the request changes nothing.
pub async fn get_fresh(
    service: &Service,
    key: &MachineCacheKey,
    request: &ActivationRequest,
) -> Result<Option<Arc<MachineActivation>>> {
    let counts = service.machine_cache.counts();
    let Some(activation) = service.machine_cache.get(key, &service.cache) else {
        counts.record(false);
        return Ok(None);
    };
    let is_current =
        is_unchanged(&activation, request, service.now())? && confirm_active(service, &activation).await?;
    counts.record(is_current);
    Ok(is_current.then_some(activation))
}

/// Returns the activation if the request changes nothing, from the cache or by a read.
pub async fn revalidate(
    service: &Service,
    digests: &KeyDigests,
    request: &ActivationRequest,
) -> Result<Option<Arc<MachineActivation>>> {
    let key = MachineCache::key(&digests.primary, request);
    if let Some(activation) = get_fresh(service, &key, request).await? {
        return Ok(Some(activation));
    }
    let read_at = service.cache.version();
    let Some(activation) = load_from_database(service.store.read(), digests, request).await? else {
        return Ok(None);
    };
    if !is_unchanged(&activation, request, service.now())? {
        return Ok(None);
    }
    let activation = Arc::new(activation);
    service.machine_cache.insert(key, read_at, &activation);
    Ok(Some(activation))
}

async fn load_from_database(
    db: &impl ConnectionTrait,
    digests: &KeyDigests,
    request: &ActivationRequest,
) -> Result<Option<MachineActivation>> {
    let Some(license) = lookup::find_by_digests(db, digests).await? else { return Ok(None) };
    let product = load_product(db, &license).await?;
    let rules = convert::rules_in_force(&product, &license);
    let Some(activation) = find_for_machine(db, &license, &rules.machines, request).await? else {
        return Ok(None);
    };
    let customer = find_customer(db, &license).await?;
    Ok(Some(MachineActivation {
        license: Arc::new(license),
        product,
        customer,
        activation: Arc::new(activation),
    }))
}

/// Returns whether the cached activation is still stored. Invalidations of other nodes arrive up
/// to 250 ms after their commit, and another node may have released the activation meanwhile. A
/// SQLite file has one server, so that its cache needs no confirmation.
async fn confirm_active(service: &Service, activation: &MachineActivation) -> Result<bool> {
    if service.store.is_sqlite() {
        return Ok(true);
    }
    Ok(service.last_sync_loader.load_one(activation.activation.id).await?
        == Some(activation.activation.last_synced_at))
}
