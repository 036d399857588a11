//! The answer's form of an organization.

use serde::Serialize;
use service::organization::OrganizationRecord;
use uuid::Uuid;

use crate::api::management_api::answer::Time;
use crate::api::management_api::list::ListItem;

/// An organization.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationView {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    name: String,
    email: String,
    description: String,
    domain: String,
    allowed_users: i32,
    address: AddressView,
    reseller_id: Option<Uuid>,
    reseller: Option<()>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AddressView {
    // The contract writes the digit without a capital letter before it.
    #[serde(rename = "addressLine1")]
    line1: String,
    #[serde(rename = "addressLine2")]
    line2: String,
    city: String,
    state: String,
    country: String,
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
