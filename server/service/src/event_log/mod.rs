//! The event log of the management API: the audit entries of an account but those of activations and trials, which the
//! activation log has.

mod list;
mod narrow;
mod record;
mod source;
mod subscription;
mod subscription_event;

pub use list::{list, show};
pub use record::{EventActor, EventLogRecord};
pub use subscription::{SubscriptionLogRecord, list_subscriptions};
