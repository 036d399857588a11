//! Cache of machine activations. Apps activate at every start, and most requests change nothing.

use std::sync::Arc;

use domain::view::CacheHealth;
use quick_cache::{DefaultHashBuilder, Lifecycle, Weighter};
use sha2::{Digest as _, Sha256};

use super::ActivationRequest;
use super::binding::MachineActivation;
use crate::cache::{CacheCounts, LicenseCache};
use crate::store::entity::{activations, customers, licenses, products};

/// A digest of license, machine and user.
pub type MachineCacheKey = [u8; 32];

#[derive(Clone)]
struct CachedActivation {
    read_at: u64,
    activation: Arc<MachineActivation>,
}

#[derive(Clone)]
struct ActivationWeighter;

impl Weighter<MachineCacheKey, CachedActivation> for ActivationWeighter {
    fn weight(&self, _: &MachineCacheKey, kept: &CachedActivation) -> u64 {
        // Counts the shared rows in full, the short texts, and the allocator's overhead.
        const ROWS: usize = size_of::<MachineActivation>()
            + size_of::<licenses::Model>()
            + size_of::<activations::Model>()
            + size_of::<products::Model>()
            + size_of::<customers::Model>();
        const SHORT: usize = 512;
        let MachineActivation { product, activation, license, .. } = &*kept.activation;
        let optional = [
            &activation.hostname,
            &activation.os,
            &activation.os_version,
            &activation.vm_name,
            &activation.container,
            &activation.app_version,
            &activation.release_version,
            &activation.user_hash,
            &activation.metadata,
            &activation.meters,
            &license.meters,
            &license.state_reason,
            &license.rules,
            &license.visible_metadata,
            &product.rules,
        ];
        let texts = optional.into_iter().flatten().chain([
            &activation.subject,
            &product.name,
            &product.meters,
            &product.development_hosts,
        ]);
        (ROWS + SHORT + texts.map(|text| text.len() + 16).sum::<usize>()) as u64
    }
}

/// Counts evictions.
#[derive(Clone)]
struct EvictionListener(Arc<CacheCounts>);

impl Lifecycle<MachineCacheKey, CachedActivation> for EvictionListener {
    /// The key that is inserted. Its older activation is replaced, not evicted.
    type RequestState = Option<MachineCacheKey>;

    fn on_evict(&self, inserted: &mut Option<MachineCacheKey>, key: MachineCacheKey, _: CachedActivation) {
        if *inserted != Some(key) {
            self.0.record_eviction();
        }
    }
}

type Entries = quick_cache::sync::Cache<
    MachineCacheKey,
    CachedActivation,
    ActivationWeighter,
    DefaultHashBuilder,
    EvictionListener,
>;

/// The cached machine activations.
pub(crate) struct MachineCache {
    entries: Entries,
    counts: Arc<CacheCounts>,
}

impl MachineCache {
    /// Creates a cache of about `bytes` bytes.
    pub fn new(bytes: u64) -> Self {
        let estimate = usize::try_from(bytes / 4096).unwrap_or(1024).clamp(64, 16_384);
        let counts = Arc::<CacheCounts>::default();
        let listener = EvictionListener(Arc::clone(&counts));
        let hash = DefaultHashBuilder::default();
        Self { entries: Entries::with(estimate, bytes, ActivationWeighter, hash, listener), counts }
    }

    /// Returns the number of entries and their size.
    pub fn health(&self) -> CacheHealth {
        let entries = &self.entries;
        CacheHealth { entries: entries.len() as u64, bytes: entries.weight(), max_bytes: entries.capacity() }
    }

    /// Returns the counter of hits, misses and evictions.
    pub fn counts(&self) -> &CacheCounts {
        &self.counts
    }

    /// Returns the cache key of a request.
    pub fn key(digest: &[u8; 32], request: &ActivationRequest) -> MachineCacheKey {
        let fingerprint = request.fingerprint.as_str().as_bytes();
        let length = (fingerprint.len() as u64).to_le_bytes();
        Sha256::new()
            .chain_update(digest)
            .chain_update(length)
            .chain_update(fingerprint)
            .chain_update(&request.machine.user_hash)
            .finalize()
            .into()
    }

    /// Returns the cached activation unless its license, product or customer was invalidated.
    pub fn get(&self, key: &MachineCacheKey, cache: &LicenseCache) -> Option<Arc<MachineActivation>> {
        let CachedActivation { read_at, activation: bound } = self.entries.get(key)?;
        let customer = bound.customer.as_ref().map(|customer| customer.id);
        let ids = [Some(bound.license.id), Some(bound.product.id), customer];
        cache.is_fresh(read_at, ids.into_iter().flatten()).then_some(bound)
    }

    /// Caches an activation whose read began at cache version `read_at`.
    pub fn insert(&self, key: MachineCacheKey, read_at: u64, bound: &Arc<MachineActivation>) {
        let cached = CachedActivation { read_at, activation: Arc::clone(bound) };
        self.entries.insert_with_lifecycle(key, cached, &mut Some(key));
    }
}
