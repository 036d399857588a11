//! Decides which requests are recorded, before anything is spent on them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use domain::trace_context::TraceContext;

/// Maximum number of traces that begin in a second on a node. Strangers may send requests that ask to be recorded; the
/// collector must bear them.
const MAX_TRACES_PER_SECOND: u64 = 100;
/// An odd number whose multiples are spread evenly (2^64 divided by the golden ratio).
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
/// The bits of the count in the window.
const COUNT_BITS: u32 = 32;

/// A decision per request, without locks.
pub(super) struct Sampler {
    /// One of so many requests begins a trace.
    one_in: u64,
    requests: AtomicU64,
    started_at: Instant,
    /// The present second since the start, and the traces of that second.
    window: AtomicU64,
}

impl Sampler {
    /// Creates a sampler that begins a trace for one of `one_in` requests.
    pub fn new(one_in: u32) -> Self {
        Self {
            one_in: u64::from(one_in.max(1)),
            requests: AtomicU64::new(0),
            started_at: Instant::now(),
            window: AtomicU64::new(0),
        }
    }

    /// Returns whether a request is recorded. A caller with a trace decides for itself.
    pub fn admits(&self, caller: Option<&TraceContext>) -> bool {
        let is_wanted = match caller {
            Some(caller) => caller.parent.is_sampled(),
            None => self.draws(),
        };
        is_wanted && self.is_below_limit(self.started_at.elapsed().as_secs())
    }

    /// Draws one of so many requests. The draw is spread, so that clients with a regular sequence of requests do not
    /// have the same one recorded each time.
    fn draws(&self) -> bool {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        // The product of an even spread over 64 bits overflows them for all but one of so many numbers.
        let draw = u128::from(number.wrapping_mul(SPREAD)) * u128::from(self.one_in);
        draw >> u64::BITS == 0
    }

    fn is_below_limit(&self, second: u64) -> bool {
        let mut window = self.window.load(Ordering::Relaxed);
        loop {
            let count = if window >> COUNT_BITS == second { window & u64::from(u32::MAX) } else { 0 };
            if count >= MAX_TRACES_PER_SECOND {
                return false;
            }
            let next = (second << COUNT_BITS) | (count + 1);
            match self.window.compare_exchange_weak(window, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(changed) => window = changed,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_so_many_requests_is_drawn() {
        for one_in in [1, 2, 10, 1000] {
            let sampler = Sampler::new(one_in);
            let drawn = (0..100_000).filter(|_| sampler.draws()).count();
            let expected = 100_000 / usize::try_from(one_in).expect("a size");
            assert!(drawn.abs_diff(expected) <= expected / 10 + 5, "{drawn} of {expected}");
        }
    }

    #[test]
    fn caller_decides_for_its_trace() {
        let caller = |flags: &str| {
            let parent = format!("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-{flags}");
            TraceContext::parse(&parent, None).expect("a trace")
        };
        let sampler = Sampler::new(1);
        assert!(!sampler.admits(Some(&caller("00"))));
        assert!(sampler.admits(Some(&caller("01"))) && sampler.admits(None));
    }

    #[test]
    fn traces_of_a_second_are_bounded() {
        let sampler = Sampler::new(1);
        let admitted = |second: u64| (0..1000).filter(|_| sampler.is_below_limit(second)).count();
        assert_eq!([admitted(0), admitted(0), admitted(1), admitted(5)], [100, 0, 100, 100]);
    }
}
