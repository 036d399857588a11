//! Bodies of requests about tags, for the OpenAPI document. The parser is more lenient (contract, 1.2).

#![allow(dead_code, reason = "schemas of the document; the handlers parse the fields")]

use utoipa::ToSchema;

/// A new tag.
#[derive(ToSchema)]
#[schema(as = v3::NewTag)]
pub(super) struct NewTag {
    /// Its name, unique in the account in any case.
    #[schema(min_length = 1, max_length = 256)]
    name: String,
    /// Its description.
    #[schema(max_length = 1024)]
    description: Option<String>,
}

/// A change of a tag.
#[derive(ToSchema)]
#[schema(as = v3::TagChange)]
pub(super) struct TagChange {
    /// Its name, unique in the account in any case.
    #[schema(min_length = 1, max_length = 256)]
    name: Option<String>,
    /// Its description. An empty text removes it.
    #[schema(max_length = 1024)]
    description: Option<String>,
}
