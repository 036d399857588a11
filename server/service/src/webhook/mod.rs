//! Webhooks: receivers of events, and the deliveries to them. Off until [`crate::Service::enable_webhooks`].
//!
//! The events of a change are written in its transaction, sealed, one row for each webhook (`outbox/`). Workers of
//! all nodes lease rows, send them and store the outcomes (`dispatch/`), so that an event is delivered at least
//! once. How objects are written as JSON, and how a request is sent, is the server's: [`ObjectWords`] and
//! [`Transport`].

mod audit_event;
mod change;
mod changes;
mod create;
mod delete;
mod dispatch;
mod enable;
mod expiry;
mod failing;
mod health;
mod list;
mod log;
mod object;
mod outbox;
mod page;
mod rotate_secret;
mod runtime;
mod scope;
mod sealed;
mod send_test;
mod show;
mod stored;
mod stored_trace;
mod view;

pub use change::{WebhookChange, change};
pub use create::{NewWebhook, create};
pub use delete::delete;
pub(crate) use dispatch::{AttemptCounts, backlog};
pub use dispatch::{DeliveryBacklog, Dispatcher, OutgoingRequest, Reply, ReplyFuture, Transport};
pub use expiry::queue_expiry_events;
pub use failing::list_failing;
pub use health::health;
pub use list::list;
pub use log::{
    MAX_REPLAYED, Replay, list_deliveries, list_log, replay, retry, retry_entry, show_delivery,
    show_log_entry,
};
pub use object::{
    ActivationRecord, DomainActivationRecord, ObjectRecord, ObjectWords, TrialActivationRecord,
};
pub use page::list_page;
pub use rotate_secret::{MAX_OVERLAP_MS, rotate_secret};
pub use runtime::WebhookOptions;
pub(crate) use runtime::Webhooks;
pub use send_test::send_test;
pub use show::show;
