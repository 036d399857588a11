//! The fields of the list of customers, as filters of the sellers' API name them.

use domain::filter::{FieldKind, FilterField};

/// The id.
pub static ID: FilterField = FilterField::id("id");
/// When the customer was created.
pub static CREATED_AT: FilterField = FilterField::time("createdAt");
/// When the customer was last changed.
pub static UPDATED_AT: FilterField = FilterField::time("updatedAt");
/// When the customer was last seen on a page; no customer was.
pub static LAST_SEEN_AT: FilterField = FilterField::time("lastSeenAt");
/// The e-mail address.
pub static EMAIL: FilterField = FilterField::new("email", FieldKind::Email);
/// The name, first and last joined.
pub static NAME: FilterField = FilterField::text("name");
/// The company.
pub static COMPANY: FilterField = FilterField::text("company");
/// The role.
pub static ROLE: FilterField = FilterField::text("role");
/// A tag.
pub static TAG: FilterField = FilterField::text("tag");
/// A tag.
pub static TAGS: FilterField = FilterField::text("tags");
/// The organization.
pub static ORGANIZATION_ID: FilterField = FilterField::id("organizationId");
/// A product that the customer has a license of.
pub static PRODUCT_ID: FilterField = FilterField::id("productId");
/// The version of an app that is activated on a license of the customer.
pub static APP_VERSION: FilterField = FilterField::text("activation.appVersion");
/// The name of a field of the seller.
pub static METADATA_KEY: FilterField = FilterField::new("metadata.key", FieldKind::PairKey);
/// The value of a field of the seller.
pub static METADATA_VALUE: FilterField = FilterField::new("metadata.value", FieldKind::PairValue);
