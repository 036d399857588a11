//! Activates a license on a machine, for a client.

use std::sync::Arc;

use domain::AccountId;

use super::batch::{ActivateMachine, MachineWriteResult};
use super::binding::{self, ActivationMode};
use super::cache::MachineCache;
use super::lookup::{load_product, product_matches};
use super::{ActivationOutcome, ActivationRequest, revalidate, token};
use crate::activation::lookup;
use crate::{Actor, Principal, Result, Service};

/// Activates a license on a machine. A repeated request with the same fingerprint refreshes the
/// activation and takes no second slot.
///
/// # Errors
/// Returns [`crate::Error`] if the database or the signing fails.
pub async fn activate(
    service: &Service,
    request: impl Into<Arc<ActivationRequest>>,
    ip: Option<String>,
) -> Result<ActivationOutcome> {
    let request = &request.into();
    let Some(digest) = lookup::digest(&service.keys, &request.key) else {
        return Ok(ActivationOutcome::InvalidKey);
    };
    if service.cache.is_known_missing(&digest) {
        return Ok(ActivationOutcome::InvalidKey);
    }
    let who = MachineCache::key(&digest, request);
    if let Some(bound) = revalidate::get_fresh(service, &who, request).await? {
        return token::sign_activation(service, &bound, request).await.map(ActivationOutcome::Token);
    }
    let read_at = service.cache.version();
    let want = ActivateMachine { digest, request: Arc::clone(request), ip: ip.clone() };
    match service.machine_activations.submit(want).await? {
        MachineWriteResult::Written(bound) => {
            token::sign_activation(service, &bound, request).await.map(ActivationOutcome::Token)
        }
        MachineWriteResult::Unchanged(bound) => {
            let bound = Arc::from(bound);
            service.machine_cache.insert(who, read_at, &bound);
            token::sign_activation(service, &bound, request).await.map(ActivationOutcome::Token)
        }
        MachineWriteResult::Refused(answer) => {
            if answer == ActivationOutcome::InvalidKey {
                service.cache.insert_missing(&digest, read_at);
            }
            Ok(answer)
        }
        // Boxed because this rare path would otherwise set the size of every request's future.
        MachineWriteResult::NeedsOwnTransaction => Box::pin(alone(service, &digest, request, ip)).await,
    }
}

/// Activates in its own transaction, which may expire leases and count meters.
async fn alone(
    service: &Service,
    digest: &[u8; 32],
    request: &ActivationRequest,
    ip: Option<String>,
) -> Result<ActivationOutcome> {
    let mut txn = service.begin_write().await?;
    let Some(license) = lookup::lock_by_digest(&txn, digest).await? else {
        return Ok(ActivationOutcome::InvalidKey);
    };
    let product = load_product(txn.conn(), &license).await?;
    if !product_matches(&product, &request.raw_product_id) {
        return Ok(ActivationOutcome::InvalidProduct);
    }
    let actor = Actor { account: AccountId(license.account_id), principal: Principal::App { ip } };
    let bound =
        match binding::bind(&mut txn, &actor, license, product, request, ActivationMode::Online).await? {
            Ok(bound) => bound,
            Err(refusal) => return Ok(refusal),
        };
    txn.commit().await?;
    token::sign_activation(service, &bound, request).await.map(ActivationOutcome::Token)
}
