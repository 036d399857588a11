//! The audit event of a change of a product.

use domain::ProductId;
use domain::event::Event;

use crate::store::AuditEvent;
use crate::store::entity::products;

/// Returns the event with the product's name, id and slug.
pub(crate) fn product_event(event: Event, row: &products::Model) -> AuditEvent {
    AuditEvent {
        event,
        license: None,
        product: Some(ProductId(row.id)),
        detail: Some(row.name.clone()),
        payload: serde_json::json!({ "product_id": row.id, "slug": row.slug }),
    }
}
