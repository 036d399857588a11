//! Binding licenses to domains, and asking whether they are.

mod activate;
pub(crate) mod counter;
mod deactivate;
mod free;
mod group;
mod loader;
pub(crate) mod lookup;
mod status;
mod verify;

pub use activate::{Activation, activate};
pub(crate) use deactivate::release;
pub use deactivate::{Deactivation, deactivate};
pub use free::free;
pub(crate) use group::WantedSlot;
pub(crate) use loader::Loader;
pub use status::{DomainStatus, LicenseStatus, status};
pub use verify::{Verified, Warm, verify, warm};
