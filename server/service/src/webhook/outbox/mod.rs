//! Writes the events of a change into its transaction, one delivery for each webhook that subscribes to them.

mod activation_facts;
mod body;
mod sink;
mod subscribers;

pub(super) use body::build_body;
pub(crate) use sink::Outbox;
