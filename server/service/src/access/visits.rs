//! Visits of customers since the last flush: the write-behind part of `lastLoginAt` and `lastSeenAt`.

use std::collections::BTreeMap;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::{CustomerId, Timestamp};
use uuid::Uuid;

/// How old a stored visit must be before another one replaces it, in milliseconds: five minutes.
pub(crate) const VISIT_INTERVAL_MS: i64 = 5 * 60_000;
/// Maximum number of customers in memory, of visits and of sign-ins each. Others are not noted until the next flush. So
/// that no number of visits keeps a sign-in out, each has a bound of its own.
const MAX_CUSTOMERS: usize = 20_000;

/// The last visit of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Visit {
    /// When the customer was seen, in milliseconds.
    pub seen_at: i64,
    /// When the customer signed in, in milliseconds. `None`: not since the last flush.
    pub login_at: Option<i64>,
}

/// The latest times, by customer. A sign-in is a visit too.
#[derive(Default)]
struct Noted {
    seen: BTreeMap<Uuid, i64>,
    logins: BTreeMap<Uuid, i64>,
}

/// The visits of customers.
#[derive(Default)]
pub(crate) struct Visits(Mutex<Noted>);

impl Visits {
    /// Notes that a customer used the customer's page or an access token.
    pub fn note(&self, customer: CustomerId, now: Timestamp) {
        raise(&mut self.lock().seen, customer.0, now.millis());
    }

    /// Notes that a customer signed in.
    pub fn note_login(&self, customer: CustomerId, now: Timestamp) {
        raise(&mut self.lock().logins, customer.0, now.millis());
    }

    /// Takes the visits since the last flush, in the order of the customers.
    pub fn take(&self) -> TakenVisits<'_> {
        let Noted { seen, logins } = mem::take(&mut *self.lock());
        let mut visits: BTreeMap<Uuid, Visit> =
            seen.into_iter().map(|(id, seen_at)| (id, Visit { seen_at, login_at: None })).collect();
        for (id, at) in logins {
            let visit = visits.entry(id).or_insert(Visit { seen_at: at, login_at: None });
            *visit = Visit { seen_at: visit.seen_at.max(at), login_at: Some(at) };
        }
        TakenVisits { of: self, rest: visits }
    }

    fn restore(&self, visits: BTreeMap<Uuid, Visit>) {
        let mut noted = self.lock();
        for (customer, visit) in visits {
            if let Some(login_at) = visit.login_at {
                raise(&mut noted.logins, customer, login_at);
            }
            if visit.login_at != Some(visit.seen_at) {
                raise(&mut noted.seen, customer, visit.seen_at);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn raise(times: &mut BTreeMap<Uuid, i64>, customer: Uuid, at: i64) {
    if times.len() >= MAX_CUSTOMERS && !times.contains_key(&customer) {
        return;
    }
    let last = times.entry(customer).or_insert(at);
    *last = at.max(*last);
}

/// Visits of a flush. Those that are not written return to memory, also if the flush fails or is aborted.
pub(crate) struct TakenVisits<'a> {
    of: &'a Visits,
    rest: BTreeMap<Uuid, Visit>,
}

impl TakenVisits<'_> {
    /// Returns the first visits that are not written.
    pub fn first(&self, count: usize) -> Vec<(Uuid, Visit)> {
        self.rest.iter().take(count).map(|(id, visit)| (*id, *visit)).collect()
    }

    /// Takes visits out that are written.
    pub fn set_written(&mut self, visits: &[(Uuid, Visit)]) {
        for (id, _) in visits {
            self.rest.remove(id);
        }
    }
}

impl Drop for TakenVisits<'_> {
    fn drop(&mut self) {
        self.of.restore(mem::take(&mut self.rest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes the visits for good.
    fn take(visits: &Visits) -> Vec<(Uuid, Visit)> {
        let mut taken = visits.take();
        let all = taken.first(usize::MAX);
        taken.set_written(&all);
        all
    }

    #[test]
    fn the_latest_times_count_in_any_order() {
        let (visits, customer) = (Visits::default(), CustomerId(Uuid::nil()));
        let at = Timestamp::from_millis;
        visits.note_login(customer, at(5));
        visits.note(customer, at(9));
        visits.note(customer, at(7));
        assert_eq!(take(&visits), [(Uuid::nil(), Visit { seen_at: 9, login_at: Some(5) })]);
        assert!(take(&visits).is_empty());
        visits.note_login(customer, at(11));
        assert_eq!(take(&visits), [(Uuid::nil(), Visit { seen_at: 11, login_at: Some(11) })]);
    }

    #[test]
    fn visits_of_a_flush_that_ends_early_return() {
        let visits = Visits::default();
        let id = |number| Uuid::from_u128(number);
        for number in 1..=3 {
            visits.note_login(CustomerId(id(number)), Timestamp::from_millis(5));
        }
        let mut taken = visits.take();
        let first = taken.first(1);
        taken.set_written(&first);
        visits.note(CustomerId(id(2)), Timestamp::from_millis(9));
        drop(taken);
        let login = |seen_at| Visit { seen_at, login_at: Some(5) };
        assert_eq!(take(&visits), [(id(2), login(9)), (id(3), login(5))]);
    }

    #[test]
    fn memory_is_bounded_and_visits_keep_no_sign_in_out() {
        let visits = Visits::default();
        let id = |number: usize| CustomerId(Uuid::from_u128(u128::try_from(number).expect("a number")));
        for number in 0..=MAX_CUSTOMERS {
            visits.note(id(number), Timestamp::from_millis(1));
        }
        visits.note_login(id(usize::MAX), Timestamp::from_millis(2));
        let taken = take(&visits);
        assert_eq!(taken.len(), MAX_CUSTOMERS + 1);
        assert_eq!(taken.last(), Some(&(id(usize::MAX).0, Visit { seen_at: 2, login_at: Some(2) })));
        for number in 0..=MAX_CUSTOMERS {
            visits.note_login(id(number), Timestamp::from_millis(1));
        }
        assert_eq!(take(&visits).len(), MAX_CUSTOMERS);
    }
}
