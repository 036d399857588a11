//! Verifications counted in memory, and folded into the database in batches by
//! a worker: the hot path writes nothing. A crash loses at most what was counted
//! since the last fold; a failed fold loses nothing.
//!
//! The counts of a license live in its snapshot, which is in memory anyway; the
//! tally only lists the snapshots that were counted in. So memory does not grow
//! with what is verified, but for snapshots that leave the cache while they wait:
//! they are bounded in bytes.

mod fold;

use std::collections::{HashMap, VecDeque};
use std::mem;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::activation::Verification;
use domain::{AccountId, DomainName, LicenseId, Timestamp};

use crate::cache::{Adrift, Count, Snapshot};
pub use fold::Left;

/// Bytes that snapshots may hold which are in no cache any more. Beyond that,
/// what is verified for the first time is counted in the daily figures alone.
const ADRIFT: u64 = 16 << 20;
/// Domains counted outside of snapshots, at most: those of licenses with more
/// domains than a snapshot keeps.
const OTHERS: usize = 32_768;

/// Of an account, on a day (days since the epoch, UTC), with an answer.
type Outcome = (AccountId, i32, &'static str);

#[derive(Default)]
struct Counts {
    listed: VecDeque<Arc<Snapshot>>,
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
                self.lock().listed.push_back(Arc::clone(snapshot));
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

    /// Takes what is to be folded next: of so many licenses at most.
    fn take(&self, most: usize) -> Batch {
        let mut counts = self.lock();
        let others = if counts.others.len() <= most {
            mem::take(&mut counts.others).into_iter().collect()
        } else {
            let subjects: Vec<_> = counts.others.keys().take(most).cloned().collect();
            subjects.into_iter().filter_map(|subject| counts.others.remove_entry(&subject)).collect()
        };
        let outcomes = mem::take(&mut counts.outcomes).into_iter().collect();
        let some = counts.listed.len().min(most);
        let listed: Vec<_> = counts.listed.drain(..some).collect();
        drop(counts);
        let listed = listed.into_iter().map(|snapshot| self.taken(snapshot)).collect();
        Batch { listed, others, outcomes }
    }

    fn taken(&self, snapshot: Arc<Snapshot>) -> Listed {
        snapshot.unlist(&self.adrift);
        let seats = snapshot.seats.iter().flat_map(|seats| seats.iter()).enumerate();
        let counts = seats.filter_map(|(n, seat)| Some((n, seat.take()?))).collect();
        Listed { snapshot, counts }
    }

    /// Takes back what could not be folded.
    fn put_back(&self, batch: Batch) {
        let mut counts = self.lock();
        for Listed { snapshot, counts: taken } in batch.listed {
            for (n, count) in taken {
                if let Some(seat) = snapshot.seats.as_deref().and_then(|seats| seats.get(n)) {
                    seat.add(count);
                }
            }
            if snapshot.list(&self.adrift) {
                counts.listed.push_back(snapshot);
            }
        }
        for (subject, count) in batch.others {
            counts.others.entry(subject).or_default().add(count);
        }
        for (outcome, times) in batch.outcomes {
            *counts.outcomes.entry(outcome).or_default() += times;
        }
    }

    /// Whether nothing waits.
    fn is_empty(&self) -> bool {
        let counts = self.lock();
        counts.listed.is_empty() && counts.others.is_empty() && counts.outcomes.is_empty()
    }
}
