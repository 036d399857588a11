//! Cache and batch loader of former keys.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::{FromQueryResult, Statement};
use uuid::Uuid;

use crate::Result;
use crate::cache::LicenseCache;
use crate::store::Store;
use crate::store::batch_loader::{LoadedMap, Loader};
use crate::store::row_values::{self, ColumnType, Columns, row};

/// Capacity of the cache, some 250 bytes per key.
const CAPACITY: usize = 8192;
const DIGEST_COLUMN: Columns = &[("key_digest", ColumnType::Bytes)];

/// A former key and the present key of its license.
#[derive(FromQueryResult)]
pub(super) struct FormerKeyRow {
    key_digest: Vec<u8>,
    pub license_id: Uuid,
    /// Milliseconds since the epoch, UTC.
    pub valid_until: i64,
    /// The present key.
    pub key_sealed: Vec<u8>,
}

pub(crate) struct CachedRow {
    /// The cache version before the read, see [`crate::cache`].
    pub(super) read_at: u64,
    pub(super) row: FormerKeyRow,
}

/// Former keys that apps still send, by digest.
pub(crate) struct FormerKeyCache(pub(super) quick_cache::sync::Cache<[u8; 32], Arc<CachedRow>>);

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
            Statement::from_sql_and_values(backend, sql, [row_values::rows_to_json(&rows)?.into()]);
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
