//! Write-behind usage counters: verifications are counted in memory and flushed to the database
//! in batches by a worker, so that a verification writes nothing. A crash loses at most the
//! counts since the last flush; a failed flush loses nothing.
//!
//! The counts of a license are part of its snapshot, which is cached anyway. The counter only
//! lists the dirty snapshots. Memory therefore does not grow with the number of verifications,
//! except for snapshots that are evicted before the flush; their size is bounded in bytes.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::mem;
use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::activation::{Kind, Verification};
use domain::{AccountId, DomainName, LicenseId, Timestamp};

use super::refusals::{RefusalLog, RefusedRequest};
use crate::cache::{EvictedBytes, LicenseSnapshot, VerifyCount};

/// Maximum size of evicted dirty snapshots, in bytes. Beyond it, clean snapshots are not added
/// to the dirty list, and their verifications are certain to reach only the daily counts.
const MAX_EVICTED_DIRTY_BYTES: i64 = 16 << 20;
/// Maximum number of domains counted outside of snapshots (overflow), for licenses with more domains
/// than a snapshot caches.
const MAX_OVERFLOW_DOMAINS: usize = 32_768;

/// Account, day (days since the epoch, UTC) and outcome.
pub(super) type DailyCountKey = (AccountId, i32, &'static str);

#[derive(Default)]
struct UnflushedCounts {
    dirty: Vec<Arc<LicenseSnapshot>>,
    /// Dirty snapshots of an earlier sort, in descending order of ids and popped from the end, so that
    /// adjacent rows are written together.
    dirty_sorted: Vec<Arc<LicenseSnapshot>>,
    overflow: HashMap<(LicenseId, Box<str>), VerifyCount>,
    daily_counts: HashMap<DailyCountKey, i64>,
}

/// Counts that are not flushed yet.
pub(crate) struct UsageCounter {
    unflushed: Mutex<UnflushedCounts>,
    refusals: RefusalLog,
    evicted_dirty_bytes: EvictedBytes,
    /// When a flush succeeded last, in milliseconds since the epoch.
    flushed_at: AtomicI64,
}

/// The counts of one flush.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) drained: Vec<DrainedSnapshot>,
    pub(super) overflow: Vec<((LicenseId, Box<str>), VerifyCount)>,
    pub(super) daily_counts: Vec<(DailyCountKey, i64)>,
    /// Whether further counts remain.
    pub(super) more: bool,
}

/// A snapshot and the counts taken from its domain entries, by index.
pub(super) struct DrainedSnapshot {
    pub(super) snapshot: Arc<LicenseSnapshot>,
    pub(super) counts: Vec<(usize, VerifyCount)>,
}

impl UsageCounter {
    /// Creates an empty counter. `evicted_dirty_bytes` is shared with the license cache.
    pub fn new(evicted_dirty_bytes: &EvictedBytes) -> Self {
        Self {
            unflushed: Mutex::default(),
            refusals: RefusalLog::default(),
            evicted_dirty_bytes: Arc::clone(evicted_dirty_bytes),
            flushed_at: AtomicI64::default(),
        }
    }

    /// Records that a flush succeeded.
    pub(super) fn record_flush(&self, at: Timestamp) {
        self.flushed_at.fetch_max(at.millis(), Ordering::Relaxed);
    }

    /// Returns when a flush succeeded last; the epoch if none did.
    pub fn flushed_at(&self) -> Timestamp {
        Timestamp::from_millis(self.flushed_at.load(Ordering::Relaxed))
    }

    /// Returns the log of refused domains and machines.
    pub(super) fn refusals(&self) -> &RefusalLog {
        &self.refusals
    }

    /// Counts one refused activation, and logs its subject.
    pub fn count_refusal(&self, snapshot: &LicenseSnapshot, request: RefusedRequest<'_>, now: Timestamp) {
        self.count_daily(snapshot, request.reason.as_str(), now);
        self.refusals.add(snapshot.license, snapshot.account, request, now);
    }

    fn count_daily(&self, snapshot: &LicenseSnapshot, outcome: &'static str, now: Timestamp) {
        *self.lock().daily_counts.entry((snapshot.account, now.day(), outcome)).or_default() += 1;
    }

    /// Counts one verification. `client` is the address of the app, if known.
    pub fn count(
        &self,
        snapshot: &Arc<LicenseSnapshot>,
        domain: &DomainName,
        outcome: Verification,
        client: Option<IpAddr>,
        now: Timestamp,
    ) {
        if let Some(reason) = outcome.refusal() {
            let request = RefusedRequest {
                kind: Kind::Domain,
                subject: domain.as_str(),
                hostname: None,
                reason,
                client,
            };
            return self.count_refusal(snapshot, request, now);
        }
        let once = VerifyCount { times: 1, last: now };
        self.count_daily(snapshot, outcome.as_str(), now);
        if let Some(entry) = snapshot.domain(domain) {
            entry.add_delta(once);
            if !snapshot.is_dirty() && !self.is_full() && snapshot.mark_dirty(&self.evicted_dirty_bytes) {
                self.lock().dirty.push(Arc::clone(snapshot));
            }
        } else {
            let mut counts = self.lock();
            let has_capacity = counts.overflow.len() < MAX_OVERFLOW_DOMAINS;
            let subject = (snapshot.license, Box::from(domain.as_str()));
            match counts.overflow.get_mut(&subject) {
                Some(count) => count.add(once),
                None if has_capacity => drop(counts.overflow.insert(subject, once)),
                None => {}
            }
        }
    }

    /// Returns whether evicted dirty snapshots have reached their memory limit.
    fn is_full(&self) -> bool {
        self.evicted_dirty_bytes.load(Ordering::SeqCst) >= MAX_EVICTED_DIRTY_BYTES
    }

    /// Returns whether the next flush should follow immediately.
    pub(super) fn should_flush_early(&self) -> bool {
        self.evicted_dirty_bytes.load(Ordering::SeqCst) >= MAX_EVICTED_DIRTY_BYTES / 2
    }

    fn lock(&self) -> MutexGuard<'_, UnflushedCounts> {
        self.unflushed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the daily counts if `is_urgent` is true for one of them.
    pub(super) fn take_daily_counts_if(
        &self,
        is_urgent: impl Fn(&DailyCountKey) -> bool,
    ) -> Vec<(DailyCountKey, i64)> {
        let mut counts = self.lock();
        if counts.daily_counts.keys().any(is_urgent) {
            mem::take(&mut counts.daily_counts).into_iter().collect()
        } else {
            Vec::new()
        }
    }

    /// Takes the counts of the next flush: at most `max_licenses` snapshots and as many overflow domains.
    /// Takes no further snapshot once their domains reach twice that number.
    pub(super) fn drain(&self, max_licenses: usize) -> Batch {
        self.sort_dirty();
        let mut counts = self.lock();
        let overflow = if counts.overflow.len() <= max_licenses {
            mem::take(&mut counts.overflow).into_iter().collect()
        } else {
            let subjects: Vec<_> = counts.overflow.keys().take(max_licenses).cloned().collect();
            subjects.into_iter().filter_map(|subject| counts.overflow.remove_entry(&subject)).collect()
        };
        let (mut snapshots, mut domains) = (Vec::new(), 0);
        while snapshots.len() < max_licenses && domains < 2 * max_licenses {
            let Some(snapshot) = counts.dirty_sorted.pop() else { break };
            domains += snapshot.domains().map_or(0, <[_]>::len);
            snapshots.push(snapshot);
        }
        let more = !counts.dirty.is_empty() || !counts.dirty_sorted.is_empty() || !counts.overflow.is_empty();
        drop(counts);
        let drained = snapshots.into_iter().map(|snapshot| self.drain_snapshot(snapshot)).collect();
        // Drain daily totals last. `count` increments them first, so that a daily total is never below
        // the sum of its licenses.
        let daily_counts = mem::take(&mut self.lock().daily_counts).into_iter().collect();
        Batch { drained, overflow, daily_counts, more }
    }

    /// Sorts the dirty snapshots once the previously sorted ones are drained. Runs on a blocking
    /// thread and without the lock, because there may be a million snapshots.
    fn sort_dirty(&self) {
        let mut counts = self.lock();
        if !counts.dirty_sorted.is_empty() || counts.dirty.is_empty() {
            return;
        }
        let mut dirty = mem::take(&mut counts.dirty);
        drop(counts);
        // Cache the sort keys: snapshots are scattered in memory, and each access is a cache miss.
        dirty.sort_by_cached_key(|snapshot| Reverse(snapshot.license));
        self.lock().dirty_sorted = dirty;
    }

    fn drain_snapshot(&self, snapshot: Arc<LicenseSnapshot>) -> DrainedSnapshot {
        snapshot.clear_dirty(&self.evicted_dirty_bytes);
        let entries = snapshot.domains().unwrap_or_default().iter().enumerate();
        let counts = entries.filter_map(|(n, entry)| Some((n, entry.take_delta()?))).collect();
        DrainedSnapshot { snapshot, counts }
    }

    /// Returns the counts of a failed flush to the counter.
    pub(super) fn put_back(&self, batch: Batch) {
        let mut counts = self.lock();
        for DrainedSnapshot { snapshot, counts: drained } in batch.drained {
            for (n, count) in drained {
                if let Some(entry) = snapshot.domains().and_then(|entries| entries.get(n)) {
                    entry.add_delta(count);
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

    /// Returns the size of evicted snapshots whose counts are not flushed, in bytes.
    pub fn evicted_bytes(&self) -> u64 {
        u64::try_from(self.evicted_dirty_bytes.load(Ordering::SeqCst)).unwrap_or(0)
    }

    /// Returns the number of dirty snapshots and overflow domains.
    pub fn len(&self) -> usize {
        let counts = self.lock();
        counts.dirty.len() + counts.dirty_sorted.len() + counts.overflow.len()
    }

    /// Returns whether there are no counts to flush.
    pub(super) fn is_empty(&self) -> bool {
        let counts = self.lock();
        counts.dirty.is_empty()
            && counts.dirty_sorted.is_empty()
            && counts.overflow.is_empty()
            && counts.daily_counts.is_empty()
            && self.refusals.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use domain::SlotScope;
    use domain::license::Standing;
    use uuid::Uuid;

    use super::*;
    use crate::cache::{DomainEntries, DomainEntry};

    fn snapshot() -> Arc<LicenseSnapshot> {
        let (license, account) = (LicenseId(Uuid::from_u128(1)), AccountId(Uuid::nil()));
        let domains =
            Some(DomainEntries::from_iter(["a.com", "b.com"].map(|name| DomainEntry::new(name, true))));
        Arc::new(LicenseSnapshot::new(license, account, Standing::Active, None, SlotScope::Host, domains))
    }

    fn count_valid(counter: &UsageCounter, snapshot: &Arc<LicenseSnapshot>, domain: &str) {
        let domain = DomainName::parse(domain).expect("a valid domain");
        counter.count(snapshot, &domain, Verification::Valid, None, Timestamp::from_millis(5));
    }

    fn drained_counts(batch: &Batch) -> Vec<(usize, i64)> {
        batch.drained.iter().flat_map(|drained| &drained.counts).map(|(n, count)| (*n, count.times)).collect()
    }

    #[test]
    fn failed_flush_keeps_each_count_once() {
        let (counter, snapshot) = (UsageCounter::new(&EvictedBytes::default()), snapshot());
        for _ in 0..3 {
            count_valid(&counter, &snapshot, "b.com");
        }
        let batch = counter.drain(10);
        assert_eq!(drained_counts(&batch), [(1, 3)]);
        assert!(counter.is_empty());
        count_valid(&counter, &snapshot, "a.com");
        count_valid(&counter, &snapshot, "b.com");
        counter.put_back(batch);
        let batch = counter.drain(10);
        assert_eq!(drained_counts(&batch), [(0, 1), (1, 4)]);
        assert_eq!(batch.daily_counts.iter().map(|(_, times)| times).sum::<i64>(), 5);
    }

    #[test]
    fn over_memory_limit_only_daily_counts_are_kept() {
        let evicted_dirty_bytes = EvictedBytes::default();
        let (counter, snapshot) = (UsageCounter::new(&evicted_dirty_bytes), snapshot());
        evicted_dirty_bytes.store(MAX_EVICTED_DIRTY_BYTES, Ordering::SeqCst);
        count_valid(&counter, &snapshot, "a.com");
        let batch = counter.drain(10);
        assert_eq!((drained_counts(&batch), batch.daily_counts.len()), (Vec::new(), 1));
        evicted_dirty_bytes.store(0, Ordering::SeqCst);
        count_valid(&counter, &snapshot, "a.com");
        assert_eq!(drained_counts(&counter.drain(10)), [(0, 2)], "the snapshot keeps its counts");
    }

    #[test]
    fn overflow_domains_are_counted_up_to_the_limit() {
        let license = (LicenseId(Uuid::from_u128(1)), AccountId(Uuid::nil()));
        let many = Arc::new(LicenseSnapshot::new(
            license.0,
            license.1,
            Standing::Active,
            None,
            SlotScope::Host,
            None,
        ));
        let counter = UsageCounter::new(&EvictedBytes::default());
        for n in 0..MAX_OVERFLOW_DOMAINS + 10 {
            count_valid(&counter, &many, &format!("d{n}.com"));
        }
        count_valid(&counter, &many, "d0.com");
        let mut all = Vec::new();
        while !counter.is_empty() {
            all.extend(counter.drain(5000).overflow);
        }
        assert_eq!(all.len(), MAX_OVERFLOW_DOMAINS);
        assert_eq!(
            all.iter().map(|(_, count)| count.times).sum::<i64>(),
            i64::try_from(MAX_OVERFLOW_DOMAINS).unwrap() + 1
        );
    }
}
