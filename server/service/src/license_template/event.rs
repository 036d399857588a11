//! The audit event of a change of a license template.

use domain::event::Event;

use crate::store::AuditEvent;
use crate::store::entity::license_templates;

/// Returns the event with the template's name and id.
pub(super) fn template_event(event: Event, row: &license_templates::Model) -> AuditEvent {
    AuditEvent::object(event, "license_template_id", row.id).detail(row.name.clone())
}
