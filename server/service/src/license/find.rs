//! Finds a license by its key, for the operator's commands.

use domain::{AccountId, LicenseId, LicenseKey};

use crate::activation::{ResolvedKey, lookup, resolve};
use crate::store::entity::licenses;
use crate::{Error, Result, Service};

/// Returns account, id and present key of the license with this key, in any spelling, or with this former key
/// while its grace time runs. Only the operator's shell may search all accounts, because it reads database and
/// master key anyway.
///
/// # Errors
/// [`Error::NotFound`] if no license has the key.
pub async fn find_by_key(service: &Service, key: &LicenseKey) -> Result<(AccountId, LicenseId, LicenseKey)> {
    if let Some(row) = find_exact(service, key).await? {
        return Ok((AccountId(row.account_id), LicenseId(row.id), key.clone()));
    }
    let (ResolvedKey::Spelling(stored) | ResolvedKey::Former(stored)) =
        resolve(service, key).await?.ok_or(Error::NotFound)?;
    let row = find_exact(service, &stored).await?.ok_or(Error::NotFound)?;
    Ok((AccountId(row.account_id), LicenseId(row.id), stored))
}

async fn find_exact(service: &Service, key: &LicenseKey) -> Result<Option<licenses::Model>> {
    match lookup::digests(&service.keys, key) {
        Some(digests) => lookup::find_by_digests(service.store.read(), &digests).await,
        None => Ok(None),
    }
}
