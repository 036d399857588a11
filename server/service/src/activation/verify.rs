//! Verification of a license on a domain. This is the hot path: it does not read the database if
//! the license and its domains are cached, and it never writes to the database.

use std::net::IpAddr;
use std::sync::Arc;

use domain::activation::Verification;
use domain::{DomainName, LicenseKey, Timestamp};

use super::lookup;
use crate::cache::LicenseSnapshot;
use crate::{Result, Service};

/// The result of a verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerifyResult {
    /// No license has this key.
    InvalidKey,
    /// The license exists and was evaluated.
    Evaluated {
        /// The result of the verification rules.
        verification: Verification,
        /// When the license expires.
        expires_at: Option<Timestamp>,
    },
}

/// Verifies a license on a domain and counts the result. `client` is the address of the app, if known.
///
/// # Errors
/// Returns an error if the license or its domains are not cached and the database fails.
pub async fn verify(
    service: &Service,
    key: &LicenseKey,
    domain: &DomainName,
    client: Option<IpAddr>,
) -> Result<VerifyResult> {
    let Some(digests) = lookup::digests(&service.keys, key) else {
        return Ok(VerifyResult::InvalidKey);
    };
    if service.cache.is_known_missing(&digests.primary) {
        service.cache.counts().record(true);
        return Ok(VerifyResult::InvalidKey);
    }
    let cached = service.cache.get(&digests.primary);
    service.cache.counts().record(cached.is_some());
    let snapshot = match cached {
        Some(snapshot) => snapshot,
        None => match service.license_loader.load_one(digests).await? {
            Some(snapshot) => snapshot,
            None => return Ok(VerifyResult::InvalidKey),
        },
    };
    let verification = evaluate(service, &snapshot, domain).await?;
    service.usage.count(&snapshot, domain, verification, client, service.now());
    Ok(VerifyResult::Evaluated { verification, expires_at: snapshot.expires_at() })
}

/// A verification answered from the cache, not yet counted.
pub struct CachedVerification<'a> {
    service: &'a Service,
    snapshot: Arc<LicenseSnapshot>,
    verification: Verification,
    now: Timestamp,
}

/// Verifies a license from the cache. Returns `None` if that requires a database query.
#[must_use]
pub fn verify_cached<'a>(
    service: &'a Service,
    key: &LicenseKey,
    domain: &DomainName,
) -> Option<CachedVerification<'a>> {
    let snapshot = service.cache.get(&lookup::digests(&service.keys, key)?.primary)?;
    snapshot.domains()?;
    let (now, active) = (service.now(), snapshot.domain(domain).is_some());
    let verification = domain::activation::verify(snapshot.standing(now), active);
    Some(CachedVerification { service, snapshot, verification, now })
}

impl CachedVerification<'_> {
    /// Counts the verification and returns its result.
    #[must_use]
    pub fn record(self, domain: &DomainName, client: Option<IpAddr>) -> VerifyResult {
        let Self { service, snapshot, verification, now } = self;
        service.cache.counts().record(true);
        service.usage.count(&snapshot, domain, verification, client, now);
        VerifyResult::Evaluated { verification, expires_at: snapshot.expires_at() }
    }
}

/// Evaluates a license on a domain without counting.
pub(super) async fn evaluate(
    service: &Service,
    snapshot: &LicenseSnapshot,
    domain: &DomainName,
) -> Result<Verification> {
    let standing = snapshot.standing(service.now());
    Ok(domain::activation::verify(standing, is_active(service, snapshot, domain).await?))
}

async fn is_active(service: &Service, snapshot: &LicenseSnapshot, domain: &DomainName) -> Result<bool> {
    if snapshot.domains().is_some() {
        return Ok(snapshot.domain(domain).is_some());
    }
    let (license, scope) = (snapshot.license, snapshot.slot_scope());
    lookup::is_active_on(service.store.read(), license, scope, domain).await
}
