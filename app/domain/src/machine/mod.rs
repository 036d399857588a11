//! Machines that licenses are bound to: fingerprints, reported properties, rules.

mod fingerprint;
mod lease;
mod properties;
mod rules;

pub use fingerprint::Fingerprint;
pub use lease::Lease;
pub use properties::{Machine, MetadataEntry};
pub use rules::{AdmissionError, MachineRules, Seconds, SyncRules, TrialRules, fingerprint_of};
