//! The outcome of a customer's request to free or move an activation.

use domain::Timestamp;
use domain::customer_release::ReleaseAllowance;

/// The outcome. Only [`ReleaseOutcome::Done`] changed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseOutcome {
    /// The activation is released, or moved.
    Done,
    /// The license has no such activation any more.
    Gone,
    /// The product's rule allows it at no time.
    Never,
    /// The product's rule allows it from this time on.
    NotBefore(Timestamp),
    /// The operator has suspended the seller and stopped the apps of the customers.
    SellerSuspended,
    /// The license is not active, so that it cannot move.
    NotActive,
    /// The license is active on the new domain already.
    ActiveAlready,
    /// The new domain finds no slot.
    NoSlot,
}

impl ReleaseOutcome {
    /// Returns the outcome of a request that the product's rule refuses now.
    pub(super) fn of_refusal(allowance: ReleaseAllowance) -> Option<Self> {
        match allowance {
            ReleaseAllowance::Now => None,
            ReleaseAllowance::Never => Some(Self::Never),
            ReleaseAllowance::From(at) => Some(Self::NotBefore(at)),
        }
    }
}
