//! Binding licenses to domains, and asking whether they are.

mod activate;
mod deactivate;
mod free;
mod lookup;
mod status;
mod verify;

pub use activate::{Activation, activate};
pub use deactivate::{Deactivation, deactivate};
pub use free::free;
pub use status::{DomainStatus, LicenseStatus, status};
pub use verify::{Verified, verify};
