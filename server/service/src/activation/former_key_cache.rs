//! Cache of former keys that apps still send.

use std::sync::Arc;

use domain::{LicenseKey, Timestamp};
use uuid::Uuid;

use crate::cache::LicenseCache;

/// Capacity of the cache, some 250 bytes per key.
const CAPACITY: usize = 8192;

/// A former key of a license. Holds the present key in clear, because a value that was sealed before a
/// rotation of the master key would not open after it.
pub(crate) struct FormerKey {
    /// The version of the license cache before the read, see [`crate::cache`].
    pub read_at: u64,
    pub license: Uuid,
    pub valid_until: Timestamp,
    pub present: LicenseKey,
}

/// Former keys by their digest.
pub(crate) struct FormerKeyCache(quick_cache::sync::Cache<[u8; 32], Arc<FormerKey>>);

impl Default for FormerKeyCache {
    fn default() -> Self {
        Self(quick_cache::sync::Cache::new(CAPACITY))
    }
}

impl FormerKeyCache {
    /// Returns the former key of a digest, unless its license changed since it was read.
    pub fn get(&self, licenses: &LicenseCache, digest: &[u8; 32]) -> Option<Arc<FormerKey>> {
        self.0.get(digest).filter(|former| licenses.is_fresh(former.read_at, [former.license]))
    }

    /// Caches a former key.
    pub fn insert(&self, digest: [u8; 32], former: Arc<FormerKey>) {
        self.0.insert(digest, former);
    }
}
