//! Binding licenses to domains, and asking whether they are.

mod activate;
mod batch;
pub(crate) mod counter;
mod deactivate;
mod free;
mod license_loader;
pub(crate) mod lookup;
mod status;
mod verify;

pub use activate::{ActivateOutcome, activate};
pub(crate) use batch::ActivateDomain;
pub(crate) use deactivate::release;
pub use deactivate::{DeactivateOutcome, deactivate};
pub use free::free;
pub(crate) use license_loader::LicenseLoader;
pub use status::{DomainStatus, LicenseStatus, status};
pub use verify::{CachedVerification, VerifyResult, verify, verify_cached};
