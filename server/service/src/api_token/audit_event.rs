//! Events about API tokens.

use domain::ApiTokenId;
use domain::event::Event;

use crate::store::AuditEvent;

/// Creates an event about a token.
pub(super) fn audit_event(event: Event, id: ApiTokenId, name: &str) -> AuditEvent {
    AuditEvent::object(event, "api_token_id", id.0).detail(name)
}
