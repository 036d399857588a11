//! The rules of Countersign, and the words they are spoken in.
//!
//! Everything here is a pure function or a value that was checked once, where
//! it entered. There is no I/O, no clock and no randomness: callers hand in
//! `now` and random bytes. That is what lets the same rules run in the server,
//! in the browser and under a property test.

pub mod activation;
pub mod bounded_text;
pub mod development;
pub mod domain_name;
pub mod email;
pub mod event;
pub mod field_error;
pub mod id;
pub mod json_fields;
pub mod license;
pub mod license_key;
pub mod machine;
pub mod meter;
pub mod pasted;
pub mod permission;
pub mod product;
pub mod rate_limit;
pub mod time;
pub mod token;
pub mod view;

pub use domain_name::DomainName;
pub use email::Email;
pub use field_error::FieldError;
pub use id::{AccountId, ActivationId, ApiTokenId, AuditEntryId, CustomerId, LicenseId, ProductId, UserId};
pub use license_key::{KeyFormat, KeyPrefix, LicenseKey};
pub use time::Timestamp;
