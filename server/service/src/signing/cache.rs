//! Cache of parsed signing keys, by product.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::{ProductId, Timestamp};

use super::PublicKey;
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
    public: Mutex<PublicKeys>,
}

/// Maximum age of the list of public keys in milliseconds, for changes of other nodes.
const PUBLIC_KEYS_TTL_MS: i64 = 2_000;

/// The list of public keys, with the time of its load.
#[derive(Default)]
struct PublicKeys {
    /// Increases with each change of this node.
    version: u64,
    list: Option<(Timestamp, Arc<Vec<PublicKey>>)>,
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

    pub(super) fn public_keys(&self, now: Timestamp) -> Option<Arc<Vec<PublicKey>>> {
        let public = self.public.lock().unwrap_or_else(PoisonError::into_inner);
        let (read_at, keys) = public.list.as_ref()?;
        let is_fresh = (0..PUBLIC_KEYS_TTL_MS).contains(&(now.millis() - read_at.millis()));
        is_fresh.then(|| Arc::clone(keys))
    }

    /// Returns the version of the list. Call it before reading the database.
    pub(super) fn version(&self) -> u64 {
        self.public.lock().unwrap_or_else(PoisonError::into_inner).version
    }

    /// Caches a list that was read at `version`, unless a key changed since.
    pub(super) fn insert_public_keys(&self, version: u64, now: Timestamp, keys: &Arc<Vec<PublicKey>>) {
        let mut public = self.public.lock().unwrap_or_else(PoisonError::into_inner);
        if public.version == version {
            public.list = Some((now, Arc::clone(keys)));
        }
    }

    /// Drops the list after a key was generated, rotated or retired.
    pub(super) fn invalidate_public_keys(&self) {
        let mut public = self.public.lock().unwrap_or_else(PoisonError::into_inner);
        public.version += 1;
        public.list = None;
    }

    pub(super) fn invalidate(&self, product: ProductId) {
        self.parsed.lock().unwrap_or_else(PoisonError::into_inner).remove(&product);
    }
}
