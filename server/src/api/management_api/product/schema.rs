//! Bodies of requests about products, for the OpenAPI document. The parser is more lenient (contract, 1.2).

#![allow(dead_code, reason = "schemas of the document; the handlers parse the fields")]

use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::management_api::answer::Time;
use crate::api::management_api::license::GivenMetadata;

/// A new product.
#[derive(ToSchema)]
#[schema(as = v3::NewProduct, rename_all = "camelCase")]
pub(super) struct NewProduct {
    /// Its name.
    #[schema(min_length = 1, max_length = 256)]
    name: String,
    /// The name that customers see. Without it, the name.
    #[schema(max_length = 256)]
    display_name: Option<String>,
    /// Its description.
    #[schema(max_length = 256)]
    description: Option<String>,
    /// The id of the template of its licenses. Without it, one is made. `licensePolicyId` means the same.
    license_template_id: Option<Uuid>,
    /// The id of its trial policy. Without it, the product has no trials.
    trial_policy_id: Option<Uuid>,
    /// Fields of the seller.
    #[schema(max_items = 50)]
    metadata: Option<Vec<GivenMetadata>>,
    /// The id to keep. Only with `import=true`.
    id: Option<Uuid>,
    /// When it was made elsewhere. Only with `import=true`.
    created_at: Option<Time>,
    /// When it was changed elsewhere. Only with `import=true`.
    updated_at: Option<Time>,
}

/// A change of a product.
#[derive(ToSchema)]
#[schema(as = v3::ProductChange, rename_all = "camelCase")]
pub(super) struct ProductChange {
    /// Its name.
    #[schema(min_length = 1, max_length = 256)]
    name: Option<String>,
    /// The name that customers see. An empty text shows the name.
    #[schema(max_length = 256)]
    display_name: Option<String>,
    /// Its description. An empty text removes it.
    #[schema(max_length = 256)]
    description: Option<String>,
    /// The id of the template of its licenses. `licensePolicyId` means the same.
    license_template_id: Option<Uuid>,
    /// The id of its trial policy. An empty text ends trials.
    trial_policy_id: Option<Uuid>,
    /// Fields of the seller to set. Other fields stay.
    #[schema(max_items = 50)]
    metadata: Option<Vec<GivenMetadata>>,
}
