//! Audit entries about connections to shops.

use domain::event::Event;
use uuid::Uuid;

use crate::store::AuditEvent;

/// Creates an event about a connection.
pub(super) fn audit_event(event: Event, connection: Uuid, detail: impl Into<String>) -> AuditEvent {
    AuditEvent::object(event, "shop_connection_id", connection).detail(detail)
}
