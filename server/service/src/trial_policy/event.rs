//! The audit event of a change of a trial policy.

use domain::event::Event;

use crate::store::AuditEvent;
use crate::store::entity::trial_policies;

/// Returns the event with the policy's name and id.
pub(super) fn policy_event(event: Event, row: &trial_policies::Model) -> AuditEvent {
    AuditEvent::object(event, "trial_policy_id", row.id).detail(row.name.clone())
}
