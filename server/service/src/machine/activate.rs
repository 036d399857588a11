//! Online activation of a license on a machine.

use std::sync::Arc;

use domain::{AccountId, LicenseKey};

use super::batch::{ActivateMachine, MachineWriteResult};
use super::binding;
use super::cache::MachineCache;
use super::lookup::{load_product, product_matches};
use super::request::ActivationMode;
use super::{ActivationOutcome, ActivationRequest, revalidate, token};
use crate::activation::{count_refused_machine, lookup, with_resolved_key};
use crate::secrets::KeyDigests;
use crate::{Actor, Principal, Result, Service, trace};

/// Activates a license on a machine. A repeated fingerprint updates its existing activation and
/// returns a new token without taking a second slot.
///
/// # Errors
/// Returns an error if the database or signing fails.
#[tracing::instrument(name = "machine.activate", level = "debug", skip_all, fields(outcome = tracing::field::Empty), err(level = "debug"))]
pub async fn activate(
    service: &Service,
    request: impl Into<Arc<ActivationRequest>>,
    ip: Option<String>,
) -> Result<ActivationOutcome> {
    let mut request: Arc<ActivationRequest> = request.into();
    let address = ip.as_deref().and_then(|ip| ip.parse().ok());
    if request.address != address {
        Arc::make_mut(&mut request).address = address;
    }
    let activate = |key: LicenseKey| {
        let request = if key == request.key {
            Arc::clone(&request)
        } else {
            Arc::new(ActivationRequest { key, ..(*request).clone() })
        };
        let ip = ip.clone();
        async move {
            let Some(digests) = lookup::digests(&service.keys, &request.key) else {
                return Ok(ActivationOutcome::InvalidKey);
            };
            let outcome = activate_cached(service, digests, &request, ip.clone()).await?;
            count_refused_machine(service, digests, &request, &outcome, ip.as_deref()).await;
            Ok(outcome)
        }
    };
    let (outcome, _) = with_resolved_key(service, request.key.clone(), activate).await?;
    tracing::Span::current().record("outcome", <&str>::from(&outcome));
    Ok(outcome)
}

/// Activates by the cache where it suffices, otherwise by a group commit.
async fn activate_cached(
    service: &Service,
    digests: KeyDigests,
    request: &Arc<ActivationRequest>,
    ip: Option<String>,
) -> Result<ActivationOutcome> {
    if service.cache.is_known_missing(&digests.primary) {
        return Ok(ActivationOutcome::InvalidKey);
    }
    let cache_key = MachineCache::key(&digests.primary, request);
    if let Some(activation) = revalidate::get_fresh(service, &cache_key, request).await? {
        return token::sign_activation(service, &activation, request).await.map(ActivationOutcome::Token);
    }
    let read_at = service.cache.version();
    let trace = trace::current();
    let write_request = ActivateMachine { digests, request: Arc::clone(request), ip: ip.clone(), trace };
    match service.machine_activations.submit(write_request).await? {
        MachineWriteResult::Written(activation) => {
            token::sign_activation(service, &activation, request).await.map(ActivationOutcome::Token)
        }
        MachineWriteResult::Unchanged(activation) => {
            let activation = Arc::from(activation);
            service.machine_cache.insert(cache_key, read_at, &activation);
            token::sign_activation(service, &activation, request).await.map(ActivationOutcome::Token)
        }
        MachineWriteResult::Refused(outcome) => {
            if outcome == ActivationOutcome::InvalidKey {
                service.cache.insert_missing(&digests.primary, read_at);
            }
            Ok(outcome)
        }
        // Boxed because this rare path would otherwise set the size of every request's future.
        MachineWriteResult::NeedsOwnTransaction => {
            Box::pin(activate_in_own_transaction(service, &digests, request, ip)).await
        }
    }
}

/// Activates outside the batch: expired leases or meters need a separate transaction.
async fn activate_in_own_transaction(
    service: &Service,
    digests: &KeyDigests,
    request: &ActivationRequest,
    ip: Option<String>,
) -> Result<ActivationOutcome> {
    let mut txn = service.begin_write().await?;
    let Some(license) = lookup::lock_by_digests(&txn, digests).await? else {
        return Ok(ActivationOutcome::InvalidKey);
    };
    let product = load_product(txn.conn(), &license).await?;
    if !product_matches(&product, &request.raw_product_id) {
        return Ok(ActivationOutcome::InvalidProduct);
    }
    let actor = Actor { account: AccountId(license.account_id), principal: Principal::App { ip } };
    let activation =
        match binding::bind(&mut txn, &actor, license, product, request, ActivationMode::Online).await? {
            Ok(activation) => activation,
            Err(refusal) => return Ok(refusal),
        };
    txn.commit().await?;
    token::sign_activation(service, &activation, request).await.map(ActivationOutcome::Token)
}
