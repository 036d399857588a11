//! Finds the license of a license key within a text.

use domain::{LicenseId, LicenseKey};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use crate::activation::lookup;
use crate::store::entity::licenses;
use crate::{Actor, Result, Service};

/// Finds the license of the account that has one of the keys. The first key of a license counts.
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
        let found: Option<uuid::Uuid> = licenses::Entity::find()
            .select_only()
            .column(licenses::Column::Id)
            .filter(licenses::Column::AccountId.eq(actor.account.0))
            .filter(lookup::has_key(&digests))
            .into_tuple()
            .one(service.store.read())
            .await?;
        if let Some(id) = found {
            return Ok(Some(LicenseId(id)));
        }
    }
    Ok(None)
}
