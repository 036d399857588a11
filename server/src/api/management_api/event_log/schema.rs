//! Parts of entries, for the OpenAPI document.

#![allow(dead_code, reason = "schemas of the document; the service writes the changes as JSON")]

use serde_json::Value;
use utoipa::ToSchema;

/// A property that an event changed.
#[derive(ToSchema)]
#[schema(as = v3::EventChange, rename_all = "camelCase")]
pub(super) struct EventChange {
    /// The property's name.
    property_name: String,
    /// Its value before. Null if it had none.
    old_value: Value,
    /// Its value after. Null if it has none.
    new_value: Value,
}
