//! The outcome of an activation on a domain.

use domain::activation::Refusal;

/// The outcome of a request to activate a license on a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum ActivateOutcome {
    /// The license is active on the domain; it may have been active before.
    Active,
    /// No license has this key.
    InvalidKey,
    /// The license's standing or its domain limit refuses the activation.
    Refused(Refusal),
}
