//! Counters in shards: threads of different shards write to different cache lines.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Number of shards, a power of two. Threads beyond it share shards.
const SHARDS: usize = 8;

/// The shard of the next thread that counts.
static NEXT_SHARD: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// The shard of this thread, or [`SHARDS`] before it counts.
    static SHARD: Cell<usize> = const { Cell::new(SHARDS) };
}

/// The counters of one shard. Two lines of 64 bytes, because processors prefetch the neighbor of a line.
#[repr(align(128))]
struct Shard<const N: usize>([AtomicU64; N]);

/// `N` counters that only grow, and wrap around at their maximum.
pub struct Counters<const N: usize>(Box<[Shard<N>]>);

impl<const N: usize> Default for Counters<N> {
    fn default() -> Self {
        let shard = || Shard(std::array::from_fn(|_| AtomicU64::new(0)));
        Self((0..SHARDS).map(|_| shard()).collect())
    }
}

impl<const N: usize> Counters<N> {
    /// Adds to a counter. Does nothing if there is no counter of this index.
    pub fn add(&self, index: usize, amount: u64) {
        if let Some(Shard(counters)) = self.0.get(own_shard())
            && let Some(counter) = counters.get(index)
        {
            counter.fetch_add(amount, Ordering::Relaxed);
        }
    }

    /// Returns a counter, or 0 if there is none of this index.
    #[must_use]
    pub fn get(&self, index: usize) -> u64 {
        let in_shards = self.0.iter().filter_map(|Shard(counters)| counters.get(index));
        in_shards.fold(0_u64, |sum, counter| sum.wrapping_add(counter.load(Ordering::Relaxed)))
    }
}

/// Returns the shard of this thread.
fn own_shard() -> usize {
    // A thread that ends has no storage left.
    SHARD
        .try_with(|own| {
            if own.get() == SHARDS {
                own.set(NEXT_SHARD.fetch_add(1, Ordering::Relaxed) % SHARDS);
            }
            own.get()
        })
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_all_threads_are_added() {
        let counters = Counters::<2>::default();
        std::thread::scope(|scope| {
            for _ in 0..2 * SHARDS {
                scope.spawn(|| {
                    for _ in 0..1000 {
                        counters.add(1, 2);
                    }
                });
            }
        });
        assert_eq!((counters.get(0), counters.get(1)), (0, 32_000));
    }

    #[test]
    fn index_without_a_counter_is_ignored() {
        let counters = Counters::<1>::default();
        counters.add(1, 5);
        assert_eq!((counters.get(0), counters.get(1)), (0, 0));
    }
}
