//! Snapshots of licenses in memory, so that a warm verification reads no
//! database.
//!
//! Freshness is by stamps, not by removal. A global counter is stepped at each
//! change; a table remembers, for each license (by a hash of its id), the step
//! at which it last changed; a snapshot remembers the step at which its reading
//! began. A snapshot is served only if nothing happened to its license since.
//! A reading that raced with a change therefore is stale the moment it is
//! stored, however the two interleave.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use domain::license::State;
use domain::{AccountId, LicenseId, Timestamp};
use quick_cache::Weighter;

/// Stamps kept; licenses that share one are only read again more often.
const STAMPS: usize = 1 << 14;

/// Unknown keys remembered, some 80 bytes each: whatever comes, memory is bounded.
const UNKNOWN: usize = 8192;

/// What a verification needs to know of a license.
pub(crate) struct Snapshot {
    pub license: LicenseId,
    pub account: AccountId,
    pub state: State,
    pub expires_at: Option<Timestamp>,
    /// Domains it is active on, sorted; `None` where there are too many to keep.
    pub domains: Option<Box<[Box<str>]>>,
}

#[derive(Clone)]
struct Cached {
    read_at: u64,
    snapshot: Arc<Snapshot>,
}

#[derive(Clone)]
struct Bytes;

impl Weighter<[u8; 32], Cached> for Bytes {
    fn weight(&self, _: &[u8; 32], cached: &Cached) -> u64 {
        let domains = cached.snapshot.domains.iter().flat_map(|list| list.iter());
        let text: usize = domains.map(|d| d.len() + size_of::<Box<str>>()).sum();
        (text + size_of::<Snapshot>() + size_of::<Cached>() + 32 + 32) as u64
    }
}

struct Inner {
    entries: quick_cache::sync::Cache<[u8; 32], Cached, Bytes>,
    step: AtomicU64,
    /// Everything read before this step is stale.
    floor: AtomicU64,
    stamps: Box<[AtomicU64]>,
    /// Digests of keys that no license had when they were looked for.
    unknown: quick_cache::sync::Cache<[u8; 32], u64>,
    /// What was unknown before this step may be known now.
    unknown_floor: AtomicU64,
    /// Whether changes made elsewhere reach this process just now.
    hears_of_changes: AtomicBool,
}

/// The cache, shared by all who hold a clone.
#[derive(Clone)]
pub(crate) struct Cache(Arc<Inner>);

impl Cache {
    /// A cache of about so many bytes.
    pub fn new(bytes: u64) -> Self {
        // An estimate of the number of entries, for the first allocation only.
        let estimate = usize::try_from(bytes / 2048).unwrap_or(1024).clamp(64, 65_536);
        Self(Arc::new(Inner {
            entries: quick_cache::sync::Cache::with_weighter(estimate, bytes, Bytes),
            step: AtomicU64::new(1),
            floor: AtomicU64::new(0),
            stamps: (0..STAMPS).map(|_| AtomicU64::new(0)).collect(),
            unknown: quick_cache::sync::Cache::new(UNKNOWN),
            unknown_floor: AtomicU64::new(0),
            hears_of_changes: AtomicBool::new(false),
        }))
    }

    /// The step now. Take it before reading the database.
    pub fn step(&self) -> u64 {
        self.0.step.load(Ordering::SeqCst)
    }

    /// A snapshot nothing has happened to, if there is one.
    pub fn get(&self, digest: &[u8; 32]) -> Option<Arc<Snapshot>> {
        let inner = &self.0;
        if !inner.hears_of_changes.load(Ordering::SeqCst) {
            return None;
        }
        let cached = inner.entries.get(digest)?;
        let changed = inner.stamps[stamp_of(cached.snapshot.license)].load(Ordering::SeqCst);
        let floor = inner.floor.load(Ordering::SeqCst);
        (cached.read_at >= changed && cached.read_at >= floor).then_some(cached.snapshot)
    }

    /// Keeps a snapshot whose reading began at `read_at`.
    pub fn put(&self, digest: [u8; 32], read_at: u64, snapshot: Arc<Snapshot>) {
        self.0.entries.insert(digest, Cached { read_at, snapshot });
    }

    /// Whether this key was looked for in vain, and no license was issued since.
    pub fn is_unknown(&self, digest: &[u8; 32]) -> bool {
        let inner = &self.0;
        inner.hears_of_changes.load(Ordering::SeqCst)
            && inner.unknown.get(digest).is_some_and(|read_at| {
                read_at >= inner.unknown_floor.load(Ordering::SeqCst)
                    && read_at >= inner.floor.load(Ordering::SeqCst)
            })
    }

    /// Remembers that no license had this key when the reading that began at
    /// `read_at` looked for it.
    pub fn put_unknown(&self, digest: [u8; 32], read_at: u64) {
        self.0.unknown.insert(digest, read_at);
    }

    /// Licenses were issued, and that was committed.
    pub fn forget_unknown(&self) {
        let now = self.0.step.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.unknown_floor.fetch_max(now, Ordering::SeqCst);
    }

    /// Something happened to this license, and was committed.
    pub fn forget(&self, license: LicenseId) {
        let now = self.0.step.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.stamps[stamp_of(license)].fetch_max(now, Ordering::SeqCst);
    }

    /// Something may have happened to any license.
    pub fn forget_all(&self) {
        let now = self.0.step.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.floor.fetch_max(now, Ordering::SeqCst);
    }

    /// Says whether changes made elsewhere reach this process. While they don't,
    /// every verification reads the database.
    pub fn hears_of_changes(&self, hears: bool) {
        if hears {
            // What was missed in the meantime is unknown.
            self.forget_all();
        }
        self.0.hears_of_changes.store(hears, Ordering::SeqCst);
    }
}

/// The tail of a UUID v7 is random and serves as its own hash.
#[allow(clippy::cast_possible_truncation, reason = "only the low bits are wanted")]
fn stamp_of(license: LicenseId) -> usize {
    license.0.as_u128() as usize % STAMPS
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn snapshot(id: u128) -> Arc<Snapshot> {
        Arc::new(Snapshot {
            license: LicenseId(Uuid::from_u128(id)),
            account: AccountId(Uuid::nil()),
            state: State::Active,
            expires_at: None,
            domains: Some(Box::new([])),
        })
    }

    fn listening() -> Cache {
        let cache = Cache::new(1 << 20);
        cache.hears_of_changes(true);
        cache
    }

    #[test]
    fn serves_until_something_happens() {
        let (cache, key) = (listening(), [7; 32]);
        cache.put(key, cache.step(), snapshot(1));
        assert!(cache.get(&key).is_some());
        cache.forget(LicenseId(Uuid::from_u128(2)));
        assert!(cache.get(&key).is_some(), "another license");
        cache.forget(LicenseId(Uuid::from_u128(1)));
        assert!(cache.get(&key).is_none());
    }

    #[test]
    fn a_reading_that_raced_with_a_change_is_never_served() {
        let (cache, key) = (listening(), [7; 32]);
        let began = cache.step();
        cache.forget(LicenseId(Uuid::from_u128(1)));
        cache.put(key, began, snapshot(1));
        assert!(cache.get(&key).is_none());
        cache.put(key, cache.step(), snapshot(1));
        assert!(cache.get(&key).is_some());
    }

    #[test]
    fn reads_through_while_it_hears_nothing() {
        let (cache, key) = (listening(), [7; 32]);
        cache.put(key, cache.step(), snapshot(1));
        cache.hears_of_changes(false);
        assert!(cache.get(&key).is_none());
        cache.hears_of_changes(true);
        assert!(cache.get(&key).is_none(), "what happened meanwhile is unknown");
    }

    #[test]
    fn an_unknown_key_is_remembered_until_a_license_is_issued() {
        let (cache, key) = (listening(), [7; 32]);
        let began = cache.step();
        cache.put_unknown(key, began);
        assert!(cache.is_unknown(&key));
        cache.forget(LicenseId(Uuid::from_u128(1)));
        assert!(cache.is_unknown(&key), "another license changed");
        cache.forget_unknown();
        assert!(!cache.is_unknown(&key));
        cache.put_unknown(key, began);
        assert!(!cache.is_unknown(&key), "a reading that raced with the issue");
        for n in 0..100_000u32 {
            let mut key = [0; 32];
            key[..4].copy_from_slice(&n.to_le_bytes());
            cache.put_unknown(key, cache.step());
        }
        assert!(cache.0.unknown.len() <= UNKNOWN);
    }

    #[test]
    fn is_bounded_in_bytes() {
        let cache = Cache::new(100_000);
        cache.hears_of_changes(true);
        for id in 0..10_000u128 {
            let mut key = [0; 32];
            key[..16].copy_from_slice(&id.to_le_bytes());
            cache.put(key, cache.step(), snapshot(id));
        }
        assert!(cache.0.entries.weight() <= 100_000);
        assert!(cache.0.entries.len() > 100);
    }
}
