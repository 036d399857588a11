//! Counts of committed events by account and day, since the last flush of usage counts. An overview
//! reads sums of days and never scans events.

use std::collections::HashMap;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::AccountId;

/// An account and a day: days since the epoch, UTC.
pub(crate) type AccountDay = (AccountId, i32);

/// New activations by account and day.
#[derive(Default)]
pub(crate) struct ActivationCounts(Mutex<HashMap<AccountDay, i64>>);

impl ActivationCounts {
    /// Adds activations.
    pub fn add(&self, counts: impl IntoIterator<Item = (AccountDay, i64)>) {
        let mut unflushed = self.lock();
        for (key, times) in counts {
            *unflushed.entry(key).or_default() += times;
        }
    }

    /// Takes all counts.
    pub fn take(&self) -> HashMap<AccountDay, i64> {
        mem::take(&mut self.lock())
    }

    /// Returns whether there are no counts.
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountDay, i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
