//! Verifications counted in memory, and folded into the database in batches by
//! a worker: the hot path writes nothing. A crash loses at most what was counted
//! since the last fold; a failed fold loses nothing.
//!
//! The counts of a license live in its snapshot, which is in memory anyway; the
//! tally only lists the snapshots that were counted in. So memory does not grow
//! with what is verified, but for snapshots that leave the cache while they wait:
//! they are bounded in bytes.

mod fold;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::mem;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::activation::Verification;
use domain::{AccountId, DomainName, LicenseId, Timestamp};

use crate::cache::{Adrift, Count, Snapshot};
pub use fold::Left;

/// Bytes that snapshots may hold which are in no cache any more. Beyond that,
/// what is verified for the first time is counted in the daily figures alone.
const ADRIFT: i64 = 16 << 20;
/// Domains counted outside of snapshots, at most: those of licenses with more
/// domains than a snapshot keeps.
const OTHERS: usize = 32_768;

/// Of an account, on a day (days since the epoch, UTC), with an answer.
type Outcome = (AccountId, i32, &'static str);

#[derive(Default)]
struct Counts {
    listed: Vec<Arc<Snapshot>>,
    /// Those that were listed before, in the order of ids with the least at the
    /// end: rows that lie together are written together.
    sorted: Vec<Arc<Snapshot>>,
    others: HashMap<(LicenseId, Box<str>), Count>,
    outcomes: HashMap<Outcome, i64>,
}

/// What was counted and not yet folded in.
pub(crate) struct Tally {
    counts: Mutex<Counts>,
    adrift: Adrift,
}

/// What is folded in one go.
#[derive(Default)]
struct Batch {
    listed: Vec<Listed>,
    others: Vec<((LicenseId, Box<str>), Count)>,
    outcomes: Vec<(Outcome, i64)>,
    /// Whether there was more.
    more: bool,
}

/// A snapshot, and what was taken from its seats.
struct Listed {
    snapshot: Arc<Snapshot>,
    counts: Vec<(usize, Count)>,
}

impl Tally {
    /// Nothing is counted yet; `adrift` is what the cache counts.
    pub fn new(adrift: &Adrift) -> Self {
        Self { counts: Mutex::default(), adrift: Arc::clone(adrift) }
    }

    /// Counts one answer.
    pub fn count(&self, snapshot: &Arc<Snapshot>, domain: &DomainName, answer: Verification, now: Timestamp) {
        let once = Count { times: 1, last: now };
        *self.lock().outcomes.entry((snapshot.account, now.day(), answer.word())).or_default() += 1;
        if answer != Verification::Valid {
            return;
        }
        if let Some(seat) = snapshot.seat(domain) {
            seat.add(once);
            if !snapshot.is_listed() && !self.is_full() && snapshot.list(&self.adrift) {
                self.lock().listed.push(Arc::clone(snapshot));
            }
        } else {
            let mut counts = self.lock();
            let known = counts.others.len() < OTHERS;
            let subject = (snapshot.license, Box::from(domain.as_str()));
            match counts.others.get_mut(&subject) {
                Some(count) => count.add(once),
                None if known => drop(counts.others.insert(subject, once)),
                None => {}
            }
        }
    }

    /// Whether more is waiting than memory is set aside for.
    fn is_full(&self) -> bool {
        self.adrift.load(Ordering::SeqCst) >= ADRIFT
    }

    /// Whether what waits should be folded without a pause.
    fn is_pressing(&self) -> bool {
        self.adrift.load(Ordering::SeqCst) >= ADRIFT / 2
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what is to be folded next: of so many licenses at most, and not many
    /// more domains.
    fn take(&self, most: usize) -> Batch {
        self.sort();
        let mut counts = self.lock();
        let others = if counts.others.len() <= most {
            mem::take(&mut counts.others).into_iter().collect()
        } else {
            let subjects: Vec<_> = counts.others.keys().take(most).cloned().collect();
            subjects.into_iter().filter_map(|subject| counts.others.remove_entry(&subject)).collect()
        };
        let (mut some, mut seats) = (Vec::new(), 0);
        while some.len() < most && seats < 2 * most {
            let Some(snapshot) = counts.sorted.pop() else { break };
            seats += snapshot.seats().map_or(0, <[_]>::len);
            some.push(snapshot);
        }
        let more = !counts.listed.is_empty() || !counts.sorted.is_empty() || !counts.others.is_empty();
        drop(counts);
        let listed = some.into_iter().map(|snapshot| self.taken(snapshot)).collect();
        // Last, as they are counted first: days never know of less than licenses.
        let outcomes = mem::take(&mut self.lock().outcomes).into_iter().collect();
        Batch { listed, others, outcomes, more }
    }

    /// Puts what is listed in order, once what was listed before is folded. It may be
    /// a million, so that this is no work for an async thread, or under the lock.
    fn sort(&self) {
        let mut counts = self.lock();
        if !counts.sorted.is_empty() || counts.listed.is_empty() {
            return;
        }
        let mut listed = mem::take(&mut counts.listed);
        drop(counts);
        // Each is looked at once: they lie all over the memory.
        listed.sort_by_cached_key(|snapshot| Reverse(snapshot.license));
        self.lock().sorted = listed;
    }

    fn taken(&self, snapshot: Arc<Snapshot>) -> Listed {
        snapshot.unlist(&self.adrift);
        let seats = snapshot.seats().unwrap_or_default().iter().enumerate();
        let counts = seats.filter_map(|(n, seat)| Some((n, seat.take()?))).collect();
        Listed { snapshot, counts }
    }

    /// Takes back what could not be folded.
    fn put_back(&self, batch: Batch) {
        let mut counts = self.lock();
        for Listed { snapshot, counts: taken } in batch.listed {
            for (n, count) in taken {
                if let Some(seat) = snapshot.seats().and_then(|seats| seats.get(n)) {
                    seat.add(count);
                }
            }
            if snapshot.list(&self.adrift) {
                counts.listed.push(snapshot);
            }
        }
        for (subject, count) in batch.others {
            counts.others.entry(subject).or_default().add(count);
        }
        for (outcome, times) in batch.outcomes {
            *counts.outcomes.entry(outcome).or_default() += times;
        }
    }

    /// How many licenses, and domains of others, wait.
    fn len(&self) -> usize {
        let counts = self.lock();
        counts.listed.len() + counts.sorted.len() + counts.others.len()
    }

    /// Whether nothing waits.
    fn is_empty(&self) -> bool {
        let counts = self.lock();
        counts.listed.is_empty()
            && counts.sorted.is_empty()
            && counts.others.is_empty()
            && counts.outcomes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use domain::license::Standing;
    use uuid::Uuid;

    use super::*;
    use crate::cache::{Seat, Seats};

    fn snapshot() -> Arc<Snapshot> {
        let (license, account) = (LicenseId(Uuid::from_u128(1)), AccountId(Uuid::nil()));
        let seats = Some(Seats::from_iter(["a.com", "b.com"].map(Seat::new)));
        Arc::new(Snapshot::new(license, account, Standing::Active, None, seats))
    }

    fn valid(tally: &Tally, snapshot: &Arc<Snapshot>, domain: &str) {
        let domain = DomainName::parse(domain).expect("a domain");
        tally.count(snapshot, &domain, Verification::Valid, Timestamp::from_millis(5));
    }

    fn taken(batch: &Batch) -> Vec<(usize, i64)> {
        batch.listed.iter().flat_map(|l| &l.counts).map(|(n, count)| (*n, count.times)).collect()
    }

    #[test]
    fn what_could_not_be_folded_is_counted_once() {
        let (tally, one) = (Tally::new(&Adrift::default()), snapshot());
        for _ in 0..3 {
            valid(&tally, &one, "b.com");
        }
        let batch = tally.take(10);
        assert_eq!(taken(&batch), [(1, 3)]);
        assert!(tally.is_empty());
        valid(&tally, &one, "a.com");
        valid(&tally, &one, "b.com");
        tally.put_back(batch);
        let batch = tally.take(10);
        assert_eq!(taken(&batch), [(0, 1), (1, 4)]);
        assert_eq!(batch.outcomes.iter().map(|(_, times)| times).sum::<i64>(), 5);
    }

    #[test]
    fn beyond_its_memory_it_counts_days_alone_until_there_is_room() {
        let adrift = Adrift::default();
        let (tally, one) = (Tally::new(&adrift), snapshot());
        adrift.store(ADRIFT, Ordering::SeqCst);
        valid(&tally, &one, "a.com");
        let batch = tally.take(10);
        assert_eq!((taken(&batch), batch.outcomes.len()), (Vec::new(), 1));
        adrift.store(0, Ordering::SeqCst);
        valid(&tally, &one, "a.com");
        assert_eq!(taken(&tally.take(10)), [(0, 2)], "what its snapshot still knows is not lost");
    }

    #[test]
    fn domains_that_no_snapshot_keeps_are_counted_up_to_a_bound() {
        let license = (LicenseId(Uuid::from_u128(1)), AccountId(Uuid::nil()));
        let many = Arc::new(Snapshot::new(license.0, license.1, Standing::Active, None, None));
        let tally = Tally::new(&Adrift::default());
        for n in 0..OTHERS + 10 {
            valid(&tally, &many, &format!("d{n}.com"));
        }
        valid(&tally, &many, "d0.com");
        let mut all = Vec::new();
        while !tally.is_empty() {
            all.extend(tally.take(5000).others);
        }
        assert_eq!(all.len(), OTHERS);
        assert_eq!(all.iter().map(|(_, count)| count.times).sum::<i64>(), i64::try_from(OTHERS).unwrap() + 1);
    }
}
