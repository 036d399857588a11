//! Former keys of licenses. Apps may send a replaced key until its grace time ends.
//!
//! They are looked up last, after the key as sent and its folded spellings. Digests of keys that never were
//! a former key go to the negative cache, and known ones to a cache of their own, so that warm requests do
//! not read the database.

use std::sync::Arc;

use domain::{LicenseKey, Timestamp};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, JoinType, QueryFilter as _, QuerySelect as _,
};
use uuid::Uuid;

use super::former_key_cache::FormerKey;
use crate::secrets::{Keyring, Purpose};
use crate::store::entity::{former_license_keys, licenses};
use crate::{Result, Service};

/// Returns the digest by which a former key is looked up.
pub(crate) fn former_digest(keys: &Keyring, key: &LicenseKey) -> [u8; 32] {
    keys.digest(Purpose::FormerLicenseKey, key.expose().as_bytes())
}

/// Returns the present key of the license that had `key` before, in any spelling, while the grace time runs.
pub(super) async fn find_present_key(service: &Service, key: &LicenseKey) -> Result<Option<LicenseKey>> {
    let digests =
        spellings(key).filter(LicenseKey::is_plausible).map(|key| former_digest(&service.keys, &key));
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    for digest in digests {
        match service.former_keys.get(&service.cache, &digest) {
            Some(former) => found.push(former),
            None if service.cache.is_known_missing(&digest) => {}
            None => unknown.push(digest),
        }
    }
    if !unknown.is_empty() {
        found.extend(load(service, &unknown).await?);
    }
    let now = service.now();
    let valid = found.into_iter().find(|former| now < former.valid_until);
    Ok(valid.map(|former| former.present.clone()))
}

/// Loads and caches former keys by their digests. Other digests go to the negative cache.
async fn load(service: &Service, digests: &[[u8; 32]]) -> Result<Vec<Arc<FormerKey>>> {
    use former_license_keys::Column as F;
    // Taken before the query, so that a change during the query makes the result stale.
    let read_at = service.cache.version();
    let license = former_license_keys::Entity::belongs_to(licenses::Entity)
        .from(F::LicenseId)
        .to(licenses::Column::Id)
        .into();
    let rows: Vec<(Vec<u8>, Uuid, i64, Vec<u8>)> = former_license_keys::Entity::find()
        .select_only()
        .columns([F::KeyDigest, F::LicenseId, F::ValidUntil])
        .column(licenses::Column::KeySealed)
        .join(JoinType::InnerJoin, license)
        .filter(F::KeyDigest.is_in(digests.iter().map(|digest| digest.to_vec())))
        .into_tuple()
        .all(service.store.read())
        .await?;
    let mut found = Vec::with_capacity(rows.len());
    for digest in digests {
        let Some((_, license, valid_until, sealed)) = rows.iter().find(|(stored, ..)| stored == digest)
        else {
            service.cache.insert_missing(digest, read_at);
            continue;
        };
        let present = service.keys.open_license_key(*license, sealed)?.lookup();
        let valid_until = Timestamp::from_millis(*valid_until);
        let former = Arc::new(FormerKey { read_at, license: *license, valid_until, present });
        service.former_keys.insert(*digest, Arc::clone(&former));
        found.push(former);
    }
    Ok(found)
}

/// Returns whether a license had `key` before, and its grace time runs.
pub(super) async fn is_former_key(
    service: &Service,
    db: &impl ConnectionTrait,
    key: &LicenseKey,
    license: &licenses::Model,
) -> Result<bool> {
    Ok(find_former(service, db, key, license).await?.is_some())
}

/// Returns the stored digest of `key` in any spelling, if the license had it before and its grace time runs.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn find_former(
    service: &Service,
    db: &impl ConnectionTrait,
    key: &LicenseKey,
    license: &licenses::Model,
) -> Result<Option<Vec<u8>>> {
    let digests = spellings(key).map(|key| former_digest(&service.keys, &key).to_vec());
    let found = former_license_keys::Entity::find()
        .filter(former_license_keys::Column::KeyDigest.is_in(digests))
        .filter(former_license_keys::Column::LicenseId.eq(license.id))
        .filter(former_license_keys::Column::ValidUntil.gt(service.now().millis()))
        .one(db)
        .await?;
    Ok(found.map(|row| row.key_digest))
}

/// Returns whether the grace time of a license's former key with this digest runs.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn is_former_digest_valid(
    db: &impl ConnectionTrait,
    digest: &[u8],
    license: &licenses::Model,
    now: Timestamp,
) -> Result<bool> {
    let found = former_license_keys::Entity::find_by_id(digest.to_vec())
        .filter(former_license_keys::Column::LicenseId.eq(license.id))
        .filter(former_license_keys::Column::ValidUntil.gt(now.millis()))
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// Returns a key and its folded spellings.
pub(super) fn spellings(key: &LicenseKey) -> impl Iterator<Item = LicenseKey> {
    std::iter::once(key.clone()).chain(key.folded_spellings())
}
