//! An app binds a license to the domain it runs on.

use domain::activation::{Refusal, Verification};
use domain::{DomainName, LicenseKey};

use super::batch::ActivateDomain;
use super::{lookup, verify};
use crate::{Result, Service};

/// What became of a request to activate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActivateOutcome {
    /// The license is active on the domain, newly or as before.
    Active,
    /// No license has this key.
    InvalidKey,
    /// The license's standing or its limit is against it.
    Refused(Refusal),
}

/// Activates a license on a domain. Once this returned `Active`, the activation
/// is on disk.
///
/// # Errors
/// When the database fails; then nothing was acknowledged.
pub async fn activate(
    service: &Service,
    key: &LicenseKey,
    domain: &DomainName,
    ip: Option<String>,
) -> Result<ActivateOutcome> {
    let Some(digest) = lookup::digest(service, key) else {
        return Ok(ActivateOutcome::InvalidKey);
    };
    // Most requests take no slot, because an app activates at every start. Memory
    // answers those without the writer; that a domain is active, only what is
    // committed may say, since another node may have freed it a moment ago.
    if service.cache.is_known_missing(&digest) {
        return Ok(ActivateOutcome::InvalidKey);
    }
    let read_at = service.cache.version();
    if let Some(snapshot) = service.cache.get(&digest) {
        match verify::evaluate(service, &snapshot, domain).await? {
            Verification::Valid => {
                if lookup::is_active_on(service, snapshot.license, domain).await? {
                    return Ok(ActivateOutcome::Active);
                }
            }
            Verification::Suspended => return Ok(ActivateOutcome::Refused(Refusal::Suspended)),
            Verification::Revoked => return Ok(ActivateOutcome::Refused(Refusal::Revoked)),
            Verification::Expired => return Ok(ActivateOutcome::Refused(Refusal::Expired)),
            Verification::InvalidDomain => {}
        }
    }
    let (answer, took) =
        service.domain_activations.submit(ActivateDomain { digest, domain: domain.clone(), ip }).await?;
    match answer {
        ActivateOutcome::InvalidKey => service.cache.insert_missing(&digest, read_at),
        // So that the next start of this app finds it in memory.
        ActivateOutcome::Active if !took => drop(service.license_loader.load_one(digest).await?),
        _ => {}
    }
    Ok(answer)
}
