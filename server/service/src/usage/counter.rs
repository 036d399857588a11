//! Verifications counted in memory, and folded into the database in batches by
//! a worker: the hot path writes nothing. A crash loses at most what was counted
//! since the last fold; a failed fold loses nothing.
//!
//! The counts of a license live in its snapshot, which is in memory anyway; the
//! tally only lists the snapshots that were counted in. So memory does not grow
//! with what is verified, but for snapshots that leave the cache while they wait:
//! they are bounded in bytes.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::mem;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::activation::Verification;
use domain::{AccountId, DomainName, LicenseId, Timestamp};

use crate::cache::{EvictedBytes, LicenseSnapshot, VerifyCount};

/// Bytes that snapshots may hold which are in no cache any more. Beyond that,
/// what is verified for the first time is counted in the daily figures alone.
const MAX_EVICTED_DIRTY_BYTES: i64 = 16 << 20;
/// Domains counted outside of snapshots, at most: those of licenses with more
/// domains than a snapshot keeps.
const MAX_OVERFLOW_DOMAINS: usize = 32_768;

/// Of an account, on a day (days since the epoch, UTC), with an answer.
pub(super) type DailyCountKey = (AccountId, i32, &'static str);

#[derive(Default)]
struct Counts {
    dirty: Vec<Arc<LicenseSnapshot>>,
    /// Those that were listed before, in the order of ids with the least at the
    /// end: rows that lie together are written together.
    dirty_sorted: Vec<Arc<LicenseSnapshot>>,
    overflow: HashMap<(LicenseId, Box<str>), VerifyCount>,
    daily_counts: HashMap<DailyCountKey, i64>,
}

/// What was counted and not yet folded in.
pub(crate) struct UsageCounter {
    counts: Mutex<Counts>,
    evicted_dirty_bytes: EvictedBytes,
}

/// What is folded in one go.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) drained: Vec<DrainedSnapshot>,
    pub(super) overflow: Vec<((LicenseId, Box<str>), VerifyCount)>,
    pub(super) daily_counts: Vec<(DailyCountKey, i64)>,
    /// Whether there was more.
    pub(super) more: bool,
}

/// A snapshot, and what was taken from its seats.
pub(super) struct DrainedSnapshot {
    pub(super) snapshot: Arc<LicenseSnapshot>,
    pub(super) counts: Vec<(usize, VerifyCount)>,
}

impl UsageCounter {
    /// Nothing is counted yet; `adrift` is what the cache counts.
    pub fn new(adrift: &EvictedBytes) -> Self {
        Self { counts: Mutex::default(), evicted_dirty_bytes: Arc::clone(adrift) }
    }

    /// Counts one answer.
    pub fn count(
        &self,
        snapshot: &Arc<LicenseSnapshot>,
        domain: &DomainName,
        answer: Verification,
        now: Timestamp,
    ) {
        let once = VerifyCount { times: 1, last: now };
        *self.lock().daily_counts.entry((snapshot.account, now.day(), answer.as_str())).or_default() += 1;
        if answer != Verification::Valid {
            return;
        }
        if let Some(seat) = snapshot.domain(domain) {
            seat.add_delta(once);
            if !snapshot.is_dirty() && !self.is_full() && snapshot.mark_dirty(&self.evicted_dirty_bytes) {
                self.lock().dirty.push(Arc::clone(snapshot));
            }
        } else {
            let mut counts = self.lock();
            let known = counts.overflow.len() < MAX_OVERFLOW_DOMAINS;
            let subject = (snapshot.license, Box::from(domain.as_str()));
            match counts.overflow.get_mut(&subject) {
                Some(count) => count.add(once),
                None if known => drop(counts.overflow.insert(subject, once)),
                None => {}
            }
        }
    }

    /// Whether more is waiting than memory is set aside for.
    fn is_full(&self) -> bool {
        self.evicted_dirty_bytes.load(Ordering::SeqCst) >= MAX_EVICTED_DIRTY_BYTES
    }

    /// Whether what waits should be folded without a pause.
    pub(super) fn should_flush_early(&self) -> bool {
        self.evicted_dirty_bytes.load(Ordering::SeqCst) >= MAX_EVICTED_DIRTY_BYTES / 2
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what is to be folded next: of so many licenses at most, and not many
    /// more domains.
    pub(super) fn drain(&self, most: usize) -> Batch {
        self.sort_dirty();
        let mut counts = self.lock();
        let others = if counts.overflow.len() <= most {
            mem::take(&mut counts.overflow).into_iter().collect()
        } else {
            let subjects: Vec<_> = counts.overflow.keys().take(most).cloned().collect();
            subjects.into_iter().filter_map(|subject| counts.overflow.remove_entry(&subject)).collect()
        };
        let (mut some, mut seats) = (Vec::new(), 0);
        while some.len() < most && seats < 2 * most {
            let Some(snapshot) = counts.dirty_sorted.pop() else { break };
            seats += snapshot.domains().map_or(0, <[_]>::len);
            some.push(snapshot);
        }
        let more = !counts.dirty.is_empty() || !counts.dirty_sorted.is_empty() || !counts.overflow.is_empty();
        drop(counts);
        let listed = some.into_iter().map(|snapshot| self.drain_snapshot(snapshot)).collect();
        // Last, as they are counted first: days never know of less than licenses.
        let outcomes = mem::take(&mut self.lock().daily_counts).into_iter().collect();
        Batch { drained: listed, overflow: others, daily_counts: outcomes, more }
    }

    /// Puts what is listed in order, once what was listed before is folded. It may be
    /// a million, so that this is no work for an async thread, or under the lock.
    fn sort_dirty(&self) {
        let mut counts = self.lock();
        if !counts.dirty_sorted.is_empty() || counts.dirty.is_empty() {
            return;
        }
        let mut listed = mem::take(&mut counts.dirty);
        drop(counts);
        // Each is looked at once: they lie all over the memory.
        listed.sort_by_cached_key(|snapshot| Reverse(snapshot.license));
        self.lock().dirty_sorted = listed;
    }

    fn drain_snapshot(&self, snapshot: Arc<LicenseSnapshot>) -> DrainedSnapshot {
        snapshot.clear_dirty(&self.evicted_dirty_bytes);
        let seats = snapshot.domains().unwrap_or_default().iter().enumerate();
        let counts = seats.filter_map(|(n, seat)| Some((n, seat.take_delta()?))).collect();
        DrainedSnapshot { snapshot, counts }
    }

    /// Takes back what could not be folded.
    pub(super) fn put_back(&self, batch: Batch) {
        let mut counts = self.lock();
        for DrainedSnapshot { snapshot, counts: taken } in batch.drained {
            for (n, count) in taken {
                if let Some(seat) = snapshot.domains().and_then(|seats| seats.get(n)) {
                    seat.add_delta(count);
                }
            }
            if snapshot.mark_dirty(&self.evicted_dirty_bytes) {
                counts.dirty.push(snapshot);
            }
        }
        for (subject, count) in batch.overflow {
            counts.overflow.entry(subject).or_default().add(count);
        }
        for (outcome, times) in batch.daily_counts {
            *counts.daily_counts.entry(outcome).or_default() += times;
        }
    }

    /// How many licenses, and domains of others, wait.
    pub(super) fn len(&self) -> usize {
        let counts = self.lock();
        counts.dirty.len() + counts.dirty_sorted.len() + counts.overflow.len()
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        let counts = self.lock();
        counts.dirty.is_empty()
            && counts.dirty_sorted.is_empty()
            && counts.overflow.is_empty()
            && counts.daily_counts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use domain::license::Standing;
    use uuid::Uuid;

    use super::*;
    use crate::cache::{DomainEntries, DomainEntry};

    fn snapshot() -> Arc<LicenseSnapshot> {
        let (license, account) = (LicenseId(Uuid::from_u128(1)), AccountId(Uuid::nil()));
        let seats = Some(DomainEntries::from_iter(["a.com", "b.com"].map(DomainEntry::new)));
        Arc::new(LicenseSnapshot::new(license, account, Standing::Active, None, seats))
    }

    fn valid(tally: &UsageCounter, snapshot: &Arc<LicenseSnapshot>, domain: &str) {
        let domain = DomainName::parse(domain).expect("a domain");
        tally.count(snapshot, &domain, Verification::Valid, Timestamp::from_millis(5));
    }

    fn taken(batch: &Batch) -> Vec<(usize, i64)> {
        batch.drained.iter().flat_map(|l| &l.counts).map(|(n, count)| (*n, count.times)).collect()
    }

    #[test]
    fn failed_flush_keeps_each_count_once() {
        let (tally, one) = (UsageCounter::new(&EvictedBytes::default()), snapshot());
        for _ in 0..3 {
            valid(&tally, &one, "b.com");
        }
        let batch = tally.drain(10);
        assert_eq!(taken(&batch), [(1, 3)]);
        assert!(tally.is_empty());
        valid(&tally, &one, "a.com");
        valid(&tally, &one, "b.com");
        tally.put_back(batch);
        let batch = tally.drain(10);
        assert_eq!(taken(&batch), [(0, 1), (1, 4)]);
        assert_eq!(batch.daily_counts.iter().map(|(_, times)| times).sum::<i64>(), 5);
    }

    #[test]
    fn over_memory_limit_only_daily_counts_are_kept() {
        let adrift = EvictedBytes::default();
        let (tally, one) = (UsageCounter::new(&adrift), snapshot());
        adrift.store(MAX_EVICTED_DIRTY_BYTES, Ordering::SeqCst);
        valid(&tally, &one, "a.com");
        let batch = tally.drain(10);
        assert_eq!((taken(&batch), batch.daily_counts.len()), (Vec::new(), 1));
        adrift.store(0, Ordering::SeqCst);
        valid(&tally, &one, "a.com");
        assert_eq!(taken(&tally.drain(10)), [(0, 2)], "what its snapshot still knows is not lost");
    }

    #[test]
    fn overflow_domains_are_counted_up_to_the_limit() {
        let license = (LicenseId(Uuid::from_u128(1)), AccountId(Uuid::nil()));
        let many = Arc::new(LicenseSnapshot::new(license.0, license.1, Standing::Active, None, None));
        let tally = UsageCounter::new(&EvictedBytes::default());
        for n in 0..MAX_OVERFLOW_DOMAINS + 10 {
            valid(&tally, &many, &format!("d{n}.com"));
        }
        valid(&tally, &many, "d0.com");
        let mut all = Vec::new();
        while !tally.is_empty() {
            all.extend(tally.drain(5000).overflow);
        }
        assert_eq!(all.len(), MAX_OVERFLOW_DOMAINS);
        assert_eq!(
            all.iter().map(|(_, count)| count.times).sum::<i64>(),
            i64::try_from(MAX_OVERFLOW_DOMAINS).unwrap() + 1
        );
    }
}
