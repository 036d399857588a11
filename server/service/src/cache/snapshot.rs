//! License snapshots: the data that a verification needs, and the verification counts since the
//! last flush.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU32, Ordering};

use domain::license::Standing;
use domain::{AccountId, DomainName, LicenseId, SlotScope, Timestamp};
use smallvec::SmallVec;

/// Flag: the snapshot is in the usage counter's list of dirty snapshots.
const DIRTY: u8 = 1;
/// Flag: the snapshot was evicted from the cache or replaced.
const EVICTED: u8 = 2;

/// A domain on which a license is active, and its counts. Names of up to 32 bytes are stored inline,
/// because with a million licenses each further allocation costs a cache miss.
pub(crate) struct DomainEntry {
    domain: SmallVec<[u8; 32]>,
    times: AtomicU32,
    takes_slot: bool,
    last: AtomicI64,
}

/// A number of verifications and the time of the last one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct VerifyCount {
    pub times: i64,
    pub last: Timestamp,
}

impl VerifyCount {
    pub fn add(&mut self, other: Self) {
        self.times += other.times;
        self.last = self.last.max(other.last);
    }
}

impl DomainEntry {
    pub fn new(domain: &str, takes_slot: bool) -> Self {
        let domain = SmallVec::from_slice(domain.as_bytes());
        Self { domain, times: AtomicU32::new(0), takes_slot, last: AtomicI64::new(0) }
    }

    pub fn domain(&self) -> &str {
        // Always valid UTF-8: copied from a `str` and never modified.
        std::str::from_utf8(&self.domain).unwrap_or_default()
    }

    pub fn add_delta(&self, count: VerifyCount) {
        self.times.fetch_add(u32::try_from(count.times).unwrap_or(u32::MAX), Ordering::SeqCst);
        self.last.fetch_max(count.last.millis(), Ordering::SeqCst);
    }

    /// Takes the count since the last call, if any.
    pub fn take_delta(&self) -> Option<VerifyCount> {
        let times = self.times.swap(0, Ordering::SeqCst);
        let last = Timestamp::from_millis(self.last.load(Ordering::SeqCst));
        (times > 0).then(|| VerifyCount { times: times.into(), last })
    }
}

/// The domains of a license, sorted. A single domain, the usual case, is stored inline.
pub(crate) type DomainEntries = SmallVec<[DomainEntry; 1]>;

/// The total size in bytes of evicted snapshots whose counts are not flushed. Signed, because a
/// concurrent subtraction may precede its addition.
pub(crate) type EvictedBytes = Arc<AtomicI64>;

/// A license as read from the database. For a license with one domain, a verification touches two
/// cache lines, which processors fetch as a pair. The first holds the two reference counts of the
/// `Arc` and all fields but the domain entry, hence the field order.
#[repr(C)]
pub(crate) struct LicenseSnapshot {
    pub license: LicenseId,
    pub account: AccountId,
    /// In milliseconds; [`NEVER`] if the license does not expire.
    expires_at: i64,
    /// The standing without expiry, which [`Self::standing`] adds.
    stored_standing: Standing,
    /// Whether `domains` is complete.
    has_all_domains: bool,
    slot_scope: SlotScope,
    flags: AtomicU8,
    domains: DomainEntries,
}

/// Later than any [`Timestamp`].
const NEVER: i64 = i64::MAX;

const _: () = assert!(size_of::<LicenseSnapshot>() + 2 * size_of::<usize>() <= 128);

impl LicenseSnapshot {
    /// Creates a snapshot. `domains` is `None` if the license has too many to cache.
    pub fn new(
        license: LicenseId,
        account: AccountId,
        stored_standing: Standing,
        expires_at: Option<Timestamp>,
        slot_scope: SlotScope,
        domains: Option<DomainEntries>,
    ) -> Self {
        let has_all_domains = domains.is_some();
        let mut domains = domains.unwrap_or_default();
        domains.shrink_to_fit();
        let expires_at = expires_at.map_or(NEVER, Timestamp::millis);
        Self {
            license,
            account,
            expires_at,
            stored_standing,
            has_all_domains,
            slot_scope,
            flags: AtomicU8::new(0),
            domains,
        }
    }

    /// Returns the domains on which the license is active, sorted; `None` if there are too many to cache.
    pub fn domains(&self) -> Option<&[DomainEntry]> {
        self.has_all_domains.then_some(&*self.domains)
    }

    /// Returns the hosts that share a slot.
    pub fn slot_scope(&self) -> SlotScope {
        self.slot_scope
    }

    /// Returns the entry of a domain, or of the domain whose slot covers it, if it is cached here.
    pub fn domain(&self, domain: &DomainName) -> Option<&DomainEntry> {
        let domain = domain.as_str();
        match self.domains.binary_search_by(|entry| (*entry.domain).cmp(domain.as_bytes())) {
            Ok(index) => self.domains.get(index),
            Err(_) if self.slot_scope == SlotScope::Host => None,
            Err(_) => self.find_covering(domain),
        }
    }

    /// Returns the entry that takes the slot of a domain. Development hosts take none, and cover no
    /// other domain.
    #[cold]
    fn find_covering(&self, domain: &str) -> Option<&DomainEntry> {
        let slot = self.slot_scope.slot_of(domain);
        self.domains.iter().find(|entry| {
            // A slot's name is a suffix of its domains, and cheaper to compare.
            entry.takes_slot
                && entry.domain().ends_with(slot)
                && self.slot_scope.slot_of(entry.domain()) == slot
        })
    }

    /// Returns the expiry time, if any.
    pub fn expires_at(&self) -> Option<Timestamp> {
        (self.expires_at != NEVER).then(|| Timestamp::from_millis(self.expires_at))
    }

    /// Returns the standing at `now`.
    pub fn standing(&self, now: Timestamp) -> Standing {
        self.stored_standing.at(self.expires_at(), now)
    }

    /// Returns the size in bytes, including allocator overhead.
    pub fn weight(&self) -> i64 {
        const BLOCK: usize = 16;
        let list = if self.domains.spilled() {
            self.domains.capacity() * size_of::<DomainEntry>() + BLOCK
        } else {
            0
        };
        let names = self.domains.iter().map(|entry| &entry.domain).filter(|name| name.spilled());
        let names: usize = names.map(|name| name.capacity() + BLOCK).sum();
        i64::try_from(size_of::<Self>() + BLOCK + list + names).unwrap_or(i64::MAX)
    }

    /// Marks the snapshot dirty. Returns whether it was clean before.
    pub fn mark_dirty(&self, evicted_dirty_bytes: &EvictedBytes) -> bool {
        let before = self.flags.fetch_or(DIRTY, Ordering::SeqCst);
        if before == EVICTED {
            evicted_dirty_bytes.fetch_add(self.weight(), Ordering::SeqCst);
        }
        before & DIRTY == 0
    }

    pub fn is_dirty(&self) -> bool {
        self.flags.load(Ordering::SeqCst) & DIRTY != 0
    }

    /// Marks the snapshot clean. Call this before taking its counts: a concurrent count then marks the
    /// snapshot dirty again and is not lost.
    pub fn clear_dirty(&self, evicted_dirty_bytes: &EvictedBytes) {
        let before = self.flags.fetch_and(!DIRTY, Ordering::SeqCst);
        if before == EVICTED | DIRTY {
            evicted_dirty_bytes.fetch_sub(self.weight(), Ordering::SeqCst);
        }
    }

    /// Marks the snapshot evicted.
    pub fn on_evicted(&self, evicted_dirty_bytes: &EvictedBytes) {
        let before = self.flags.fetch_or(EVICTED, Ordering::SeqCst);
        if before == DIRTY {
            evicted_dirty_bytes.fetch_add(self.weight(), Ordering::SeqCst);
        }
    }
}
