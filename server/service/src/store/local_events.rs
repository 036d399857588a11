//! Tracks which outbox events this process wrote. On SQLite the server polls the outbox to detect
//! changes of other processes, and skips its own.

use std::sync::{Mutex, PoisonError};

/// The latest range of consecutive outbox row numbers that this process wrote, both inclusive.
#[derive(Default)]
pub(crate) struct LocalEventRange(Mutex<Option<(i64, i64)>>);

impl LocalEventRange {
    /// Adds a committed range. The range restarts if another process wrote events in between.
    pub fn extend(&self, (first, last): (i64, i64)) {
        let mut range = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = range.filter(|(_, before)| before + 1 == first).map_or(first, |(first, _)| first);
        *range = Some((first, last));
    }

    /// Returns whether this process wrote all events after `seen`, up to and including `last`.
    pub fn covers(&self, seen: i64, last: i64) -> bool {
        let range = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last <= seen || range.is_some_and(|(first, until)| first <= seen + 1 && last <= until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_events_are_not_local() {
        let local = LocalEventRange::default();
        assert!(local.covers(7, 7), "an empty range is local");
        assert!(!local.covers(7, 8));
        local.extend((8, 10));
        local.extend((11, 11));
        assert!(local.covers(7, 11) && local.covers(9, 10) && local.covers(11, 11));
        assert!(!local.covers(6, 11) && !local.covers(7, 12));
        // Another process wrote 12.
        local.extend((13, 14));
        assert!(!local.covers(11, 14) && !local.covers(7, 11));
        assert!(local.covers(12, 14));
    }
}
