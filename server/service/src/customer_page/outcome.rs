//! The outcome of a customer's request to free or move an activation.

use domain::customer_release::ReleaseAllowance;
use domain::{OfflineResponse, Timestamp};

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
    /// The machine has a response of the seller, which does not end.
    OfflineBySeller,
    /// The response that the customer made for the machine ends at this time.
    OfflineUntil(Timestamp),
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

    /// Returns the outcome of a request that the response of the machine refuses now.
    pub(super) fn of_running_response(response: Option<OfflineResponse>, now: Timestamp) -> Option<Self> {
        match response?.allowance(now) {
            ReleaseAllowance::Now => None,
            ReleaseAllowance::Never => Some(Self::OfflineBySeller),
            ReleaseAllowance::From(at) => Some(Self::OfflineUntil(at)),
        }
    }
}
