//! Activations of licenses on domains: activate, verify, deactivate, status.

mod activate;
mod allow;
mod batch;
pub(crate) mod counter;
mod deactivate;
mod former_key;
mod former_key_cache;
mod free;
mod license_loader;
pub(crate) mod lookup;
mod move_domain;
mod outcome;
mod refused;
mod release;
mod resolve_key;
mod restore;
mod status;
mod verify;

pub use activate::activate;
pub use allow::allow;
pub(crate) use batch::ActivateDomain;
pub use deactivate::{DeactivateOutcome, deactivate};
pub(crate) use former_key::{find_former, former_digest, is_former_digest_valid};
pub(crate) use former_key_cache::FormerKeyCache;
pub use free::free;
pub(crate) use license_loader::LicenseLoader;
pub use move_domain::move_domain;
pub(crate) use move_domain::move_locked;
pub use outcome::ActivateOutcome;
pub(crate) use refused::count_machine as count_refused_machine;
pub(crate) use release::release;
pub use resolve_key::{KeyLookupOutcome, with_resolved_key};
pub(crate) use resolve_key::{ResolvedKey, is_key_of, resolve};
pub use restore::restore;
pub use status::{DomainStatus, LicenseStatus, status};
pub use verify::{CachedVerification, VerifyResult, verify, verify_cached};
