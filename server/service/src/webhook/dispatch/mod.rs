//! Sends deliveries. Any node may: it leases rows, sends them side by side, and stores the outcomes in batches.
//!
//! Each webhook has a lane with a queue and a bound of its own, so that a receiver that fails or hangs delays no
//! other. A crash leaves leased rows, which another node sends after the lease.

mod attempt;
mod attempt_counts;
mod backlog;
mod claim;
mod dispatcher;
mod lane;
mod lanes;
mod refill;
mod request;
mod results;
mod retire;
mod search;
mod signature;
mod slots;
mod target;
mod transport;
mod waiting;

pub(super) use attempt::{Outcome, send_once};
pub(crate) use attempt_counts::AttemptCounts;
pub use backlog::DeliveryBacklog;
pub(crate) use backlog::backlog;
pub use dispatcher::Dispatcher;
pub(super) use results::{attempt_row, write_attempts};
pub(super) use target::Target;
pub use transport::{OutgoingRequest, Reply, ReplyFuture, Transport};
