//! Audit entries about invitations of sellers.

use domain::SellerInvitationId;
use domain::event::Event;

use crate::store::AuditEvent;

/// Describes an invitation in an audit entry.
pub(super) fn detail(email: Option<&str>) -> String {
    email.unwrap_or("anyone with the link").to_owned()
}

/// Creates an event about an invitation.
pub(super) fn audit_event(event: Event, id: SellerInvitationId, detail: String) -> AuditEvent {
    AuditEvent {
        event,
        license: None,
        product: None,
        detail: Some(detail),
        payload: serde_json::json!({ "seller_invitation_id": id }),
    }
}
