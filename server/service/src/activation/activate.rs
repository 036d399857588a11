//! Activates a license on a domain, for an app.

use domain::activation::{Refusal, Verification};
use domain::{DomainName, LicenseKey};

use super::batch::ActivateDomain;
use super::outcome::ActivateOutcome;
use super::{lookup, refused, verify};
use crate::secrets::KeyDigests;
use crate::{Principal, Result, Service, trace};

/// Activates a license on a domain. When `Active` is returned, the activation is durable.
///
/// # Errors
/// Returns [`crate::Error`] if the database fails; then nothing is acknowledged.
#[tracing::instrument(name = "activation.activate", level = "debug", skip_all, fields(outcome = tracing::field::Empty), err(level = "debug"))]
pub async fn activate(
    service: &Service,
    key: &LicenseKey,
    domain: &DomainName,
    ip: Option<String>,
) -> Result<ActivateOutcome> {
    let Some(digests) = lookup::digests(&service.keys, key) else {
        return Ok(ActivateOutcome::InvalidKey);
    };
    let outcome = activate_cached(service, digests, domain, ip.clone()).await?;
    refused::count_domain(service, digests, domain, outcome, ip.as_deref()).await;
    tracing::Span::current().record("outcome", <&str>::from(&outcome));
    Ok(outcome)
}

/// Activates by the cache where it suffices, otherwise by a group commit.
async fn activate_cached(
    service: &Service,
    digests: KeyDigests,
    domain: &DomainName,
    ip: Option<String>,
) -> Result<ActivateOutcome> {
    // Most requests take no slot, because an app activates at every start. The cache answers
    // them without the writer. A cached activation is confirmed by a read of committed rows,
    // because another node may have released it within the last 250 ms.
    if service.cache.is_known_missing(&digests.primary) {
        return Ok(ActivateOutcome::InvalidKey);
    }
    let read_at = service.cache.version();
    if let Some(snapshot) = service.cache.get(&digests.primary) {
        match verify::evaluate(service, &snapshot, domain).await? {
            Verification::Valid => {
                if lookup::is_active_on(service.store.read(), snapshot.license, snapshot.slot_scope(), domain)
                    .await?
                {
                    return Ok(ActivateOutcome::Active);
                }
            }
            Verification::Suspended => return Ok(ActivateOutcome::Refused(Refusal::Suspended)),
            Verification::Revoked => return Ok(ActivateOutcome::Refused(Refusal::Revoked)),
            Verification::Expired => return Ok(ActivateOutcome::Refused(Refusal::Expired)),
            Verification::InvalidDomain => {}
        }
    }
    let (principal, trace) = (Principal::App { ip }, trace::current());
    let request = ActivateDomain { digests, domain: domain.clone(), principal, trace };
    let (outcome, took_slot) = service.domain_activations.submit(request).await?;
    match outcome {
        ActivateOutcome::InvalidKey => service.cache.insert_missing(&digests.primary, read_at),
        // Loads the license into the cache for the next start of the app.
        ActivateOutcome::Active if !took_slot => drop(service.license_loader.load_one(digests).await?),
        _ => {}
    }
    Ok(outcome)
}
