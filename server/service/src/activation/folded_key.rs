//! Second look-up of a license key, by its folded spellings (domain API contract, "Key shape").
//! It runs only for keys that no license has as sent, so that the usual look-up stays as fast.

use domain::LicenseKey;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use super::lookup;
use super::{ActivateOutcome, DeactivateOutcome, LicenseStatus, VerifyResult};
use crate::machine::ActivationOutcome;
use crate::secrets::Keyring;
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

/// Runs `operation` with the key as sent and, if no license has it, with the spelling that a license
/// has. Returns the outcome and the key of the last run.
///
/// # Errors
/// Returns the error of the operation or of the database.
pub async fn with_folded_key<T, F>(
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
    match Box::pin(find_spelling(service, &key)).await? {
        Some(spelling) => Ok((Box::pin(operation(spelling.clone())).await?, spelling)),
        None => Ok((outcome, key)),
    }
}

/// Returns the folded spelling that a license has. `None` if there is no such license, or if the
/// text may mean more than one.
pub(crate) async fn find_spelling(service: &Service, key: &LicenseKey) -> Result<Option<LicenseKey>> {
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

/// Returns whether a key in any spelling is the key of this digest.
pub(crate) fn matches_digest(keys: &Keyring, key: &LicenseKey, stored: &[u8]) -> bool {
    let is_stored =
        |key: &LicenseKey| lookup::digests(keys, key).is_some_and(|digests| digests.contains(stored));
    is_stored(key) || key.folded_spellings().iter().any(is_stored)
}
