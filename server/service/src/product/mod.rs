//! Use cases of sellers on products: one file per verb.

mod archive;
mod change;
mod create;
mod delete;
mod list;
mod recount_slots;
mod show;
mod slug;
mod update;

use domain::ProductId;
use domain::event::Event;

pub use archive::{archive, restore};
pub use change::change;
pub use create::create;
pub(crate) use create::insert_product;
pub use delete::delete;
pub use list::{list, options};
pub use recount_slots::recount_pending_slots;
pub use show::{find_by_slug, show};
pub use update::update;

use crate::store::AuditEvent;
use crate::store::entity::products;

/// The audit event of a change of a product.
fn product_event(event: Event, row: &products::Model) -> AuditEvent {
    AuditEvent {
        event,
        license: None,
        product: Some(ProductId(row.id)),
        detail: Some(row.name.clone()),
        payload: serde_json::json!({ "product_id": row.id, "slug": row.slug }),
    }
}
