//! Bodies of requests about organizations, for the OpenAPI document. The parser is more lenient (contract, 1.2).

#![allow(dead_code, reason = "schemas of the document; the handlers parse the fields")]

use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::management_api::answer::Time;

/// A new organization.
#[derive(ToSchema)]
#[schema(as = v3::NewOrganization, rename_all = "camelCase")]
pub(super) struct NewOrganization {
    /// Its name, unique in the account in any case.
    #[schema(min_length = 1, max_length = 256)]
    name: String,
    /// The e-mail address of a person in charge.
    #[schema(min_length = 1, max_length = 256)]
    email: String,
    /// Its description.
    #[schema(max_length = 4096)]
    description: Option<String>,
    /// Its DNS domain.
    #[schema(max_length = 256)]
    domain: Option<String>,
    /// How many users it may have; 0 is unlimited. Stored, and without effect. Without it: 0.
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    allowed_users: Option<i32>,
    /// Its postal address.
    address: Option<AddressBody>,
    /// Read with `import=true` alone: the id.
    id: Option<Uuid>,
    /// Read with `import=true` alone: when the organization was made.
    created_at: Option<Time>,
    /// Read with `import=true` alone: when the organization was last changed.
    updated_at: Option<Time>,
}

/// A change of an organization. An empty text removes what is not required.
#[derive(ToSchema)]
#[schema(as = v3::OrganizationChange, rename_all = "camelCase")]
pub(super) struct OrganizationChange {
    /// Its name, unique in the account in any case.
    #[schema(min_length = 1, max_length = 256)]
    name: Option<String>,
    /// The e-mail address of a person in charge.
    #[schema(max_length = 256)]
    email: Option<String>,
    /// Its description.
    #[schema(max_length = 4096)]
    description: Option<String>,
    /// Its DNS domain.
    #[schema(max_length = 256)]
    domain: Option<String>,
    /// How many users it may have; 0 is unlimited. Stored, and without effect.
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    allowed_users: Option<i32>,
    /// The lines of its postal address that change.
    address: Option<AddressBody>,
}

/// Lines of a postal address.
#[derive(ToSchema)]
#[schema(as = v3::AddressLines, rename_all = "camelCase")]
struct AddressBody {
    /// The first line.
    #[schema(max_length = 256)]
    address_line1: Option<String>,
    /// The second line.
    #[schema(max_length = 256)]
    address_line2: Option<String>,
    /// The city.
    #[schema(max_length = 256)]
    city: Option<String>,
    /// The state or province.
    #[schema(max_length = 256)]
    state: Option<String>,
    /// The country.
    #[schema(max_length = 256)]
    country: Option<String>,
    /// The postal code.
    #[schema(max_length = 256)]
    postal_code: Option<String>,
}
