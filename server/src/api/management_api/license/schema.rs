//! Bodies of requests about licenses, for the OpenAPI document. The parser is more lenient (contract, 1.2).

#![allow(dead_code, reason = "schemas of the document; the handlers parse the fields")]

use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::management_api::answer::Time;
use crate::api::management_api::metadata::ViewPermission;
use crate::api::management_api::rules::GivenRules;

/// A field of the seller. A field with the same key is replaced.
#[derive(ToSchema)]
#[schema(as = v3::GivenMetadata, rename_all = "camelCase")]
pub struct GivenMetadata {
    /// Its name.
    #[schema(min_length = 1, max_length = 256)]
    key: String,
    /// Its value. Without one it is empty.
    #[schema(max_length = 4096)]
    value: Option<String>,
    /// Who sees it, beside the seller. Without it, a new one is for the seller alone.
    view_permissions: Option<Vec<ViewPermission>>,
    /// `true` is `activation` alone. `viewPermissions` wins over it.
    visible: Option<bool>,
}

/// A meter. A meter with the same name is changed.
#[derive(ToSchema)]
#[schema(as = v3::GivenMeter, rename_all = "camelCase")]
pub struct GivenMeter {
    /// Its name.
    #[schema(min_length = 1, max_length = 256)]
    name: String,
    /// Uses allowed; -1 is unlimited.
    #[schema(minimum = -1, maximum = 1_000_000_000_000_i64)]
    allowed_uses: i64,
    /// Whether the uses of an activation return when it ends.
    floating: Option<bool>,
    /// Who sees it, beside the seller. Without it, apps see a new one.
    view_permissions: Option<Vec<ViewPermission>>,
    /// `true` is `activation` alone. `viewPermissions` wins over it.
    visible: Option<bool>,
}

/// A new license.
#[derive(ToSchema)]
#[schema(as = v3::NewLicense, rename_all = "camelCase")]
pub struct NewLicense {
    /// The id of the product.
    product_id: Uuid,
    /// The id of the template. Without it the template of the product. `licensePolicyId` means the same.
    license_template_id: Option<Uuid>,
    /// The key, unique in any case. Without it one is made by the template's pattern.
    #[schema(min_length = 8, max_length = 256)]
    key: Option<String>,
    /// Whether the license is suspended.
    suspended: Option<bool>,
    /// Whether the license is revoked.
    revoked: Option<bool>,
    /// The expiry. Without it, it follows from the interval.
    expires_at: Option<Time>,
    /// The id of the user who holds the license.
    user_id: Option<Uuid>,
    /// The id of the organization that holds the license.
    organization_id: Option<Uuid>,
    /// Fields of the seller.
    #[schema(max_items = 50)]
    metadata: Option<Vec<GivenMetadata>>,
    /// Meters, beside those of the template.
    #[schema(max_items = 50)]
    meter_attributes: Option<Vec<GivenMeter>>,
    /// Names of tags. Unknown ones are made.
    #[schema(max_items = 5, max_length = 256)]
    tags: Option<Vec<String>>,
    /// Notes of the seller.
    #[schema(max_length = 4096)]
    notes: Option<String>,
    /// Kept and answered, without an effect.
    #[schema(max_items = 256, max_length = 256)]
    additional_user_ids: Option<Vec<String>>,
    /// Kept and answered, without an effect.
    #[schema(max_items = 256, max_length = 256)]
    external_user_ids: Option<Vec<String>>,
    /// Kept and answered, without an effect.
    #[schema(max_length = 256)]
    entitlement_set_id: Option<String>,
    /// Kept and answered, without an effect.
    #[schema(max_length = 256)]
    product_version_id: Option<String>,
    /// Kept and answered, without an effect.
    #[schema(max_length = 256)]
    maintenance_policy_id: Option<String>,
    /// Kept and answered, without an effect.
    maintenance_expires_at: Option<Time>,
    /// Kept and answered, without an effect.
    #[schema(max_length = 256)]
    current_release_version: Option<String>,
    /// The newest release that updates offer, such as `2.1` or `2.1.0.4`.
    #[schema(max_length = 256)]
    max_allowed_release_version: Option<String>,
    /// When the license was made elsewhere.
    created_at: Option<Time>,
    /// When the license was changed elsewhere. Only with `import=true`.
    updated_at: Option<Time>,
    /// The id to keep. Only with `import=true`.
    id: Option<Uuid>,
    #[serde(flatten)]
    rules: GivenRules,
}

/// A change of a license.
#[derive(ToSchema)]
#[schema(as = v3::LicenseChange, rename_all = "camelCase")]
pub struct LicenseChange {
    /// The key, unique in any case.
    #[schema(min_length = 8, max_length = 256)]
    key: Option<String>,
    /// `true` suspends the license, `false` resumes it.
    suspended: Option<bool>,
    /// `true` revokes the license, `false` undoes that.
    revoked: Option<bool>,
    /// Why the license is suspended or revoked.
    #[schema(max_length = 500)]
    reason: Option<String>,
    /// The expiry. Only with `import=true`, also in a change of many licenses; else it has an operation of its own.
    expires_at: Option<Time>,
    /// The id of the user who holds the license. An empty text removes the user.
    user_id: Option<String>,
    /// The id of the organization that holds the license. An empty text removes it.
    organization_id: Option<String>,
    /// Fields of the seller to set. Other fields stay.
    #[schema(max_items = 50)]
    metadata: Option<Vec<GivenMetadata>>,
    /// Meters to set. Other meters stay.
    #[schema(max_items = 50)]
    meter_attributes: Option<Vec<GivenMeter>>,
    /// Names of all tags. Unknown ones are made.
    #[schema(max_items = 5, max_length = 256)]
    tags: Option<Vec<String>>,
    /// Notes of the seller. An empty text removes them.
    #[schema(max_length = 4096)]
    notes: Option<String>,
    /// Kept and answered, without an effect.
    #[schema(max_items = 256, max_length = 256)]
    additional_user_ids: Option<Vec<String>>,
    /// Kept and answered, without an effect.
    #[schema(max_items = 256, max_length = 256)]
    external_user_ids: Option<Vec<String>>,
    /// Kept and answered, without an effect.
    #[schema(max_length = 256)]
    entitlement_set_id: Option<String>,
    /// Kept and answered, without an effect.
    #[schema(max_length = 256)]
    product_version_id: Option<String>,
    /// Kept and answered, without an effect.
    #[schema(max_length = 256)]
    maintenance_policy_id: Option<String>,
    /// Kept and answered, without an effect.
    maintenance_expires_at: Option<Time>,
    /// Kept and answered, without an effect.
    #[schema(max_length = 256)]
    current_release_version: Option<String>,
    /// The newest release that updates offer, such as `2.1` or `2.1.0.4`. An empty text removes the limit.
    #[schema(max_length = 256)]
    max_allowed_release_version: Option<String>,
    #[serde(flatten)]
    rules: GivenRules,
}

/// A longer term of a license.
#[derive(ToSchema)]
#[schema(as = v3::LicenseExtension, rename_all = "camelCase")]
pub struct LicenseExtension {
    /// Seconds to add to the expiry.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    extension_length: i32,
}

/// The expiry of a license. One of both is required.
#[derive(ToSchema)]
#[schema(as = v3::LicenseExpiry, rename_all = "camelCase")]
pub struct LicenseExpiry {
    /// The expiry.
    expires_at: Option<Time>,
    /// `true` removes the expiry.
    perpetual: Option<bool>,
}

/// New licenses.
#[derive(ToSchema)]
#[schema(as = v3::NewLicenses)]
pub struct NewLicenses {
    /// The licenses.
    #[schema(min_items = 1, max_items = 100)]
    licenses: Vec<NewLicense>,
    /// Whether all licenses are made or none.
    atomic: Option<bool>,
}

/// One change of many licenses.
#[derive(ToSchema)]
#[schema(as = v3::LicensesChange)]
pub struct LicensesChange {
    /// The ids of the licenses.
    #[schema(min_items = 1, max_items = 100)]
    ids: Vec<Uuid>,
    /// The change.
    set: LicenseChange,
}
