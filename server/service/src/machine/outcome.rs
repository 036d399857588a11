//! The outcome of an activation or a sync of a machine.

use domain::machine::AdmissionError;

/// The outcome of a request to activate or sync a machine.
#[derive(Debug, Clone, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum ActivationOutcome {
    /// The license is active on the machine; the value is the signed token.
    Token(String),
    /// No license has this key.
    InvalidKey,
    /// The license belongs to another product, or the product does not exist.
    InvalidProduct,
    /// The license was revoked.
    Revoked,
    /// The machine limit is reached.
    LimitReached,
    /// The activation does not exist.
    NotFound,
    /// The activation belongs to another machine.
    InvalidFingerprint,
    /// The product's machine rules refuse the machine.
    NotAdmitted(AdmissionError),
    /// The reported uses exceed a meter's limit.
    MeterExhausted,
    /// The product does not allow trials.
    TrialNotAllowed,
    /// The product's trial limit is reached.
    TrialLimitReached,
}
