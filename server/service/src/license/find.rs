//! Finds a license by its key, for the operator's commands.

use domain::{AccountId, LicenseId, LicenseKey};

use crate::activation::{find_spelling, lookup};
use crate::store::entity::licenses;
use crate::{Error, Result, Service};

/// Returns account, id and stored key of the license with this key, in any spelling. Only the operator's shell may search all
/// accounts, because it reads database and master key anyway.
///
/// # Errors
/// [`Error::NotFound`] if no license has the key.
pub async fn find_by_key(service: &Service, key: &LicenseKey) -> Result<(AccountId, LicenseId, LicenseKey)> {
    if let Some(row) = find_exact(service, key).await? {
        return Ok((AccountId(row.account_id), LicenseId(row.id), key.clone()));
    }
    let spelling = find_spelling(service, key).await?.ok_or(Error::NotFound)?;
    let row = find_exact(service, &spelling).await?.ok_or(Error::NotFound)?;
    Ok((AccountId(row.account_id), LicenseId(row.id), spelling))
}

async fn find_exact(service: &Service, key: &LicenseKey) -> Result<Option<licenses::Model>> {
    match lookup::digests(&service.keys, key) {
        Some(digests) => lookup::find_by_digests(service.store.read(), &digests).await,
        None => Ok(None),
    }
}
