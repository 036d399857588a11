//! Leases: the time a machine keeps a slot of a floating license without a sync.

use super::Seconds;
use crate::Timestamp;

/// The length of one lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease(Seconds);

impl Lease {
    /// Returns the requested lease in seconds, capped at `granted`, the product's lease. Without
    /// a request (`None` or 0), returns the product's lease.
    #[must_use]
    pub fn grant(granted: Seconds, requested: Option<u32>) -> Self {
        match requested {
            Some(requested @ 1..) if requested < granted.get() => Self(Seconds::new(requested)),
            _ => Self(granted),
        }
    }

    /// Returns the length in seconds.
    #[must_use]
    pub fn seconds(self) -> i64 {
        i64::from(self.0.get())
    }

    /// Returns the end of a lease that begins at `now`.
    #[must_use]
    pub fn ends(self, now: Timestamp) -> Timestamp {
        now.plus_seconds(self.seconds())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lease_never_exceeds_the_product_maximum(
            granted in 1u32..1_000_000,
            requested in proptest::option::of(any::<u32>()),
        ) {
            let lease = Lease::grant(Seconds::new(granted), requested).seconds();
            prop_assert!((1..=i64::from(granted)).contains(&lease));
        }
    }
}
