//! Cache of parsed signing keys, by product.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::{ProductId, Timestamp};

use super::key::SigningKey;

/// Maximum age of a cached key in milliseconds. A node may sign this long with a key that another
/// node has rotated; the rotated key still verifies.
pub(super) const CACHE_TTL_MS: i64 = 60_000;

/// Parsed keys with the time of their load, by product.
#[derive(Default)]
pub(crate) struct SigningKeyCache {
    parsed: Mutex<HashMap<ProductId, (Timestamp, Arc<SigningKey>)>>,
    /// Locked while a key is loaded or generated, so that concurrent first requests of a product
    /// do not generate a key each (100 ms of CPU time).
    pub(super) loading: tokio::sync::Mutex<()>,
}

impl SigningKeyCache {
    pub(super) fn get(&self, product: ProductId, now: Timestamp) -> Option<Arc<SigningKey>> {
        let keys = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        let (read_at, key) = keys.get(&product)?;
        // A negative age means that the clock was set back; the entry is then stale too.
        (0..CACHE_TTL_MS).contains(&(now.millis() - read_at.millis())).then(|| Arc::clone(key))
    }

    pub(super) fn insert(&self, product: ProductId, now: Timestamp, key: &Arc<SigningKey>) {
        let mut keys = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        keys.insert(product, (now, Arc::clone(key)));
    }

    pub(super) fn invalidate(&self, product: ProductId) {
        self.parsed.lock().unwrap_or_else(PoisonError::into_inner).remove(&product);
    }
}
