//! A field of metadata in bodies of answers and webhooks: of a license, a product or a user.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::Time;

/// A reader of a field, beside the seller.
#[derive(ToSchema)]
#[schema(as = v3::ViewPermission, rename_all = "kebab-case")]
#[allow(dead_code, reason = "a schema of the document; the objects have the words")]
pub enum ViewPermission {
    /// Apps, in the tokens of activations.
    Activation,
    /// The user.
    User,
    /// The organization.
    Organization,
    /// The reseller.
    Reseller,
}

/// The word of the readers that `visible` stands for.
const APPS: &str = "activation";

/// A field of the seller.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = v3::Metadata)]
pub struct MetadataObject {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    /// Its name.
    key: String,
    /// Its value, or an empty text.
    value: String,
    /// Who sees it, beside the seller.
    #[schema(value_type = Vec<ViewPermission>)]
    view_permissions: Vec<&'static str>,
    /// Whether apps see it: `viewPermissions` has `activation`.
    visible: bool,
}

impl MetadataObject {
    /// Creates the object of a field.
    pub fn new(
        id: Uuid,
        (key, value): (String, String),
        view_permissions: Vec<&'static str>,
        created_at: Time,
        updated_at: Time,
    ) -> Self {
        let visible = view_permissions.contains(&APPS);
        Self { id, created_at, updated_at, key, value, view_permissions, visible }
    }
}
