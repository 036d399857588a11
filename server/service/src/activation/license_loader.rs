//! Batch loader of licenses that are missing from the cache.

use std::collections::HashMap;
use std::sync::Arc;

use super::lookup;
use crate::Result;
use crate::cache::{LicenseCache, LicenseSnapshot};
use crate::secrets::KeyDigests;
use crate::store::Store;
use crate::store::batch_loader::{LoadedMap, Loader};
use crate::store::row_values::row;

/// Loads licenses by the digests of their keys and caches them. Keys without a license go to the
/// negative cache.
pub(crate) struct LicenseLoader {
    pub store: Store,
    pub cache: LicenseCache,
}

impl Loader for LicenseLoader {
    type Key = KeyDigests;
    type Value = Arc<LicenseSnapshot>;

    async fn load(&self, keys: &[KeyDigests]) -> Result<LoadedMap<Self>> {
        let rows: Vec<_> =
            keys.iter().flat_map(KeyDigests::iter).map(|digest| row![digest.to_vec()]).collect();
        // Taken before the query, so that a change during the query makes the result stale.
        let read_at = self.cache.version();
        let mut by_digest: HashMap<_, _> =
            lookup::load_snapshots(self.store.read(), &rows).await?.into_iter().collect();
        let mut loaded = LoadedMap::<Self>::new();
        for key in keys {
            let Some(snapshot) = key.iter().find_map(|digest| by_digest.remove(digest)) else {
                self.cache.insert_missing(&key.primary, read_at);
                continue;
            };
            let snapshot = snapshot.map(Arc::new);
            if let Ok(snapshot) = &snapshot {
                self.cache.insert(&key.primary, read_at, Arc::clone(snapshot));
            }
            loaded.insert(*key, snapshot);
        }
        Ok(loaded)
    }
}
