//! Former keys of licenses. Apps may send a replaced key until its grace time ends.
//!
//! They are looked up last, after the key as sent and its folded spellings. Digests of keys that never were
//! a former key go to the negative cache, and known ones to a cache of their own, so that warm requests do
//! not read the database.

use std::sync::Arc;

use domain::LicenseKey;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};

use super::former_key_loader::{CachedRow, FormerKeyRow};
use crate::secrets::{Keyring, Purpose};
use crate::store::entity::{former_license_keys, licenses};
use crate::{Result, Service};

/// Returns the digest by which a former key is looked up.
pub(crate) fn former_digest(keys: &Keyring, key: &LicenseKey) -> [u8; 32] {
    keys.digest(Purpose::FormerLicenseKey, key.expose().as_bytes())
}

/// Returns the present key of the license that had `key` before, while the grace time runs.
pub(super) async fn find_present_key(service: &Service, key: &LicenseKey) -> Result<Option<LicenseKey>> {
    let digest = former_digest(&service.keys, key);
    if service.cache.is_known_missing(&digest) {
        return Ok(None);
    }
    let is_fresh = |cached: &CachedRow| service.cache.is_fresh(cached.read_at, [cached.row.license_id]);
    let cached = match service.former_keys.0.get(&digest).filter(|cached| is_fresh(cached)) {
        Some(cached) => cached,
        None => match service.former_key_loader.load_one(digest).await? {
            Some(loaded) => {
                service.former_keys.0.insert(digest, Arc::clone(&loaded));
                loaded
            }
            None => return Ok(None),
        },
    };
    let FormerKeyRow { license_id, valid_until, key_sealed, .. } = &cached.row;
    if *valid_until <= service.now().millis() {
        return Ok(None);
    }
    Ok(Some(service.keys.open_license_key(*license_id, key_sealed)?.lookup()))
}

/// Returns whether a license had `key` before, and its grace time runs.
pub(super) async fn is_former_key(
    service: &Service,
    db: &impl ConnectionTrait,
    key: &LicenseKey,
    license: &licenses::Model,
) -> Result<bool> {
    let digests = spellings(key).map(|key| former_digest(&service.keys, &key).to_vec());
    let found = former_license_keys::Entity::find()
        .filter(former_license_keys::Column::KeyDigest.is_in(digests))
        .filter(former_license_keys::Column::LicenseId.eq(license.id))
        .filter(former_license_keys::Column::ValidUntil.gt(service.now().millis()))
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// Returns a key and its folded spellings.
pub(super) fn spellings(key: &LicenseKey) -> impl Iterator<Item = LicenseKey> {
    std::iter::once(key.clone()).chain(key.folded_spellings())
}
