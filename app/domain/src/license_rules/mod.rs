//! The rules of licenses: what a template says, and what a license has of its own.
//!
//! A license without a value of its own follows its product, which follows its template. What is in force is
//! merged by [`RuleOverrides::merge`], the only place where both meet.

mod edit;
mod expiry;
mod in_force;
mod ip_range;
mod kinds;
mod overrides;
mod own_meter;
mod rules;
pub mod texts;

pub use edit::{RuleLine, RulesEdit, words_of};
pub use expiry::{
    ExpiryStart, ExpiryTerms, NotRenewable, RenewFrom, Renewed, StartOfExpiry, interval_text,
    validity_seconds,
};
pub use in_force::RulesInForce;
pub use ip_range::{IpRange, IpRules};
pub use kinds::{FingerprintMatching, LeasingStrategy, LicenseKind};
pub use overrides::{EchoedFields, RuleOverrides};
pub use own_meter::{OwnMeter, OwnMeters};
pub use rules::{DEFAULT_CLOCK_OFFSET_SECONDS, DEFAULT_EXPIRING_SOON_SECONDS, LicenseRules, is_default};
