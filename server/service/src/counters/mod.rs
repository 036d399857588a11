//! Counters for metrics: plain atomics, which a request increments without a lock or an allocation.
//!
//! This crate only counts. How the numbers are exposed is the server's: it reads them by [`crate::metrics`].

mod histogram;
mod sharded;

pub use histogram::{BATCH_SIZES, Histogram, HistogramCounts, LATENCIES_NS, MAX_BOUNDS, nanoseconds};
pub use sharded::Counters;
