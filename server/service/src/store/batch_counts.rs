//! Sizes and waits of the batches of a group commit.

use std::time::Duration;

use crate::counters::{BATCH_SIZES, Histogram, HistogramCounts, LATENCIES_NS};

/// Counts the batches of one worker.
pub(super) struct BatchCounts {
    sizes: Histogram,
    waits: Histogram,
}

/// The counts at one time.
#[derive(Debug, Clone)]
pub struct BatchUse {
    /// Requests of each batch.
    pub sizes: HistogramCounts,
    /// Time in nanoseconds from the request to the start of its batch.
    pub waits: HistogramCounts,
    /// Requests that wait now.
    pub queued: u64,
}

impl Default for BatchCounts {
    fn default() -> Self {
        Self { sizes: Histogram::new(&BATCH_SIZES), waits: Histogram::new(&LATENCIES_NS) }
    }
}

impl BatchCounts {
    /// Counts a batch that begins, with the time that each of its requests waited.
    pub fn record(&self, waits: impl ExactSizeIterator<Item = Duration>) {
        self.sizes.record(waits.len() as u64);
        for wait in waits {
            self.waits.record_time(wait);
        }
    }

    pub fn get(&self, queued: usize) -> BatchUse {
        BatchUse { sizes: self.sizes.counts(), waits: self.waits.counts(), queued: queued as u64 }
    }
}
