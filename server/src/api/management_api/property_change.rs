//! A changed property in the entries of logs, for the OpenAPI document.

use serde_json::Value;
use utoipa::ToSchema;

/// A property that changed.
#[derive(ToSchema)]
#[schema(as = v3::PropertyChange, rename_all = "camelCase")]
#[allow(dead_code, reason = "a schema of the document; the service writes the changes as JSON")]
pub struct PropertyChange {
    /// The name of the property.
    property_name: String,
    /// The value before. Null if it had none.
    old_value: Value,
    /// The value after. Null if it has none.
    new_value: Value,
}
