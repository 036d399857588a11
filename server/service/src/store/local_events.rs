//! Which events this process wrote itself: on SQLite other processes are heard by reading
//! the events that came, and of its own a server knows already.

use std::sync::{Mutex, PoisonError};

/// The latest events that this process wrote and nobody else came between, by their numbers.
#[derive(Default)]
pub(crate) struct LocalEventRange(Mutex<Option<(i64, i64)>>);

impl LocalEventRange {
    /// These were committed, from the first to the last.
    pub fn extend(&self, (first, last): (i64, i64)) {
        let mut own = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = own.filter(|(_, before)| before + 1 == first).map_or(first, |(first, _)| first);
        *own = Some((first, last));
    }

    /// Whether all events after `seen` up to `last` are its own.
    pub fn covers(&self, seen: i64, last: i64) -> bool {
        let own = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last <= seen || own.is_some_and(|(first, until)| first <= seen + 1 && last <= until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_events_are_not_local() {
        let own = LocalEventRange::default();
        assert!(own.covers(7, 7), "there is nothing new");
        assert!(!own.covers(7, 8));
        own.extend((8, 10));
        own.extend((11, 11));
        assert!(own.covers(7, 11) && own.covers(9, 10) && own.covers(11, 11));
        assert!(!own.covers(6, 11) && !own.covers(7, 12));
        // 12 is another's.
        own.extend((13, 14));
        assert!(!own.covers(11, 14) && !own.covers(7, 11));
        assert!(own.covers(12, 14));
    }
}
