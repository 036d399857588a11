//! Machines that licenses are bound to, for sellers' systems: lists, exports, and their release.

mod candidates;
mod free;
mod free_matching;
mod list;
mod record;
mod source;

pub use free::free;
pub use free_matching::free_matching;
pub use list::{ActivationExport, export, list, list_own, show};
pub use record::{ActivationRecord, Included};
