//! The audit log of an account: list, export, and a chain of seals that proves that no entry was changed or
//! removed.
//!
//! A worker seals entries after their commit ([`seal_batch`]). Each entry gets the next position in its
//! account's chain, and a keyed digest of itself and of the digest before ([`digest`]). A verification computes
//! all digests again ([`verify_portion`]). Retention moves the start of the chain; erasures and mergers of
//! customers leave amendments.

mod amend;
mod chain;
mod compare;
mod digest;
mod export;
mod filter;
mod labels;
mod last_change;
mod list;
mod log_entries;
mod prune;
mod seal;
mod verify;
mod walk;

pub(crate) use amend::{AmendableEntry, amend, entries_of_customer, lock_entry};
pub(crate) use chain::restart;
pub use export::{AuditExport, export};
pub use last_change::{ChangedObject, LastChange, last_change};
pub use list::list;
pub(crate) use log_entries::{LogConditions, load_entries};
pub(crate) use prune::prune_seals;
pub use seal::{SEAL_DELAY_SECONDS, seal_batch};
pub use verify::{verify_all, verify_portion};
