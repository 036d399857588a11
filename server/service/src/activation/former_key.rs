//! Former keys of licenses. Apps may send a replaced key until its grace time ends.
//!
//! They are looked up last, after the key as sent and its folded spellings. Digests of keys that never were
//! a former key go to the negative cache, and known ones to a cache of their own, so that warm requests do
//! not read the database.

use std::collections::HashMap;
use std::sync::Arc;

use domain::LicenseKey;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, FromQueryResult, QueryFilter as _};
use uuid::Uuid;

use crate::cache::LicenseCache;
use crate::secrets::{Keyring, Purpose};
use crate::store::Store;
use crate::store::batch_loader::{LoadedMap, Loader};
use crate::store::entity::{former_license_keys, licenses};
use crate::store::row_values::{self, ColumnType, Columns, row};
use crate::{Result, Service};

/// Capacity of the cache, some 250 bytes per key.
const CAPACITY: usize = 8192;
const DIGEST_COLUMN: Columns = &[("key_digest", ColumnType::Bytes)];

/// A former key and the present key of its license.
#[derive(FromQueryResult)]
struct FormerKeyRow {
    key_digest: Vec<u8>,
    license_id: Uuid,
    valid_until: i64,
    key_sealed: Vec<u8>,
}

pub(crate) struct CachedRow {
    read_at: u64,
    row: FormerKeyRow,
}

/// Former keys that apps still send, by digest.
pub(crate) struct FormerKeyCache(quick_cache::sync::Cache<[u8; 32], Arc<CachedRow>>);

impl Default for FormerKeyCache {
    fn default() -> Self {
        Self(quick_cache::sync::Cache::new(CAPACITY))
    }
}

/// Loads former keys by their digests. Other keys go to the negative cache.
pub(crate) struct FormerKeyLoader {
    pub store: Store,
    pub cache: LicenseCache,
}

impl Loader for FormerKeyLoader {
    type Key = [u8; 32];
    type Value = Arc<CachedRow>;

    async fn load(&self, digests: &[[u8; 32]]) -> Result<LoadedMap<Self>> {
        let read_at = self.cache.version();
        let rows: Vec<_> = digests.iter().map(|digest| row![digest.to_vec()]).collect();
        let backend = self.store.backend();
        let sql = format!(
            "SELECT f.key_digest, f.license_id, f.valid_until, l.key_sealed \
             FROM (SELECT * FROM former_license_keys WHERE {}) f JOIN licenses l ON l.id = f.license_id",
            row_values::in_rows_sql(backend, DIGEST_COLUMN)
        );
        let statement =
            sea_orm::Statement::from_sql_and_values(backend, sql, [row_values::rows_to_json(&rows)?.into()]);
        let found = FormerKeyRow::find_by_statement(statement).all(self.store.read()).await?;
        let mut found: HashMap<Vec<u8>, FormerKeyRow> =
            found.into_iter().map(|row| (row.key_digest.clone(), row)).collect();
        let mut loaded = LoadedMap::<Self>::new();
        for digest in digests {
            match found.remove(digest.as_slice()) {
                Some(row) => drop(loaded.insert(*digest, Ok(Arc::new(CachedRow { read_at, row })))),
                None => self.cache.insert_missing(digest, read_at),
            }
        }
        Ok(loaded)
    }
}

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
