//! Leases: how long a floating license's seat is held without a word from its
//! machine.

use super::Seconds;
use crate::Timestamp;

/// The length of one lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease(Seconds);

impl Lease {
    /// The lease a product grants to a client that asked for `wanted` seconds:
    /// never longer than the product's own.
    #[must_use]
    pub fn grant(granted: Seconds, wanted: Option<u32>) -> Self {
        match wanted {
            Some(wanted @ 1..) if wanted < granted.get() => Self(Seconds::new(wanted)),
            _ => Self(granted),
        }
    }

    /// Its length in seconds.
    #[must_use]
    pub fn seconds(self) -> i64 {
        i64::from(self.0.get())
    }

    /// When a lease that begins now ends.
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
            wanted in proptest::option::of(any::<u32>()),
        ) {
            let lease = Lease::grant(Seconds::new(granted), wanted).seconds();
            prop_assert!((1..=i64::from(granted)).contains(&lease));
        }
    }
}
