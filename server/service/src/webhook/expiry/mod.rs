//! The events of expiries: a license expired, or expires soon. Once for each expiry.

mod group;
mod queue;
mod subscribed;

pub use queue::queue_expiry_events;
