//! A histogram with fixed bounds.

use std::time::Duration;

use super::Counters;

/// Maximum number of bounds. With the last bucket and the sum, a shard is 128 bytes.
pub const MAX_BOUNDS: usize = 14;
/// Number of counters: the buckets, the bucket without a bound, and the sum.
const CELLS: usize = MAX_BOUNDS + 2;
/// The counter of the sum.
const SUM: usize = MAX_BOUNDS + 1;

/// Bounds of latencies in nanoseconds, from 50 µs to 5 s. A cached verification takes some 10 µs.
pub static LATENCIES_NS: [u64; 14] = [
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    1_000_000_000,
    5_000_000_000,
];

/// Bounds of the sizes of batches, up to the largest batch.
pub static BATCH_SIZES: [u64; 8] = [1, 2, 4, 8, 16, 32, 64, 128];

/// Counts values by size. Bounds beyond [`MAX_BOUNDS`] are not used.
pub struct Histogram {
    bounds: &'static [u64],
    cells: Counters<CELLS>,
}

/// The counts of a histogram at one time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HistogramCounts {
    /// The upper bound of each bucket, and the number of values in it.
    pub buckets: Vec<(u64, u64)>,
    /// The number of all values, also of those above the last bound.
    pub count: u64,
    /// The sum of all values.
    pub sum: u64,
}

impl Histogram {
    /// Creates a histogram with ascending bounds, of at most [`MAX_BOUNDS`].
    #[must_use]
    pub fn new(bounds: &'static [u64]) -> Self {
        Self { bounds: bounds.get(..MAX_BOUNDS).unwrap_or(bounds), cells: Counters::default() }
    }

    /// Counts a value. A bound belongs to its own bucket.
    pub fn record(&self, value: u64) {
        // From the start, because most latencies are in the first buckets.
        let bucket = self.bounds.iter().position(|bound| value <= *bound).unwrap_or(self.bounds.len());
        self.cells.add(bucket, 1);
        self.cells.add(SUM, value);
    }

    /// Counts a time in nanoseconds.
    pub fn record_time(&self, time: Duration) {
        self.record(nanoseconds(time));
    }

    /// Returns the counts.
    #[must_use]
    pub fn counts(&self) -> HistogramCounts {
        let bucket = |(n, bound): (usize, &u64)| (*bound, self.cells.get(n));
        let buckets: Vec<_> = self.bounds.iter().enumerate().map(bucket).collect();
        let bounded: u64 = buckets.iter().map(|(_, count)| count).sum();
        let count = bounded + self.cells.get(self.bounds.len());
        HistogramCounts { buckets, count, sum: self.cells.get(SUM) }
    }
}

/// Returns a time in nanoseconds, or the maximum after 584 years.
#[must_use]
pub fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn value_is_counted_in_the_first_bucket_that_holds_it() {
        static BOUNDS: [u64; 2] = [10, 20];
        let histogram = Histogram::new(&BOUNDS);
        for value in [0, 10, 11, 20, 21, 1000] {
            histogram.record(value);
        }
        let expected = HistogramCounts { buckets: vec![(10, 2), (20, 2)], count: 6, sum: 1062 };
        assert_eq!(histogram.counts(), expected);
    }

    #[test]
    fn bounds_are_ascending_and_fit() {
        for bounds in [&LATENCIES_NS[..], &BATCH_SIZES[..]] {
            assert!(bounds.is_sorted() && bounds.len() <= MAX_BOUNDS);
        }
    }

    proptest! {
        #[test]
        fn each_value_is_counted_once(values in prop::collection::vec(0u64..10_000_000_000, 0..50)) {
            let histogram = Histogram::new(&LATENCIES_NS);
            for value in &values {
                histogram.record(*value);
            }
            let counts = histogram.counts();
            prop_assert_eq!(counts.count, values.len() as u64);
            prop_assert_eq!(counts.sum, values.iter().sum::<u64>());
            for (n, (bound, count)) in counts.buckets.iter().enumerate() {
                let above = n.checked_sub(1).map(|n| counts.buckets[n].0);
                let inside = values.iter().filter(|v| *v <= bound && above.is_none_or(|above| **v > above));
                prop_assert_eq!(*count, inside.count() as u64);
            }
        }
    }
}
