//! Audit entries about mails.

use domain::MailId;
use domain::event::Event;

use crate::store::AuditEvent;

/// Creates an event about a mail. It names no address, because an erasure of a customer does not search for
/// it.
pub(super) fn audit_event(event: Event, id: MailId, detail: &str) -> AuditEvent {
    AuditEvent {
        event,
        license: None,
        product: None,
        detail: Some(detail.to_owned()),
        payload: serde_json::json!({ "mail_id": id }),
    }
}
