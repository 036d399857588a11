//! What a change of an organization changes: its row and the event log.

use domain::organization::{Organization, PostalAddress};
use domain::text_key;
use sea_orm::Set;

use crate::store::Changes;
use crate::store::entity::organizations::ActiveModel;

/// Sets the columns of what was entered.
pub(super) fn set_columns(row: &mut ActiveModel, organization: &Organization) {
    let Organization { name, email, description, domain, allowed_users, address } = organization;
    let PostalAddress { line1, line2, city, state, country, postal_code } = address;
    row.name = Set(name.to_string());
    row.name_key = Set(text_key::key(name.as_str()));
    row.email = Set(email.clone());
    row.description = Set(description.clone());
    row.domain = Set(domain.clone());
    row.allowed_users = Set(*allowed_users);
    row.address_line1 = Set(line1.clone());
    row.address_line2 = Set(line2.clone());
    row.city = Set(city.clone());
    row.state = Set(state.clone());
    row.country = Set(country.clone());
    row.postal_code = Set(postal_code.clone());
}

/// Returns the properties that differ.
pub(super) fn between(before: &Organization, after: &Organization) -> Changes {
    let mut changes = Changes::default();
    changes.add("name", &before.name, &after.name);
    changes.add("email", &before.email, &after.email);
    changes.add("description", &before.description, &after.description);
    changes.add("domain", &before.domain, &after.domain);
    changes.add("allowedUsers", &before.allowed_users, &after.allowed_users);
    changes.add("address", &before.address, &after.address);
    changes
}
