//! Batch loader of licenses that are missing from the cache.

use std::sync::Arc;

use super::lookup;
use crate::Result;
use crate::cache::{LicenseCache, LicenseSnapshot};
use crate::store::Store;
use crate::store::batch_loader::{LoadedMap, Loader};
use crate::store::row_values::row;

/// Loads licenses by key digest and caches them. Digests without a license go to the negative
/// cache.
pub(crate) struct LicenseLoader {
    pub store: Store,
    pub cache: LicenseCache,
}

impl Loader for LicenseLoader {
    type Key = [u8; 32];
    type Value = Arc<LicenseSnapshot>;

    async fn load(&self, digests: &[[u8; 32]]) -> Result<LoadedMap<Self>> {
        let rows: Vec<_> = digests.iter().map(|digest| row![digest.to_vec()]).collect();
        // Taken before the query, so that a change during the query makes the result stale.
        let read_at = self.cache.version();
        let mut loaded = LoadedMap::<Self>::new();
        for (digest, snapshot) in lookup::load_snapshots(self.store.read(), &rows).await? {
            let snapshot = snapshot.map(Arc::new);
            if let Ok(snapshot) = &snapshot {
                self.cache.insert(&digest, read_at, Arc::clone(snapshot));
            }
            loaded.insert(digest, snapshot);
        }
        for digest in digests.iter().filter(|digest| !loaded.contains_key(*digest)) {
            self.cache.insert_missing(digest, read_at);
        }
        Ok(loaded)
    }
}
