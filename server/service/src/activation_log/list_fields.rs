//! The fields of the activation log, as filters name them.

use domain::filter::{FieldKind, FilterField};

/// The id.
pub static ID: FilterField = FilterField::id("id");
/// The time of the event.
pub static CREATED_AT: FilterField = FilterField::time("createdAt");
/// The time of the event: entries do not change.
pub static UPDATED_AT: FilterField = FilterField::time("updatedAt");
/// What happened.
pub static ACTION: FilterField = FilterField::new(
    "action",
    FieldKind::Enumeration(&["activate", "deactivate", "lease-expire", "trial-activate"]),
);
/// The license.
pub static LICENSE_ID: FilterField = FilterField::id("licenseId");
/// The key of the license. Compared as a text, because the log looks the key up before.
pub static LICENSE_KEY: FilterField = FilterField::text("licenseKey");
/// The product.
pub static PRODUCT_ID: FilterField = FilterField::id("productId");
