//! Snapshots of licenses in memory, so that a warm verification reads no
//! database.
//!
//! Freshness is by stamps, not by removal. A global counter is stepped at each
//! change; a table remembers, for each license (by a hash of its id; products and
//! customers alike), the step at which it last changed; a snapshot remembers the
//! step at which its reading began. A snapshot is served only if nothing happened
//! to its license since. A reading that raced with a change therefore is stale the
//! moment it is stored, however the two interleave.
//!
//! All of that is good for as long as it is known what others changed, see
//! [`Cache::hears_until`].

mod snapshot;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use quick_cache::{DefaultHashBuilder, Lifecycle, Weighter};
pub(crate) use snapshot::{DomainEntries, DomainEntry, EvictedBytes, LicenseSnapshot, VerifyCount};
use uuid::Uuid;

/// Stamps kept, 8 bytes each; licenses that share one are only read again more
/// often.
const VERSION_SLOTS: usize = 1 << 18;

/// Unknown keys remembered, some 80 bytes each: whatever comes, memory is bounded.
const MISSING_CAPACITY: usize = 8192;

/// What the cache's own table takes for an entry, in bytes: the key, the value, the
/// slot in its list and in the index; twice, since tables grow by doubling.
const ENTRY_BYTES: u64 = 2 * (16 + 16 + 16);

/// Half of a license key's digest: 128 bits that nobody can choose without the
/// master key tell apart as many licenses as there will ever be.
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

/// Sees snapshots off, those that are replaced too.
#[derive(Clone)]
struct EvictionListener(EvictedBytes);

impl Lifecycle<DigestPrefix, Cached> for EvictionListener {
    type RequestState = ();

    fn on_evict(&self, (): &mut (), _: DigestPrefix, cached: Cached) {
        cached.snapshot.on_evicted(&self.0);
    }
}

type Entries =
    quick_cache::sync::Cache<DigestPrefix, Cached, SnapshotWeighter, DefaultHashBuilder, EvictionListener>;

struct Inner {
    entries: Entries,
    evicted_dirty_bytes: EvictedBytes,
    version: AtomicU64,
    /// Everything read before this step is stale.
    min_version: AtomicU64,
    version_slots: Box<[AtomicU64]>,
    /// Digests of keys that no license had when they were looked for.
    missing: quick_cache::sync::Cache<DigestPrefix, u64>,
    /// What was unknown before this step may be known now.
    missing_min_version: AtomicU64,
    started: Instant,
    /// Until when what was heard of others' changes is good, in milliseconds since it began; 0
    /// for not at all.
    current_until_ms: AtomicU64,
}

/// The cache, shared by all who hold a clone.
#[derive(Clone)]
pub(crate) struct LicenseCache(Arc<Inner>);

impl LicenseCache {
    /// A cache of about so many bytes.
    pub fn new(bytes: u64) -> Self {
        // An estimate of the number of entries, for the first allocation only.
        let estimate = usize::try_from(bytes / 2048).unwrap_or(1024).clamp(64, 65_536);
        let (hash, adrift) = (DefaultHashBuilder::default(), EvictedBytes::default());
        Self(Arc::new(Inner {
            entries: Entries::with(
                estimate,
                bytes,
                SnapshotWeighter,
                hash,
                EvictionListener(Arc::clone(&adrift)),
            ),
            evicted_dirty_bytes: adrift,
            version: AtomicU64::new(1),
            min_version: AtomicU64::new(0),
            version_slots: (0..VERSION_SLOTS).map(|_| AtomicU64::new(0)).collect(),
            missing: quick_cache::sync::Cache::new(MISSING_CAPACITY),
            missing_min_version: AtomicU64::new(0),
            started: Instant::now(),
            current_until_ms: AtomicU64::new(0),
        }))
    }

    /// The step now. Take it before reading the database.
    pub fn version(&self) -> u64 {
        self.0.version.load(Ordering::SeqCst)
    }

    /// A snapshot nothing has happened to, if there is one.
    pub fn get(&self, digest: &[u8; 32]) -> Option<Arc<LicenseSnapshot>> {
        let cached = self.0.entries.get(&digest_prefix(digest))?;
        self.is_fresh(cached.read_at, [cached.snapshot.license.0]).then_some(cached.snapshot)
    }

    /// Whether nothing happened to any of these since the step `read_at`; no, too,
    /// while changes made elsewhere do not reach this process.
    pub fn is_fresh(&self, read_at: u64, ids: impl IntoIterator<Item = Uuid>) -> bool {
        let inner = &self.0;
        self.is_current()
            && read_at >= inner.min_version.load(Ordering::SeqCst)
            && ids
                .into_iter()
                .all(|id| read_at >= inner.version_slots[version_slot(id)].load(Ordering::SeqCst))
    }

    /// Keeps a snapshot whose reading began at `read_at`.
    pub fn insert(&self, digest: &[u8; 32], read_at: u64, snapshot: Arc<LicenseSnapshot>) {
        self.0.entries.insert(digest_prefix(digest), Cached { read_at, snapshot });
    }

    /// Bytes of snapshots that are not in here any more, but still on a list of
    /// what is to be written down.
    pub fn evicted_dirty_bytes(&self) -> &EvictedBytes {
        &self.0.evicted_dirty_bytes
    }

    /// Whether this key was looked for in vain, and no license was issued since.
    pub fn is_known_missing(&self, digest: &[u8; 32]) -> bool {
        let inner = &self.0;
        self.is_current()
            && inner.missing.get(&digest_prefix(digest)).is_some_and(|read_at| {
                read_at >= inner.missing_min_version.load(Ordering::SeqCst)
                    && read_at >= inner.min_version.load(Ordering::SeqCst)
            })
    }

    /// Remembers that no license had this key when the reading that began at
    /// `read_at` looked for it.
    pub fn insert_missing(&self, digest: &[u8; 32], read_at: u64) {
        self.0.missing.insert(digest_prefix(digest), read_at);
    }

    /// Licenses were issued, and that was committed.
    pub fn invalidate_missing(&self) {
        let now = self.0.version.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.missing_min_version.fetch_max(now, Ordering::SeqCst);
    }

    /// Something happened to this license, product or customer, and was committed.
    pub fn invalidate(&self, id: Uuid) {
        let now = self.0.version.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.version_slots[version_slot(id)].fetch_max(now, Ordering::SeqCst);
    }

    /// Something may have happened to any license.
    pub fn invalidate_all(&self) {
        let now = self.0.version.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.min_version.fetch_max(now, Ordering::SeqCst);
    }

    /// Whether it is known just now what others changed.
    fn is_current(&self) -> bool {
        self.0.started.elapsed().as_millis() < u128::from(self.0.current_until_ms.load(Ordering::SeqCst))
    }

    /// Of all that others changed was heard, and that is good until then: if nothing more is
    /// heard, every verification reads the database from then on. Whoever missed something
    /// before forgets all first.
    pub fn mark_current_until(&self, until: Instant) {
        let until = until.saturating_duration_since(self.0.started).as_millis();
        self.0.current_until_ms.store(u64::try_from(until).unwrap_or(u64::MAX), Ordering::SeqCst);
    }

    /// What others change is not heard any more.
    pub fn suspend(&self) {
        self.0.current_until_ms.store(0, Ordering::SeqCst);
    }
}

/// The tail of a UUID v7 is random and serves as its own hash.
#[allow(clippy::cast_possible_truncation, reason = "only the low bits are wanted")]
fn version_slot(id: Uuid) -> usize {
    id.as_u128() as usize % VERSION_SLOTS
}
