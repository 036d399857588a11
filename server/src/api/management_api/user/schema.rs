//! Bodies of requests about users, for the OpenAPI document. The parser is more lenient (contract, 1.2).

#![allow(dead_code, reason = "schemas of the document; the handlers parse the fields")]

use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::management_api::answer::Time;

/// A new user.
#[derive(ToSchema)]
#[schema(as = v3::NewUser, rename_all = "camelCase")]
pub(super) struct NewUser {
    /// The e-mail address, unique among customers in any case.
    #[schema(min_length = 1, max_length = 256)]
    email: String,
    /// The first name, or the whole name.
    #[schema(min_length = 1, max_length = 256)]
    first_name: String,
    /// The last name.
    #[schema(max_length = 256)]
    last_name: Option<String>,
    /// The company.
    #[schema(max_length = 256)]
    company: Option<String>,
    /// The password. Without it the user has none.
    #[schema(min_length = 8, max_length = 256)]
    password: Option<String>,
    /// `user` or `organization-admin`. Without it: `user`.
    #[schema(min_length = 1, max_length = 256)]
    role: Option<String>,
    /// In place of `role`: a list whose first word counts.
    #[schema(max_items = 10)]
    roles: Option<Vec<String>>,
    /// The id of the user's organization.
    organization_id: Option<Uuid>,
    /// Whether the customer may use the customer's page. Stored, and without effect. Without it: true.
    allow_customer_portal_access: Option<bool>,
    /// The seller's own fields.
    #[schema(max_items = 50)]
    metadata: Option<Vec<MetadataBody>>,
    /// Names of tags. Unknown tags are made.
    #[schema(max_items = 5)]
    tags: Option<Vec<String>>,
    /// Read with `import=true` alone: the id.
    id: Option<Uuid>,
    /// Read with `import=true` alone: when the user was made.
    created_at: Option<Time>,
    /// Read with `import=true` alone: when the user was last changed.
    updated_at: Option<Time>,
}

/// A change of a user.
#[derive(ToSchema)]
#[schema(as = v3::UserChange, rename_all = "camelCase")]
pub(super) struct UserChange {
    /// The e-mail address, unique among customers in any case.
    #[schema(min_length = 1, max_length = 256)]
    email: Option<String>,
    /// The first name, or the whole name.
    #[schema(min_length = 1, max_length = 256)]
    first_name: Option<String>,
    /// The last name. An empty text removes it.
    #[schema(max_length = 256)]
    last_name: Option<String>,
    /// The company. An empty text removes it.
    #[schema(max_length = 256)]
    company: Option<String>,
    /// `user` or `organization-admin`.
    #[schema(max_length = 256)]
    role: Option<String>,
    /// In place of `role`: a list whose first word counts.
    #[schema(max_items = 10)]
    roles: Option<Vec<String>>,
    /// The id of the user's organization. An empty text removes it.
    organization_id: Option<Uuid>,
    /// Whether the customer may use the customer's page. Stored, and without effect.
    allow_customer_portal_access: Option<bool>,
    /// Fields to set, by `key`. Others stay.
    #[schema(max_items = 50)]
    metadata: Option<Vec<MetadataBody>>,
    /// Names of all tags of the user. Unknown tags are made. An empty list removes all.
    #[schema(max_items = 5)]
    tags: Option<Vec<String>>,
}

/// A field of metadata to set.
#[derive(ToSchema)]
#[schema(as = v3::NewUserMetadata, rename_all = "camelCase")]
struct MetadataBody {
    /// Its name, unique among the user's fields in any case.
    #[schema(min_length = 1, max_length = 256)]
    key: String,
    /// Its value. Without it, the stored value stays, and a new field is empty.
    #[schema(max_length = 4096)]
    value: Option<String>,
    /// Who sees the field beside the seller: `activation` (apps, in tokens), `user`, `organization`, `reseller`.
    /// A new field without it is seen by the seller alone.
    #[schema(max_items = 10)]
    view_permissions: Option<Vec<String>>,
    /// In place of `viewPermissions`: whether apps see the field.
    visible: Option<bool>,
}

/// A new password, with a token.
#[derive(ToSchema)]
#[schema(as = v3::PasswordReset, rename_all = "camelCase")]
pub(super) struct PasswordReset {
    /// The `resetPasswordToken`.
    #[schema(min_length = 1, max_length = 256)]
    token: String,
    /// The new password.
    #[schema(min_length = 8, max_length = 256)]
    new_password: String,
}

/// A new password, with the present one.
#[derive(ToSchema)]
#[schema(as = v3::PasswordChange, rename_all = "camelCase")]
pub(super) struct PasswordChange {
    /// The present password.
    #[schema(min_length = 1, max_length = 1024)]
    old_password: String,
    /// The new password.
    #[schema(min_length = 8, max_length = 256)]
    new_password: String,
}
