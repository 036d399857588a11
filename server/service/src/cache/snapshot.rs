//! What a verification needs to know of a license, and what it leaves behind:
//! how often the license held since that was last written down.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU32, Ordering};

use domain::license::State;
use domain::{AccountId, DomainName, LicenseId, Timestamp};

/// Somebody has it on a list of what is to be written down.
const LISTED: u8 = 1;
/// It is not in the cache any more.
const GONE: u8 = 2;

/// A domain that a license is active on, and its counts.
pub(crate) struct Seat {
    pub domain: Box<str>,
    times: AtomicU32,
    last: AtomicI64,
}

/// How often, and when last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub times: i64,
    pub last: Timestamp,
}

impl Count {
    pub fn add(&mut self, other: Self) {
        self.times += other.times;
        self.last = self.last.max(other.last);
    }
}

impl Seat {
    pub fn new(domain: impl Into<Box<str>>) -> Self {
        Self { domain: domain.into(), times: AtomicU32::new(0), last: AtomicI64::new(0) }
    }

    pub fn add(&self, count: Count) {
        self.times.fetch_add(u32::try_from(count.times).unwrap_or(u32::MAX), Ordering::SeqCst);
        self.last.fetch_max(count.last.millis(), Ordering::SeqCst);
    }

    /// What was counted since it was last taken.
    pub fn take(&self) -> Option<Count> {
        let times = self.times.swap(0, Ordering::SeqCst);
        let last = Timestamp::from_millis(self.last.load(Ordering::SeqCst));
        (times > 0).then(|| Count { times: times.into(), last })
    }
}

/// Bytes of snapshots that left the cache while their counts still wait. Signed: one
/// may be taken off before it was put on.
pub(crate) type Adrift = Arc<AtomicI64>;

/// A license as it was read.
pub(crate) struct Snapshot {
    pub license: LicenseId,
    pub account: AccountId,
    pub state: State,
    pub expires_at: Option<Timestamp>,
    /// Domains it is active on, sorted; `None` where there are too many to keep.
    pub seats: Option<Box<[Seat]>>,
    flags: AtomicU8,
}

impl Snapshot {
    pub fn new(
        license: LicenseId,
        account: AccountId,
        state: State,
        expires_at: Option<Timestamp>,
        seats: Option<Box<[Seat]>>,
    ) -> Self {
        Self { license, account, state, expires_at, seats, flags: AtomicU8::new(0) }
    }

    /// The license's seat on a domain, among those that are kept here.
    pub fn seat(&self, domain: &DomainName) -> Option<&Seat> {
        let seats = self.seats.as_deref()?;
        let at = seats.binary_search_by(|seat| seat.domain.as_ref().cmp(domain.as_str())).ok()?;
        seats.get(at)
    }

    /// Bytes of memory, with what the allocator adds.
    pub fn weight(&self) -> i64 {
        const BLOCK: usize = 16;
        let seat = |seat: &Seat| size_of::<Seat>() + seat.domain.len() + BLOCK;
        let seats = self.seats.iter().flat_map(|seats| seats.iter()).map(seat).sum::<usize>();
        i64::try_from(size_of::<Self>() + 2 * BLOCK + seats).unwrap_or(i64::MAX)
    }

    /// Puts it on the list; whether it was not on it before.
    pub fn list(&self, adrift: &Adrift) -> bool {
        let before = self.flags.fetch_or(LISTED, Ordering::SeqCst);
        if before == GONE {
            adrift.fetch_add(self.weight(), Ordering::SeqCst);
        }
        before & LISTED == 0
    }

    pub fn is_listed(&self) -> bool {
        self.flags.load(Ordering::SeqCst) & LISTED != 0
    }

    /// Takes it off the list. Its counts are to be taken after this: what is
    /// counted meanwhile puts it on the list again.
    pub fn unlist(&self, adrift: &Adrift) {
        let before = self.flags.fetch_and(!LISTED, Ordering::SeqCst);
        if before == GONE | LISTED {
            adrift.fetch_sub(self.weight(), Ordering::SeqCst);
        }
    }

    /// It left the cache.
    pub fn leave(&self, adrift: &Adrift) {
        let before = self.flags.fetch_or(GONE, Ordering::SeqCst);
        if before == LISTED {
            adrift.fetch_add(self.weight(), Ordering::SeqCst);
        }
    }
}
