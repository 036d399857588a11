//! Leader election for background jobs, by leases in the database.
//!
//! An optimization, not a mutual exclusion: with clock skew or a paused process two nodes may run
//! a job at once, so that every job must be idempotent.

mod elect;
mod leases;

pub use elect::JobUse;
pub use leases::BackgroundJob;
pub(crate) use leases::Leases;
