//! The events of expiries: a license expired, or expires soon. Once for each expiry.

mod mark;
mod queue;

pub use queue::{ExpiryEvents, queue_expiry_events};
