//! The license cache: snapshots in memory, so that a warm verification does not read the
//! database.
//!
//! Invalidation uses versions instead of removal. Each change increments a global version. A
//! version slot per license (chosen by a hash of its id; also for products and customers) holds
//! the version of its last change. A snapshot holds the version at which its read began, and is
//! served only if its slot has not changed since. A snapshot whose read raced with a change is
//! therefore stale as soon as it is inserted, in any interleaving.
//!
//! The cache is valid only while changes of other processes arrive, see
//! [`LicenseCache::mark_current_until`].

mod counts;
mod snapshot;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

pub(crate) use counts::CacheCounts;
pub use counts::CacheUse;
use domain::view::CacheHealth;
use quick_cache::{DefaultHashBuilder, Lifecycle, Weighter};
pub(crate) use snapshot::{DomainEntries, DomainEntry, EvictedBytes, LicenseSnapshot, VerifyCount};
use uuid::Uuid;

/// Number of version slots, 8 bytes each (2 MiB). Licenses that share a slot are only reloaded
/// more often.
const VERSION_SLOTS: usize = 1 << 18;

/// Capacity of the negative cache, some 80 bytes per key. It bounds memory when clients send many
/// unknown keys.
const MISSING_CAPACITY: usize = 8192;

/// Overhead of the cache's table per entry, in bytes: key, value, list node and index slot. Doubled,
/// because tables grow by doubling.
const ENTRY_BYTES: u64 = 2 * (16 + 16 + 16);

/// The first half of a license key's digest. Its 128 bits suffice to identify a license, because
/// a digest can't be chosen without the master key.
type DigestPrefix = [u8; 16];

fn digest_prefix(digest: &[u8; 32]) -> DigestPrefix {
    std::array::from_fn(|n| digest[n])
}

#[derive(Clone)]
struct Cached {
    read_at: u64,
    snapshot: Arc<LicenseSnapshot>,
}

#[derive(Clone)]
struct SnapshotWeighter;

impl Weighter<DigestPrefix, Cached> for SnapshotWeighter {
    fn weight(&self, _: &DigestPrefix, cached: &Cached) -> u64 {
        ENTRY_BYTES + cached.snapshot.weight().unsigned_abs()
    }
}

/// Counts evictions, and accounts for snapshots that are evicted or replaced while their counts are not flushed.
#[derive(Clone)]
struct EvictionListener {
    dirty_bytes: EvictedBytes,
    counts: Arc<CacheCounts>,
}

impl Lifecycle<DigestPrefix, Cached> for EvictionListener {
    /// The key that is inserted. Its older snapshot is replaced, not evicted.
    type RequestState = Option<DigestPrefix>;

    fn on_evict(&self, inserted: &mut Option<DigestPrefix>, key: DigestPrefix, cached: Cached) {
        if *inserted != Some(key) {
            self.counts.record_eviction();
        }
        cached.snapshot.on_evicted(&self.dirty_bytes);
    }
}

type Entries =
    quick_cache::sync::Cache<DigestPrefix, Cached, SnapshotWeighter, DefaultHashBuilder, EvictionListener>;

struct Inner {
    entries: Entries,
    evicted_dirty_bytes: EvictedBytes,
    version: AtomicU64,
    /// Everything read before this version is stale.
    min_version: AtomicU64,
    version_slots: Box<[AtomicU64]>,
    /// The negative cache: digests of keys without a license, with the version of the lookup.
    missing: quick_cache::sync::Cache<DigestPrefix, u64>,
    /// Negative entries from before this version are stale.
    missing_min_version: AtomicU64,
    started: Instant,
    /// End of the cache's validity in milliseconds since `started`; 0 while suspended.
    current_until_ms: AtomicU64,
    /// When all changes were applied last, in milliseconds since `started`.
    applied_at_ms: AtomicU64,
    counts: Arc<CacheCounts>,
}

/// The license cache. Clones share its contents.
#[derive(Clone)]
pub(crate) struct LicenseCache(Arc<Inner>);

impl LicenseCache {
    /// Creates a cache of about `max_bytes` bytes.
    pub fn new(max_bytes: u64) -> Self {
        // An estimate of the number of entries, for the first allocation only.
        let estimate = usize::try_from(max_bytes / 2048).unwrap_or(1024).clamp(64, 65_536);
        let (hash, evicted_dirty_bytes) = (DefaultHashBuilder::default(), EvictedBytes::default());
        let counts = Arc::<CacheCounts>::default();
        Self(Arc::new(Inner {
            entries: Entries::with(
                estimate,
                max_bytes,
                SnapshotWeighter,
                hash,
                EvictionListener {
                    dirty_bytes: Arc::clone(&evicted_dirty_bytes),
                    counts: Arc::clone(&counts),
                },
            ),
            evicted_dirty_bytes,
            version: AtomicU64::new(1),
            min_version: AtomicU64::new(0),
            version_slots: (0..VERSION_SLOTS).map(|_| AtomicU64::new(0)).collect(),
            missing: quick_cache::sync::Cache::new(MISSING_CAPACITY),
            missing_min_version: AtomicU64::new(0),
            started: Instant::now(),
            current_until_ms: AtomicU64::new(0),
            applied_at_ms: AtomicU64::new(0),
            counts,
        }))
    }

    /// Returns the current version. Call it before reading the database.
    pub fn version(&self) -> u64 {
        self.0.version.load(Ordering::SeqCst)
    }

    /// Returns the snapshot of a license if it is cached and fresh.
    pub fn get(&self, digest: &[u8; 32]) -> Option<Arc<LicenseSnapshot>> {
        let cached = self.0.entries.get(&digest_prefix(digest))?;
        self.is_fresh(cached.read_at, [cached.snapshot.license.0]).then_some(cached.snapshot)
    }

    /// Returns whether none of `ids` changed since version `read_at`. Returns false while changes of
    /// other processes do not arrive.
    pub fn is_fresh(&self, read_at: u64, ids: impl IntoIterator<Item = Uuid>) -> bool {
        let inner = &self.0;
        self.is_current()
            && read_at >= inner.min_version.load(Ordering::SeqCst)
            && ids
                .into_iter()
                .all(|id| read_at >= inner.version_slots[version_slot(id)].load(Ordering::SeqCst))
    }

    /// Caches a snapshot whose read began at version `read_at`.
    pub fn insert(&self, digest: &[u8; 32], read_at: u64, snapshot: Arc<LicenseSnapshot>) {
        let key = digest_prefix(digest);
        self.0.entries.insert_with_lifecycle(key, Cached { read_at, snapshot }, &mut Some(key));
    }

    /// Returns the size of snapshots that are evicted but whose counts are not flushed.
    pub fn evicted_dirty_bytes(&self) -> &EvictedBytes {
        &self.0.evicted_dirty_bytes
    }

    /// Returns whether this key had no license when last looked up, and no license was issued since.
    pub fn is_known_missing(&self, digest: &[u8; 32]) -> bool {
        let inner = &self.0;
        self.is_current()
            && inner.missing.get(&digest_prefix(digest)).is_some_and(|read_at| {
                read_at >= inner.missing_min_version.load(Ordering::SeqCst)
                    && read_at >= inner.min_version.load(Ordering::SeqCst)
            })
    }

    /// Adds a key to the negative cache that a read begun at version `read_at` did not find.
    pub fn insert_missing(&self, digest: &[u8; 32], read_at: u64) {
        self.0.missing.insert(digest_prefix(digest), read_at);
    }

    /// Invalidates the negative cache after licenses were issued and committed.
    pub fn invalidate_missing(&self) {
        let version = self.0.version.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.missing_min_version.fetch_max(version, Ordering::SeqCst);
    }

    /// Invalidates a license, product or customer after a committed change.
    pub fn invalidate(&self, id: Uuid) {
        let version = self.0.version.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.version_slots[version_slot(id)].fetch_max(version, Ordering::SeqCst);
    }

    /// Invalidates everything, because any license may have changed.
    pub fn invalidate_all(&self) {
        let version = self.0.version.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.min_version.fetch_max(version, Ordering::SeqCst);
    }

    /// Returns the counter of hits, misses and evictions. Verifications record their reads in it.
    pub fn counts(&self) -> &CacheCounts {
        &self.0.counts
    }

    /// Returns how long ago all changes of other processes were applied last.
    pub fn invalidation_lag(&self) -> Duration {
        let applied_at = Duration::from_millis(self.0.applied_at_ms.load(Ordering::Relaxed));
        self.0.started.elapsed().saturating_sub(applied_at)
    }

    /// Returns the number of entries and their size.
    pub fn health(&self) -> CacheHealth {
        let entries = &self.0.entries;
        CacheHealth { entries: entries.len() as u64, bytes: entries.weight(), max_bytes: entries.capacity() }
    }

    /// Returns whether all changes of other processes are applied.
    pub fn is_current(&self) -> bool {
        self.0.started.elapsed().as_millis() < u128::from(self.0.current_until_ms.load(Ordering::SeqCst))
    }

    /// Declares that all changes of other processes are applied, valid until `until`. After that,
    /// every verification reads the database. If notifications may have been lost, the caller must
    /// call [`Self::invalidate_all`] first.
    pub fn mark_current_until(&self, until: Instant) {
        let until = until.saturating_duration_since(self.0.started).as_millis();
        self.0.current_until_ms.store(u64::try_from(until).unwrap_or(u64::MAX), Ordering::SeqCst);
        let now = self.0.started.elapsed().as_millis();
        self.0.applied_at_ms.store(u64::try_from(now).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Stops serving from the cache until [`Self::mark_current_until`] is called again.
    pub fn suspend(&self) {
        self.0.current_until_ms.store(0, Ordering::SeqCst);
    }
}

/// Returns the index of an id's version slot. The low bits of a UUID v7 are random and need no hashing.
#[allow(clippy::cast_possible_truncation, reason = "only the low bits are used")]
fn version_slot(id: Uuid) -> usize {
    id.as_u128() as usize % VERSION_SLOTS
}
