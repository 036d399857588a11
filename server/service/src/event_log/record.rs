//! Entries of the event log.

use domain::{AuditEntryId, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use crate::customer::CustomerRecord;
use crate::member::MemberRecord;

/// An entry.
#[derive(Debug, Clone, PartialEq)]
pub struct EventLogRecord {
    /// The id.
    pub id: AuditEntryId,
    /// The time of the event.
    pub at: Timestamp,
    /// The kind of the object, such as `license`.
    pub resource: String,
    /// What happened, such as `renewed`.
    pub action: String,
    /// The object, if the log tells it.
    pub resource_id: Option<Uuid>,
    /// The changed properties: objects with `propertyName`, `oldValue` and `newValue`.
    pub changes: Value,
    /// The address of the client, if known.
    pub ip: Option<String>,
    /// The kind of the principal.
    pub actor_kind: String,
    /// The id of the member, the token or the customer.
    pub actor_id: Option<Uuid>,
    /// The name of the principal.
    pub actor_name: String,
    /// The person, if there is one that still exists.
    pub user: Option<EventActor>,
}

/// The person who did something.
#[derive(Debug, Clone, PartialEq)]
pub enum EventActor {
    /// A member of the team.
    Member(Box<MemberRecord>),
    /// A customer on the customer's page.
    Customer(Box<CustomerRecord>),
}
