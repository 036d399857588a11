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
pub(crate) use snapshot::{Adrift, Count, Seat, Seats, Snapshot};
use uuid::Uuid;

/// Stamps kept, 8 bytes each; licenses that share one are only read again more
/// often.
const STAMPS: usize = 1 << 18;

/// Unknown keys remembered, some 80 bytes each: whatever comes, memory is bounded.
const UNKNOWN: usize = 8192;

/// What the cache's own table takes for an entry, in bytes: the key, the value, the
/// slot in its list and in the index; twice, since tables grow by doubling.
const ENTRY: u64 = 2 * (16 + 16 + 16);

/// Half of a license key's digest: 128 bits that nobody can choose without the
/// master key tell apart as many licenses as there will ever be.
type Key = [u8; 16];

fn key(digest: &[u8; 32]) -> Key {
    std::array::from_fn(|n| digest[n])
}

#[derive(Clone)]
struct Cached {
    read_at: u64,
    snapshot: Arc<Snapshot>,
}

#[derive(Clone)]
struct Bytes;

impl Weighter<Key, Cached> for Bytes {
    fn weight(&self, _: &Key, cached: &Cached) -> u64 {
        ENTRY + cached.snapshot.weight().unsigned_abs()
    }
}

/// Sees snapshots off, those that are replaced too.
#[derive(Clone)]
struct Farewell(Adrift);

impl Lifecycle<Key, Cached> for Farewell {
    type RequestState = ();

    fn on_evict(&self, (): &mut (), _: Key, cached: Cached) {
        cached.snapshot.leave(&self.0);
    }
}

type Entries = quick_cache::sync::Cache<Key, Cached, Bytes, DefaultHashBuilder, Farewell>;

struct Inner {
    entries: Entries,
    adrift: Adrift,
    step: AtomicU64,
    /// Everything read before this step is stale.
    floor: AtomicU64,
    stamps: Box<[AtomicU64]>,
    /// Digests of keys that no license had when they were looked for.
    unknown: quick_cache::sync::Cache<Key, u64>,
    /// What was unknown before this step may be known now.
    unknown_floor: AtomicU64,
    began: Instant,
    /// Until when what was heard of others' changes is good, in milliseconds since it began; 0
    /// for not at all.
    hears_until: AtomicU64,
}

/// The cache, shared by all who hold a clone.
#[derive(Clone)]
pub(crate) struct Cache(Arc<Inner>);

impl Cache {
    /// A cache of about so many bytes.
    pub fn new(bytes: u64) -> Self {
        // An estimate of the number of entries, for the first allocation only.
        let estimate = usize::try_from(bytes / 2048).unwrap_or(1024).clamp(64, 65_536);
        let (hash, adrift) = (DefaultHashBuilder::default(), Adrift::default());
        Self(Arc::new(Inner {
            entries: Entries::with(estimate, bytes, Bytes, hash, Farewell(Arc::clone(&adrift))),
            adrift,
            step: AtomicU64::new(1),
            floor: AtomicU64::new(0),
            stamps: (0..STAMPS).map(|_| AtomicU64::new(0)).collect(),
            unknown: quick_cache::sync::Cache::new(UNKNOWN),
            unknown_floor: AtomicU64::new(0),
            began: Instant::now(),
            hears_until: AtomicU64::new(0),
        }))
    }

    /// The step now. Take it before reading the database.
    pub fn step(&self) -> u64 {
        self.0.step.load(Ordering::SeqCst)
    }

    /// A snapshot nothing has happened to, if there is one.
    pub fn get(&self, digest: &[u8; 32]) -> Option<Arc<Snapshot>> {
        let cached = self.0.entries.get(&key(digest))?;
        self.is_fresh(cached.read_at, [cached.snapshot.license.0]).then_some(cached.snapshot)
    }

    /// Whether nothing happened to any of these since the step `read_at`; no, too,
    /// while changes made elsewhere do not reach this process.
    pub fn is_fresh(&self, read_at: u64, ids: impl IntoIterator<Item = Uuid>) -> bool {
        let inner = &self.0;
        self.hears()
            && read_at >= inner.floor.load(Ordering::SeqCst)
            && ids.into_iter().all(|id| read_at >= inner.stamps[stamp_of(id)].load(Ordering::SeqCst))
    }

    /// Keeps a snapshot whose reading began at `read_at`.
    pub fn put(&self, digest: &[u8; 32], read_at: u64, snapshot: Arc<Snapshot>) {
        self.0.entries.insert(key(digest), Cached { read_at, snapshot });
    }

    /// Bytes of snapshots that are not in here any more, but still on a list of
    /// what is to be written down.
    pub fn adrift(&self) -> &Adrift {
        &self.0.adrift
    }

    /// Whether this key was looked for in vain, and no license was issued since.
    pub fn is_unknown(&self, digest: &[u8; 32]) -> bool {
        let inner = &self.0;
        self.hears()
            && inner.unknown.get(&key(digest)).is_some_and(|read_at| {
                read_at >= inner.unknown_floor.load(Ordering::SeqCst)
                    && read_at >= inner.floor.load(Ordering::SeqCst)
            })
    }

    /// Remembers that no license had this key when the reading that began at
    /// `read_at` looked for it.
    pub fn put_unknown(&self, digest: &[u8; 32], read_at: u64) {
        self.0.unknown.insert(key(digest), read_at);
    }

    /// Licenses were issued, and that was committed.
    pub fn forget_unknown(&self) {
        let now = self.0.step.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.unknown_floor.fetch_max(now, Ordering::SeqCst);
    }

    /// Something happened to this license, product or customer, and was committed.
    pub fn forget(&self, id: Uuid) {
        let now = self.0.step.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.stamps[stamp_of(id)].fetch_max(now, Ordering::SeqCst);
    }

    /// Something may have happened to any license.
    pub fn forget_all(&self) {
        let now = self.0.step.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.floor.fetch_max(now, Ordering::SeqCst);
    }

    /// Whether it is known just now what others changed.
    fn hears(&self) -> bool {
        self.0.began.elapsed().as_millis() < u128::from(self.0.hears_until.load(Ordering::SeqCst))
    }

    /// Of all that others changed was heard, and that is good until then: if nothing more is
    /// heard, every verification reads the database from then on. Whoever missed something
    /// before forgets all first.
    pub fn hears_until(&self, until: Instant) {
        let until = until.saturating_duration_since(self.0.began).as_millis();
        self.0.hears_until.store(u64::try_from(until).unwrap_or(u64::MAX), Ordering::SeqCst);
    }

    /// What others change is not heard any more.
    pub fn is_deaf(&self) {
        self.0.hears_until.store(0, Ordering::SeqCst);
    }
}

/// The tail of a UUID v7 is random and serves as its own hash.
#[allow(clippy::cast_possible_truncation, reason = "only the low bits are wanted")]
fn stamp_of(id: Uuid) -> usize {
    id.as_u128() as usize % STAMPS
}
