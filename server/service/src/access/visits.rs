//! Visits of customers since the last flush: the write-behind part of `lastLoginAt` and `lastSeenAt`.

use std::collections::BTreeMap;
use std::mem;
use std::sync::{Mutex, PoisonError};

use domain::{CustomerId, Timestamp};
use uuid::Uuid;

/// How old a stored visit must be before another one replaces it, in milliseconds: five minutes.
pub(crate) const VISIT_INTERVAL_MS: i64 = 5 * 60_000;
/// Maximum number of customers in memory. Visits of others are not noted until the next flush.
const MAX_CUSTOMERS: usize = 20_000;

/// The last visit of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Visit {
    /// When the customer was seen, in milliseconds.
    pub seen_at: i64,
    /// When the customer signed in, in milliseconds. `None`: not since the last flush.
    pub login_at: Option<i64>,
}

/// The visits, by customer.
#[derive(Default)]
pub(crate) struct Visits(Mutex<BTreeMap<Uuid, Visit>>);

impl Visits {
    /// Notes that a customer used the customer's page or an access token.
    pub fn note(&self, customer: CustomerId, now: Timestamp) {
        self.merge(customer.0, Visit { seen_at: now.millis(), login_at: None });
    }

    /// Notes that a customer signed in.
    pub fn note_login(&self, customer: CustomerId, now: Timestamp) {
        self.merge(customer.0, Visit { seen_at: now.millis(), login_at: Some(now.millis()) });
    }

    fn merge(&self, customer: Uuid, visit: Visit) {
        let mut visits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if visits.len() >= MAX_CUSTOMERS && !visits.contains_key(&customer) {
            return;
        }
        let last = visits.entry(customer).or_insert(visit);
        last.seen_at = last.seen_at.max(visit.seen_at);
        last.login_at = last.login_at.max(visit.login_at);
    }

    /// Takes the visits since the last flush, in the order of the customers.
    pub fn take(&self) -> BTreeMap<Uuid, Visit> {
        mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns visits whose flush failed.
    pub fn restore(&self, visits: BTreeMap<Uuid, Visit>) {
        for (customer, visit) in visits {
            self.merge(customer, visit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_times_count_in_any_order() {
        let (visits, customer) = (Visits::default(), CustomerId(Uuid::nil()));
        let at = Timestamp::from_millis;
        visits.note_login(customer, at(5));
        visits.note(customer, at(9));
        visits.note(customer, at(7));
        let taken = visits.take();
        assert_eq!(taken.get(&Uuid::nil()), Some(&Visit { seen_at: 9, login_at: Some(5) }));
        assert!(visits.take().is_empty());
        visits.note(customer, at(11));
        visits.restore(taken);
        assert_eq!(visits.take().get(&Uuid::nil()), Some(&Visit { seen_at: 11, login_at: Some(5) }));
    }

    #[test]
    fn memory_is_bounded() {
        let visits = Visits::default();
        for number in 0..=MAX_CUSTOMERS {
            let id = Uuid::from_u128(u128::try_from(number).expect("a number"));
            visits.note(CustomerId(id), Timestamp::from_millis(1));
        }
        assert_eq!(visits.take().len(), MAX_CUSTOMERS);
    }
}
