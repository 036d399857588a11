//! Finds a license by its key, for the operator's commands.

use domain::{AccountId, LicenseId, LicenseKey};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::secrets::Purpose;
use crate::store::entity::licenses;
use crate::{Error, Result, Service};

/// Returns account and id of the license with this key. Only the operator's shell may search all
/// accounts, because it reads database and master key anyway.
///
/// # Errors
/// [`Error::NotFound`] if no license has the key.
pub async fn find_by_key(service: &Service, key: &LicenseKey) -> Result<(AccountId, LicenseId)> {
    let digest = service.keys.digest(Purpose::LicenseKey, key.expose().as_bytes());
    let row = licenses::Entity::find()
        .filter(licenses::Column::KeyDigest.eq(digest.to_vec()))
        .one(service.store.read())
        .await?
        .ok_or(Error::NotFound)?;
    Ok((AccountId(row.account_id), LicenseId(row.id)))
}
