//! How often a cache answered.

use crate::counters::Counters;

const HITS: usize = 0;
const MISSES: usize = 1;
const EVICTIONS: usize = 2;

/// Counts the reads and evictions of a cache.
#[derive(Default)]
pub(crate) struct CacheCounts(Counters<3>);

/// The counts at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheUse {
    /// Requests that the cache answered.
    pub hits: u64,
    /// Requests that read the database instead.
    pub misses: u64,
    /// Entries that were removed because the cache was full. A newer version of an entry evicts none.
    pub evictions: u64,
}

impl CacheCounts {
    /// Counts a request: whether the cache answered it.
    pub fn record(&self, is_hit: bool) {
        self.0.add(if is_hit { HITS } else { MISSES }, 1);
    }

    pub fn record_eviction(&self) {
        self.0.add(EVICTIONS, 1);
    }

    pub fn get(&self) -> CacheUse {
        CacheUse { hits: self.0.get(HITS), misses: self.0.get(MISSES), evictions: self.0.get(EVICTIONS) }
    }
}
