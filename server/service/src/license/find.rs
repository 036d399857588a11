//! Finding a license by its key, for the operator's commands.

use domain::{AccountId, LicenseId, LicenseKey};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::secrets::Purpose;
use crate::store::entity::licenses;
use crate::{Error, Result, Service};

/// The account and the id of the license that has this key. The operator's
/// shell alone may ask across accounts: whoever reads the database file and the
/// master key needs no permission.
///
/// # Errors
/// [`Error::NotFound`] when no license has it.
pub async fn find_by_key(service: &Service, key: &LicenseKey) -> Result<(AccountId, LicenseId)> {
    let digest = service.keys.digest(Purpose::LicenseKey, key.expose().as_bytes());
    let row = licenses::Entity::find()
        .filter(licenses::Column::KeyDigest.eq(digest.to_vec()))
        .one(service.store.read())
        .await?
        .ok_or(Error::NotFound)?;
    Ok((AccountId(row.account_id), LicenseId(row.id)))
}
