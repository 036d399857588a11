//! Second look-up of a license key: by its folded spellings (domain API contract, "Key shape"), then among
//! former keys. It runs only for keys that no license has as sent, so that the usual look-up stays as fast.

use domain::LicenseKey;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use super::{ActivateOutcome, DeactivateOutcome, LicenseStatus, VerifyResult};
use super::{former_key, lookup};
use crate::machine::ActivationOutcome;
use crate::store::entity::licenses;
use crate::{Result, Service};

/// The outcome of an operation that looks up a license key.
pub trait KeyLookupOutcome {
    /// Returns whether no license has the key.
    fn is_unknown_key(&self) -> bool;
}

impl KeyLookupOutcome for ActivateOutcome {
    fn is_unknown_key(&self) -> bool {
        matches!(self, Self::InvalidKey)
    }
}

impl KeyLookupOutcome for DeactivateOutcome {
    fn is_unknown_key(&self) -> bool {
        matches!(self, Self::InvalidKey)
    }
}

impl KeyLookupOutcome for VerifyResult {
    fn is_unknown_key(&self) -> bool {
        matches!(self, Self::InvalidKey)
    }
}

impl KeyLookupOutcome for Option<LicenseStatus> {
    fn is_unknown_key(&self) -> bool {
        self.is_none()
    }
}

impl KeyLookupOutcome for ActivationOutcome {
    fn is_unknown_key(&self) -> bool {
        matches!(self, Self::InvalidKey)
    }
}

/// A key that no license has as sent.
pub(crate) enum ResolvedKey {
    /// A license has this spelling of the key.
    Spelling(LicenseKey),
    /// A license had the key before, and has this one now.
    Former(LicenseKey),
}

/// Runs `operation` with the key as sent and, if no license has it, with the key of the license that it
/// means. Returns the outcome and the key to answer with: a spelling is corrected, but a former key is
/// repeated, because its holder must not learn the present key.
///
/// # Errors
/// Returns the error of the operation or of the database.
pub async fn with_resolved_key<T, F>(
    service: &Service,
    key: LicenseKey,
    operation: impl Fn(LicenseKey) -> F,
) -> Result<(T, LicenseKey)>
where
    T: KeyLookupOutcome,
    F: Future<Output = Result<T>>,
{
    let outcome = operation(key.clone()).await?;
    if !outcome.is_unknown_key() {
        return Ok((outcome, key));
    }
    // Boxed because this rare path would otherwise set the size of every request's future.
    match Box::pin(resolve(service, &key)).await? {
        Some(ResolvedKey::Spelling(spelling)) => Ok((Box::pin(operation(spelling.clone())).await?, spelling)),
        Some(ResolvedKey::Former(present)) => Ok((Box::pin(operation(present)).await?, key)),
        None => Ok((outcome, key)),
    }
}

/// Returns the key of the license that a key means which no license has as sent. `None` if there is no such
/// license, or if the text may mean more than one.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn resolve(service: &Service, key: &LicenseKey) -> Result<Option<ResolvedKey>> {
    if let Some(spelling) = find_spelling(service, key).await? {
        return Ok(Some(ResolvedKey::Spelling(spelling)));
    }
    Ok(former_key::find_present_key(service, key).await?.map(ResolvedKey::Former))
}

/// Returns the folded spelling that a license has. `None` if there is no such license, or if the
/// text may mean more than one.
async fn find_spelling(service: &Service, key: &LicenseKey) -> Result<Option<LicenseKey>> {
    let mut unknown = Vec::new();
    for spelling in key.folded_spellings() {
        let Some(digests) = lookup::digests(&service.keys, &spelling) else { continue };
        if service.cache.get(&digests.primary).is_some() {
            return Ok(Some(spelling));
        }
        if !service.cache.is_known_missing(&digests.primary) {
            unknown.push((digests, spelling));
        }
    }
    if unknown.is_empty() {
        return Ok(None);
    }
    let read_at = service.cache.version();
    let found: Vec<Vec<u8>> = licenses::Entity::find()
        .select_only()
        .column(licenses::Column::KeyDigest)
        .filter(
            licenses::Column::KeyDigest
                .is_in(unknown.iter().flat_map(|(digests, _)| digests.iter()).map(|digest| digest.to_vec())),
        )
        .into_tuple()
        .all(service.store.read())
        .await?;
    let (mut found_spellings, missing): (Vec<_>, Vec<_>) =
        unknown.into_iter().partition(|(digests, _)| found.iter().any(|found| digests.contains(found)));
    for (digests, _) in &missing {
        service.cache.insert_missing(&digests.primary, read_at);
    }
    let spelling = found_spellings.pop().map(|(_, spelling)| spelling);
    Ok(spelling.filter(|_| found_spellings.is_empty()))
}

/// Returns whether a license has this key in any spelling, or had it before and its grace time runs.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn is_key_of(
    service: &Service,
    db: &impl ConnectionTrait,
    key: &LicenseKey,
    license: &licenses::Model,
) -> Result<bool> {
    let is_stored = |key: LicenseKey| {
        lookup::digests(&service.keys, &key).is_some_and(|digests| digests.contains(&license.key_digest))
    };
    if former_key::spellings(key).any(is_stored) {
        return Ok(true);
    }
    // Boxed because this rare path would otherwise set the size of every request's future.
    Box::pin(former_key::is_former_key(service, db, key, license)).await
}
