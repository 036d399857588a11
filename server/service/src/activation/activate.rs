//! An app binds a license to the domain it runs on.

use domain::activation::{Refusal, Verification};
use domain::{DomainName, LicenseKey};

use super::group::WantedSlot;
use super::{lookup, verify};
use crate::{Result, Service};

/// What became of a request to activate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
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
) -> Result<Activation> {
    let Some(digest) = lookup::digest(service, key) else {
        return Ok(Activation::InvalidKey);
    };
    // Most requests take no slot, because an app activates at every start. Memory
    // answers those without the writer; that a domain is active, only what is
    // committed may say, since another node may have freed it a moment ago.
    if service.cache.is_unknown(&digest) {
        return Ok(Activation::InvalidKey);
    }
    let read_at = service.cache.step();
    if let Some(snapshot) = service.cache.get(&digest) {
        match verify::rule(service, &snapshot, domain).await? {
            Verification::Valid => {
                if lookup::is_on_domain(service, snapshot.license, domain).await? {
                    return Ok(Activation::Active);
                }
            }
            Verification::Suspended => return Ok(Activation::Refused(Refusal::Suspended)),
            Verification::Revoked => return Ok(Activation::Refused(Refusal::Revoked)),
            Verification::Expired => return Ok(Activation::Refused(Refusal::Expired)),
            Verification::InvalidDomain => {}
        }
    }
    let (answer, took) = service.domain_slots.ask(WantedSlot { digest, domain: domain.clone(), ip }).await?;
    match answer {
        Activation::InvalidKey => service.cache.put_unknown(&digest, read_at),
        // So that the next start of this app finds it in memory.
        Activation::Active if !took => drop(service.licenses.ask(digest).await?),
        _ => {}
    }
    Ok(answer)
}
