//! Bodies of organizations.

use domain::organization::{Organization, OrganizationInput};
use service::Error;

use crate::api::management_api::body::{Fields, Given};
use crate::api::management_api::error::Result;

/// What a body changes. What is `None` stays.
pub(super) struct OrganizationChange {
    name: Option<String>,
    email: Option<String>,
    description: Option<String>,
    domain: Option<String>,
    allowed_users: Option<i64>,
    line1: Option<String>,
    line2: Option<String>,
    city: Option<String>,
    state: Option<String>,
    country: Option<String>,
    postal_code: Option<String>,
}

impl OrganizationChange {
    /// Returns what is to be stored.
    pub fn apply(self, stored: &Organization) -> Result<Organization, Error> {
        let before = OrganizationInput::from(stored);
        let new = OrganizationInput {
            name: self.name.unwrap_or(before.name),
            email: self.email.unwrap_or(before.email),
            description: self.description.unwrap_or(before.description),
            domain: self.domain.unwrap_or(before.domain),
            allowed_users: self.allowed_users.map_or(before.allowed_users, |number| number.to_string()),
            line1: self.line1.unwrap_or(before.line1),
            line2: self.line2.unwrap_or(before.line2),
            city: self.city.unwrap_or(before.city),
            state: self.state.unwrap_or(before.state),
            country: self.country.unwrap_or(before.country),
            postal_code: self.postal_code.unwrap_or(before.postal_code),
        };
        new.parse().map_err(Error::Invalid)
    }
}

/// Reads a body. An empty text clears.
pub(super) fn change(fields: &Fields) -> Result<OrganizationChange> {
    let text = |fields: &Fields, name: &str, max: usize| -> Result<Option<String>> {
        Ok(match fields.string(name, 0..=max)? {
            Given::Absent => None,
            Given::Clear => Some(String::new()),
            Given::Value(text) => Some(text),
        })
    };
    let address = fields.object("address")?.unwrap_or_default();
    Ok(OrganizationChange {
        name: text(fields, "name", 256)?,
        email: text(fields, "email", 256)?,
        description: text(fields, "description", 4096)?,
        domain: text(fields, "domain", 256)?,
        allowed_users: fields.integer("allowedUsers", 0..=i64::from(i32::MAX))?,
        line1: text(&address, "addressLine1", 256)?,
        line2: text(&address, "addressLine2", 256)?,
        city: text(&address, "city", 256)?,
        state: text(&address, "state", 256)?,
        country: text(&address, "country", 256)?,
        postal_code: text(&address, "postalCode", 256)?,
    })
}

/// Reads the body of a creation.
pub(super) fn new_organization(fields: &Fields) -> Result<Organization> {
    fields.required_string("name", 1..=256)?;
    fields.required_string("email", 1..=256)?;
    let change = change(fields)?;
    let input = OrganizationInput {
        name: change.name.unwrap_or_default(),
        email: change.email.unwrap_or_default(),
        description: change.description.unwrap_or_default(),
        domain: change.domain.unwrap_or_default(),
        allowed_users: change.allowed_users.map(|number| number.to_string()).unwrap_or_default(),
        line1: change.line1.unwrap_or_default(),
        line2: change.line2.unwrap_or_default(),
        city: change.city.unwrap_or_default(),
        state: change.state.unwrap_or_default(),
        country: change.country.unwrap_or_default(),
        postal_code: change.postal_code.unwrap_or_default(),
    };
    Ok(input.parse().map_err(Error::Invalid)?)
}
