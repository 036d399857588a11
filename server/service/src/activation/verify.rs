//! An app asks whether its license holds on its domain. The hot path: warm, it
//! reads no database, and it never writes to one.

use std::sync::Arc;

use domain::activation::Verification;
use domain::{DomainName, LicenseKey, Timestamp};

use super::lookup;
use crate::cache::Snapshot;
use crate::{Result, Service};

/// The answer to a verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    /// No license has this key.
    InvalidKey,
    /// What the rules say of it.
    Known {
        /// The rules' word.
        answer: Verification,
        /// When the license's time is up.
        expires_at: Option<Timestamp>,
    },
}

/// Verifies a license on a domain, and counts the answer.
///
/// # Errors
/// When the license is not in memory and the database fails.
pub async fn verify(service: &Service, key: &LicenseKey, domain: &DomainName) -> Result<Verified> {
    let Some(digest) = lookup::digest(service, key) else {
        return Ok(Verified::InvalidKey);
    };
    if service.cache.is_unknown(&digest) {
        return Ok(Verified::InvalidKey);
    }
    let snapshot = match service.cache.get(&digest) {
        Some(snapshot) => snapshot,
        None => match service.licenses.ask(digest).await? {
            Some(snapshot) => snapshot,
            None => return Ok(Verified::InvalidKey),
        },
    };
    let answer = rule(service, &snapshot, domain).await?;
    service.tally.count(&snapshot, domain, answer, service.now());
    Ok(Verified::Known { answer, expires_at: snapshot.expires_at() })
}

/// A verification that needs no database, not yet counted.
pub struct Warm<'a> {
    service: &'a Service,
    snapshot: Arc<Snapshot>,
    answer: Verification,
    now: Timestamp,
}

/// Verifies a license that is in memory; nothing where that takes a look into the
/// database.
#[must_use]
pub fn warm<'a>(service: &'a Service, key: &LicenseKey, domain: &DomainName) -> Option<Warm<'a>> {
    let snapshot = service.cache.get(&lookup::digest(service, key)?)?;
    snapshot.seats()?;
    let (now, active) = (service.now(), snapshot.seat(domain).is_some());
    let answer = domain::activation::verify(snapshot.standing(now), active);
    Some(Warm { service, snapshot, answer, now })
}

impl Warm<'_> {
    /// Counts the answer, and gives it.
    #[must_use]
    pub fn count(self, domain: &DomainName) -> Verified {
        let Self { service, snapshot, answer, now } = self;
        service.tally.count(&snapshot, domain, answer, now);
        Verified::Known { answer, expires_at: snapshot.expires_at() }
    }
}

/// What the rules say of a license on a domain.
pub(super) async fn rule(
    service: &Service,
    snapshot: &Snapshot,
    domain: &DomainName,
) -> Result<Verification> {
    let standing = snapshot.standing(service.now());
    Ok(domain::activation::verify(standing, is_active(service, snapshot, domain).await?))
}

async fn is_active(service: &Service, snapshot: &Snapshot, domain: &DomainName) -> Result<bool> {
    match snapshot.seats() {
        Some(_) => Ok(snapshot.seat(domain).is_some()),
        None => lookup::is_on_domain(service, snapshot.license, domain).await,
    }
}
