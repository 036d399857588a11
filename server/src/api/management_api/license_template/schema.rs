//! Bodies of requests about license templates, for the OpenAPI document. The parser is more lenient (contract,
//! 1.2).

#![allow(dead_code, reason = "schemas of the document; the handlers parse the fields")]

use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::management_api::answer::Time;
use crate::api::management_api::rules::GivenRules;

/// A new license template.
#[derive(ToSchema)]
#[schema(as = v3::NewLicenseTemplate, rename_all = "camelCase")]
pub(super) struct NewLicenseTemplate {
    /// Its name.
    #[schema(min_length = 1, max_length = 256)]
    name: String,
    /// The pattern of new keys: literals, character classes and `{n}`. Keys must hold 64 random bits.
    #[schema(max_length = 512)]
    key_pattern: Option<String>,
    /// The first letters of new keys, such as `LIC` of `LIC-A3F9-K2M7-P8X1-Q4R6`.
    #[schema(min_length = 2, max_length = 8)]
    key_prefix: Option<String>,
    /// Keys of metadata that a new license must have.
    #[schema(max_items = 50, max_length = 256)]
    required_metadata_keys: Option<Vec<String>>,
    /// Names of meters that a new license has.
    #[schema(max_items = 50, max_length = 256)]
    required_meter_attributes: Option<Vec<String>>,
    /// The id to keep. Only with `import=true`.
    id: Option<Uuid>,
    /// When it was made elsewhere. Only with `import=true`.
    created_at: Option<Time>,
    /// When it was changed elsewhere. Only with `import=true`.
    updated_at: Option<Time>,
    #[serde(flatten)]
    rules: GivenRules,
}

/// A change of a license template.
#[derive(ToSchema)]
#[schema(as = v3::LicenseTemplateChange, rename_all = "camelCase")]
pub(super) struct LicenseTemplateChange {
    /// Its name.
    #[schema(min_length = 1, max_length = 256)]
    name: Option<String>,
    /// The pattern of new keys: literals, character classes and `{n}`. Keys must hold 64 random bits.
    #[schema(max_length = 512)]
    key_pattern: Option<String>,
    /// The first letters of new keys, such as `LIC` of `LIC-A3F9-K2M7-P8X1-Q4R6`.
    #[schema(min_length = 2, max_length = 8)]
    key_prefix: Option<String>,
    /// Keys of metadata that a new license must have.
    #[schema(max_items = 50, max_length = 256)]
    required_metadata_keys: Option<Vec<String>>,
    /// Names of meters that a new license has.
    #[schema(max_items = 50, max_length = 256)]
    required_meter_attributes: Option<Vec<String>>,
    #[serde(flatten)]
    rules: GivenRules,
}
