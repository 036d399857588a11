//! Licenses that are not in memory, read into it.

use std::sync::Arc;

use super::lookup;
use crate::Result;
use crate::cache::{Cache, Snapshot};
use crate::store::Store;
use crate::store::bulk::row;
use crate::store::reads::{Find, Found};

/// Reads licenses by the digests of their keys, and keeps them in memory; that no license
/// has a key is remembered too.
pub(crate) struct Loader {
    pub store: Store,
    pub cache: Cache,
}

impl Find for Loader {
    type Key = [u8; 32];
    type Found = Arc<Snapshot>;

    async fn find(&self, digests: &[[u8; 32]]) -> Result<Found<Self>> {
        let rows: Vec<_> = digests.iter().map(|digest| row![digest.to_vec()]).collect();
        // Before the reading: what changes from here on makes stale what is read.
        let read_at = self.cache.step();
        let mut found = Found::<Self>::new();
        for (digest, snapshot) in lookup::snapshots(self.store.read(), &rows).await? {
            let snapshot = snapshot.map(Arc::new);
            if let Ok(snapshot) = &snapshot {
                self.cache.put(&digest, read_at, Arc::clone(snapshot));
            }
            found.insert(digest, snapshot);
        }
        for digest in digests.iter().filter(|digest| !found.contains_key(*digest)) {
            self.cache.put_unknown(digest, read_at);
        }
        Ok(found)
    }
}
