//! The deliveries of webhooks, and the log of attempts.

mod list_deliveries;
mod list_log;
mod replay;
mod retry;
mod schedule;
mod show_delivery;
mod show_log_entry;

pub use list_deliveries::list_deliveries;
pub use list_log::list_log;
pub use replay::{MAX_REPLAYED, Replay, replay};
pub use retry::{retry, retry_entry};
pub use show_delivery::show_delivery;
pub use show_log_entry::show_log_entry;
