//! Audit entries about webhooks.

use domain::event::Event;
use uuid::Uuid;

use crate::store::AuditEvent;

/// Creates an event about a webhook. Its detail holds the name and no address, which may be a credential.
pub(super) fn audit_event(event: Event, webhook: Uuid, detail: impl Into<String>) -> AuditEvent {
    AuditEvent::object(event, "webhook_id", webhook).detail(detail)
}
