//! Binding licenses to domains, and asking whether they are.

mod activate;
mod deactivate;
mod free;
pub(crate) mod lookup;
mod status;
mod verify;
mod writer;

pub use activate::{Activation, activate};
pub(crate) use deactivate::release;
pub use deactivate::{Deactivation, deactivate};
pub use free::free;
pub use status::{DomainStatus, LicenseStatus, status};
pub use verify::{Verified, Warm, verify, warm};
pub(crate) use writer::Writer;
