//! Domains that a license is bound to, for sellers' systems.

mod free;
mod list;
mod record;
mod source;

pub use free::{DomainOrId, free};
pub use list::list;
pub use record::DomainActivationRecord;
