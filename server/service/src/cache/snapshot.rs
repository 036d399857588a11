//! What a verification needs to know of a license, and what it leaves behind:
//! how often the license held since that was last written down.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU32, Ordering};

use domain::license::Standing;
use domain::{AccountId, DomainName, LicenseId, Timestamp};
use smallvec::SmallVec;

/// Somebody has it on a list of what is to be written down.
const DIRTY: u8 = 1;
/// It is not in the cache any more.
const EVICTED: u8 = 2;

/// A domain that a license is active on, and its counts. A name of up to 32 bytes
/// lies in here: among a million licenses, each further block of memory is one more
/// wait for it.
pub(crate) struct DomainEntry {
    domain: SmallVec<[u8; 32]>,
    times: AtomicU32,
    last: AtomicI64,
}

/// How often, and when last.
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
    pub fn new(domain: &str) -> Self {
        let domain = SmallVec::from_slice(domain.as_bytes());
        Self { domain, times: AtomicU32::new(0), last: AtomicI64::new(0) }
    }

    pub fn domain(&self) -> &str {
        // It was a `str` and is never changed.
        std::str::from_utf8(&self.domain).unwrap_or_default()
    }

    pub fn add_delta(&self, count: VerifyCount) {
        self.times.fetch_add(u32::try_from(count.times).unwrap_or(u32::MAX), Ordering::SeqCst);
        self.last.fetch_max(count.last.millis(), Ordering::SeqCst);
    }

    /// What was counted since it was last taken.
    pub fn take_delta(&self) -> Option<VerifyCount> {
        let times = self.times.swap(0, Ordering::SeqCst);
        let last = Timestamp::from_millis(self.last.load(Ordering::SeqCst));
        (times > 0).then(|| VerifyCount { times: times.into(), last })
    }
}

/// The domains of a license, sorted. Most have one; it lies in the snapshot.
pub(crate) type DomainEntries = SmallVec<[DomainEntry; 1]>;

/// Bytes of snapshots that left the cache while their counts still wait. Signed: one
/// may be taken off before it was put on.
pub(crate) type EvictedBytes = Arc<AtomicI64>;

/// A license as it was read. Of a license with one domain a verification touches two
/// cache lines, which processors fetch as a pair: the first holds the two counts of
/// the `Arc` and all but the seat, hence the order of the fields.
#[repr(C)]
pub(crate) struct LicenseSnapshot {
    pub license: LicenseId,
    pub account: AccountId,
    /// In milliseconds; [`NEVER`] where its time is not limited.
    expires_at: i64,
    /// What was decided; the time is asked at each look.
    stored_standing: Standing,
    /// Whether `seats` are all.
    has_all_domains: bool,
    flags: AtomicU8,
    domains: DomainEntries,
}

/// Later than any [`Timestamp`] can be.
const NEVER: i64 = i64::MAX;

const _: () = assert!(size_of::<LicenseSnapshot>() + 2 * size_of::<usize>() <= 128);

impl LicenseSnapshot {
    /// `seats` is `None` where there are too many to keep.
    pub fn new(
        license: LicenseId,
        account: AccountId,
        decided: Standing,
        expires_at: Option<Timestamp>,
        seats: Option<DomainEntries>,
    ) -> Self {
        let complete = seats.is_some();
        let mut seats = seats.unwrap_or_default();
        seats.shrink_to_fit();
        let expires_at = expires_at.map_or(NEVER, Timestamp::millis);
        Self {
            license,
            account,
            expires_at,
            stored_standing: decided,
            has_all_domains: complete,
            flags: AtomicU8::new(0),
            domains: seats,
        }
    }

    /// Domains it is active on, sorted; `None` where there are too many to keep.
    pub fn domains(&self) -> Option<&[DomainEntry]> {
        self.has_all_domains.then_some(&*self.domains)
    }

    /// The license's seat on a domain, among those that are kept here.
    pub fn domain(&self, domain: &DomainName) -> Option<&DomainEntry> {
        let domain = domain.as_str().as_bytes();
        let at = self.domains.binary_search_by(|seat| (*seat.domain).cmp(domain)).ok()?;
        self.domains.get(at)
    }

    /// When its time is up.
    pub fn expires_at(&self) -> Option<Timestamp> {
        (self.expires_at != NEVER).then(|| Timestamp::from_millis(self.expires_at))
    }

    /// How it stands at `now`.
    pub fn standing(&self, now: Timestamp) -> Standing {
        self.stored_standing.at(self.expires_at(), now)
    }

    /// Bytes of memory, with what the allocator adds.
    pub fn weight(&self) -> i64 {
        const BLOCK: usize = 16;
        let list = if self.domains.spilled() {
            self.domains.capacity() * size_of::<DomainEntry>() + BLOCK
        } else {
            0
        };
        let names = self.domains.iter().map(|seat| &seat.domain).filter(|name| name.spilled());
        let names: usize = names.map(|name| name.capacity() + BLOCK).sum();
        i64::try_from(size_of::<Self>() + BLOCK + list + names).unwrap_or(i64::MAX)
    }

    /// Puts it on the list; whether it was not on it before.
    pub fn mark_dirty(&self, adrift: &EvictedBytes) -> bool {
        let before = self.flags.fetch_or(DIRTY, Ordering::SeqCst);
        if before == EVICTED {
            adrift.fetch_add(self.weight(), Ordering::SeqCst);
        }
        before & DIRTY == 0
    }

    pub fn is_dirty(&self) -> bool {
        self.flags.load(Ordering::SeqCst) & DIRTY != 0
    }

    /// Takes it off the list. Its counts are to be taken after this: what is
    /// counted meanwhile puts it on the list again.
    pub fn clear_dirty(&self, adrift: &EvictedBytes) {
        let before = self.flags.fetch_and(!DIRTY, Ordering::SeqCst);
        if before == EVICTED | DIRTY {
            adrift.fetch_sub(self.weight(), Ordering::SeqCst);
        }
    }

    /// It left the cache.
    pub fn on_evicted(&self, adrift: &EvictedBytes) {
        let before = self.flags.fetch_or(EVICTED, Ordering::SeqCst);
        if before == DIRTY {
            adrift.fetch_add(self.weight(), Ordering::SeqCst);
        }
    }
}
