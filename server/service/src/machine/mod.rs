//! Activations of licenses on machines: activate, sync, deactivate, trials, meters and offline
//! files. Each request is answered with a signed token or a refusal.

mod activate;
mod batch;
mod binding;
mod cache;
mod customers_file;
mod deactivate;
mod expire_leases;
mod increment;
mod last_sync_loader;
mod lease;
mod lookup;
mod machine_info;
mod meter;
pub mod offline;
mod outcome;
mod request;
mod revalidate;
mod row;
mod sync;
mod synced;
mod token;
mod trial;
mod unchanged;

pub use activate::activate;
pub(crate) use batch::ActivateMachine;
pub(crate) use cache::MachineCache;
pub(crate) use customers_file::{CustomersOutcome, CustomersRequest, activate_by_customer};
pub use deactivate::{DeactivateOutcome, deactivate};
pub use expire_leases::expire_leases;
pub use increment::{IncrementOutcome, MeterReading, increment};
pub(crate) use last_sync_loader::LastSyncLoader;
pub(crate) use meter::release_floating_uses;
pub use outcome::ActivationOutcome;
pub use request::{ActivationRequest, DeactivationProof, TrialRequest};
pub use sync::sync;
pub use trial::{find_product_id, start_trial};
