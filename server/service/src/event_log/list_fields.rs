//! The fields of the event log, as filters name them.

use domain::filter::{FieldKind, FilterField};

/// The id.
pub static ID: FilterField = FilterField::id("id");
/// The time of the event.
pub static CREATED_AT: FilterField = FilterField::time("createdAt");
/// The time of the event: entries do not change.
pub static UPDATED_AT: FilterField = FilterField::time("updatedAt");
/// The object of the event.
pub static RESOURCE_ID: FilterField = FilterField::id("resourceId");
/// The kind of the object.
pub static RESOURCE: FilterField = FilterField::text("resource");
/// What happened.
pub static ACTION: FilterField = FilterField::text("action");
/// The member or the customer who did it.
pub static USER_ID: FilterField = FilterField::id("userId");
/// The address of the member or the customer who did it.
pub static USER_EMAIL: FilterField = FilterField::new("user.email", FieldKind::Email);
/// The principal that did it.
pub static ACTOR_ID: FilterField = FilterField::id("actorId");
/// The address of the principal that did it.
pub static ACTOR_EMAIL: FilterField = FilterField::new("actorEmail", FieldKind::Email);
/// The kind of the principal.
pub static ACTOR_KIND: FilterField = FilterField::text("actorKind");
/// The name of the principal.
pub static ACTOR_NAME: FilterField = FilterField::text("actorName");
