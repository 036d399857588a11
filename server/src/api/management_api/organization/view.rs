//! The answer's form of an organization.

use serde::Serialize;
use service::organization::OrganizationRecord;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::management_api::answer::Time;
use crate::api::management_api::list::ListItem;

/// An organization: a company or a team of customers.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = v3::Organization)]
pub struct OrganizationView {
    /// The organization's id.
    id: Uuid,
    /// When the organization was made.
    created_at: Time,
    /// When the organization was last changed.
    updated_at: Time,
    /// Its name, unique in the account in any case.
    name: String,
    /// The e-mail address of a person in charge, or an empty text.
    email: String,
    /// Its description, or an empty text.
    description: String,
    /// Its DNS domain, or an empty text.
    domain: String,
    /// How many users it may have; 0 is unlimited. Stored, and without effect.
    allowed_users: i32,
    /// Its postal address.
    address: AddressView,
    /// Always null.
    reseller_id: Option<Uuid>,
    /// Always null.
    #[schema(value_type = Option<Object>)]
    reseller: Option<()>,
}

/// A postal address. Texts that are not known are empty.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = v3::Address)]
struct AddressView {
    // The contract writes the digit without a capital letter before it.
    /// The first line.
    #[serde(rename = "addressLine1")]
    line1: String,
    /// The second line.
    #[serde(rename = "addressLine2")]
    line2: String,
    /// The city.
    city: String,
    /// The state or province.
    state: String,
    /// The country, as the seller writes it.
    country: String,
    /// The postal code.
    postal_code: String,
}

impl OrganizationView {
    /// Creates the form of an organization.
    #[must_use]
    pub fn of(record: &OrganizationRecord) -> Self {
        let stored = record.organization.clone();
        let address = stored.address;
        Self {
            id: record.id.0,
            created_at: record.created_at.into(),
            updated_at: record.updated_at.into(),
            name: stored.name.to_string(),
            email: stored.email,
            description: stored.description,
            domain: stored.domain,
            allowed_users: stored.allowed_users,
            address: AddressView {
                line1: address.line1,
                line2: address.line2,
                city: address.city,
                state: address.state,
                country: address.country,
                postal_code: address.postal_code,
            },
            reseller_id: None,
            reseller: None,
        }
    }
}

impl ListItem for OrganizationView {
    fn id(&self) -> Uuid {
        self.id
    }
}
