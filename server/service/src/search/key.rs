//! Finds the license of a license key within a text.

use domain::{LicenseId, LicenseKey};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use crate::activation::{former_digest, lookup};
use crate::store::entity::former_license_keys;
use crate::{Actor, Result, Service};

/// Finds the license of the account that has one of the keys, or had it before. The first key of a license
/// counts.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn license_of_keys(
    service: &Service,
    actor: &Actor,
    keys: &[LicenseKey],
) -> Result<Option<LicenseId>> {
    for key in keys {
        let Some(digests) = lookup::digests(&service.keys, key) else { continue };
        // The account is compared afterwards, so that no plan reads all of its licenses.
        let found = lookup::find_by_digests(service.store.read(), &digests).await?;
        if let Some(row) = found.filter(|row| row.account_id == actor.account.0) {
            return Ok(Some(LicenseId(row.id)));
        }
    }
    if keys.is_empty() {
        return Ok(None);
    }
    let former: Vec<_> = keys.iter().map(|key| former_digest(&service.keys, key).to_vec()).collect();
    let found: Option<uuid::Uuid> = former_license_keys::Entity::find()
        .select_only()
        .column(former_license_keys::Column::LicenseId)
        .filter(former_license_keys::Column::AccountId.eq(actor.account.0))
        .filter(former_license_keys::Column::KeyDigest.is_in(former))
        .into_tuple()
        .one(service.store.read())
        .await?;
    Ok(found.map(LicenseId))
}
