//! Bodies of requests about the own user, for the OpenAPI document. The parser is more lenient (contract, 1.2).

#![allow(dead_code, reason = "schemas of the document; the handlers parse the fields")]

use utoipa::ToSchema;

/// A change of the own name. What is not given stays.
#[derive(ToSchema)]
#[schema(as = v3::NameChange, rename_all = "camelCase")]
pub(super) struct NameChange {
    /// The first name.
    #[schema(min_length = 1, max_length = 256)]
    first_name: Option<String>,
    /// The last name. An empty text removes it.
    #[schema(max_length = 256)]
    last_name: Option<String>,
}
