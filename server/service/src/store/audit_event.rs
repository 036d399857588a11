//! An event for the audit log and the outbox, which a write transaction records.

use domain::event::Event;
use domain::{CustomerId, LicenseId, ProductId};
use uuid::Uuid;

use super::changes::Changes;

/// The payload's field with the changes of an event, which the audit log takes out.
pub(super) const CHANGES: &str = "changes";
/// The payload's field with the object of an event that is no license, product or customer; taken out as well.
pub(super) const RESOURCE: &str = "resource";

/// An event for the audit log and the outbox.
pub(crate) struct AuditEvent {
    pub event: Event,
    pub license: Option<LicenseId>,
    pub product: Option<ProductId>,
    /// Details for people, in the audit log.
    pub detail: Option<String>,
    /// Details for programs, in the outbox.
    pub payload: serde_json::Value,
}

impl AuditEvent {
    /// Creates an event about a license.
    pub fn license(event: Event, license: LicenseId) -> Self {
        Self {
            event,
            license: Some(license),
            product: None,
            detail: None,
            payload: serde_json::json!({ "license_id": license }),
        }
    }

    /// Creates an event about a customer. Its payload holds no personal data, because outbox events
    /// cannot be erased from the systems that receive them.
    pub fn customer(event: Event, customer: CustomerId) -> Self {
        Self {
            event,
            license: None,
            product: None,
            detail: None,
            payload: serde_json::json!({ "customer_id": customer }),
        }
    }

    /// Creates an event about another object. `field` is the name of its id in the payload.
    pub fn object(event: Event, field: &'static str, id: Uuid) -> Self {
        Self {
            event,
            license: None,
            product: None,
            detail: None,
            payload: serde_json::json!({ field: id, RESOURCE: id }),
        }
    }

    /// Sets what the event changed, for the event log. The outbox does not get it.
    pub fn changes(self, changes: Changes) -> Self {
        if changes.is_empty() { self } else { self.with_payload(CHANGES, changes.into_json()) }
    }

    /// Sets the details for people.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds a field to the payload.
    pub fn with_payload(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.payload[name] = value.into();
        self
    }
}
