//! Organizations: companies and teams that customers and licenses belong to.

use serde::{Deserialize, Serialize};

use crate::bounded_text::BoundedText;
use crate::field_error::FieldErrors;
use crate::unicode::strip_deceptive;
use crate::{Email, FieldError};

/// The name of an organization. Unique in any case within an account.
pub type OrganizationName = BoundedText<256>;

/// What is stored of an organization. Texts that are not given are empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// The name.
    pub name: OrganizationName,
    /// The address of a person in charge, or empty.
    pub email: String,
    /// A description.
    pub description: String,
    /// The organization's DNS domain, as the seller writes it.
    pub domain: String,
    /// How many users the organization may have; 0 is unlimited. Nothing counts them.
    pub allowed_users: i32,
    /// The postal address.
    pub address: PostalAddress,
}

/// A postal address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PostalAddress {
    /// The first line.
    #[serde(rename = "addressLine1")]
    pub line1: String,
    /// The second line.
    #[serde(rename = "addressLine2")]
    pub line2: String,
    /// The city.
    pub city: String,
    /// The state or province.
    pub state: String,
    /// The country, as the seller writes it.
    pub country: String,
    /// The postal code.
    pub postal_code: String,
}

/// The texts of an organization as they were entered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OrganizationInput {
    /// The name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
    /// The description.
    pub description: String,
    /// The DNS domain.
    pub domain: String,
    /// The number of users; empty is unlimited.
    pub allowed_users: String,
    /// The first line of the postal address.
    pub line1: String,
    /// The second line of the postal address.
    pub line2: String,
    /// The city.
    pub city: String,
    /// The state or province.
    pub state: String,
    /// The country.
    pub country: String,
    /// The postal code.
    pub postal_code: String,
}

impl OrganizationInput {
    /// Parses every field.
    ///
    /// # Errors
    /// Returns every invalid field.
    pub fn parse(&self) -> Result<Organization, Vec<FieldError>> {
        let mut faults = FieldErrors::default();
        let name = faults.check(OrganizationName::parse("name", &self.name));
        let email = faults.check(parse_email(&self.email));
        let description = faults.check(text::<4096>("description", &self.description));
        let domain = faults.check(text::<256>("domain", &self.domain));
        let allowed_users = faults.check(parse_allowed_users(&self.allowed_users));
        let line1 = faults.check(text::<256>("line1", &self.line1));
        let line2 = faults.check(text::<256>("line2", &self.line2));
        let city = faults.check(text::<256>("city", &self.city));
        let state = faults.check(text::<256>("state", &self.state));
        let country = faults.check(text::<256>("country", &self.country));
        let postal_code = faults.check(text::<256>("postal_code", &self.postal_code));
        let faults = faults.into_inner();
        let Some(name) = name.filter(|_| faults.is_empty()) else { return Err(faults) };
        Ok(Organization {
            name,
            email: email.unwrap_or_default(),
            description: description.unwrap_or_default(),
            domain: domain.unwrap_or_default(),
            allowed_users: allowed_users.unwrap_or_default(),
            address: PostalAddress {
                line1: line1.unwrap_or_default(),
                line2: line2.unwrap_or_default(),
                city: city.unwrap_or_default(),
                state: state.unwrap_or_default(),
                country: country.unwrap_or_default(),
                postal_code: postal_code.unwrap_or_default(),
            },
        })
    }
}

impl OrganizationInput {
    /// Combines a submitted form with what is stored. `shown` is what the form showed: a field that the user left as
    /// it was keeps its stored value.
    #[must_use]
    pub fn edit(self, shown: Option<&Self>, stored: Self) -> Self {
        let Some(shown) = shown else { return self };
        let pick = |new: String, shown: &String, stored: String| if new == *shown { stored } else { new };
        Self {
            name: pick(self.name, &shown.name, stored.name),
            email: pick(self.email, &shown.email, stored.email),
            description: pick(self.description, &shown.description, stored.description),
            domain: pick(self.domain, &shown.domain, stored.domain),
            allowed_users: pick(self.allowed_users, &shown.allowed_users, stored.allowed_users),
            line1: pick(self.line1, &shown.line1, stored.line1),
            line2: pick(self.line2, &shown.line2, stored.line2),
            city: pick(self.city, &shown.city, stored.city),
            state: pick(self.state, &shown.state, stored.state),
            country: pick(self.country, &shown.country, stored.country),
            postal_code: pick(self.postal_code, &shown.postal_code, stored.postal_code),
        }
    }
}

impl From<&Organization> for OrganizationInput {
    fn from(stored: &Organization) -> Self {
        let PostalAddress { line1, line2, city, state, country, postal_code } = stored.address.clone();
        let users = stored.allowed_users;
        Self {
            name: stored.name.to_string(),
            email: stored.email.clone(),
            description: stored.description.clone(),
            domain: stored.domain.clone(),
            allowed_users: if users == 0 { String::new() } else { users.to_string() },
            line1,
            line2,
            city,
            state,
            country,
            postal_code,
        }
    }
}

/// Trims and checks an optional text; a missing one is empty.
fn text<const MAX: usize>(field: &'static str, text: &str) -> Result<String, FieldError> {
    Ok(BoundedText::<MAX>::optional(field, text)?.map(|text| text.to_string()).unwrap_or_default())
}

/// Parses the address of an organization. An empty text is none.
///
/// # Errors
/// Returns [`FieldError`] of the field `email` if it is no e-mail address.
fn parse_email(text: &str) -> Result<String, FieldError> {
    let text = strip_deceptive(text);
    if text.trim().is_empty() {
        Ok(String::new())
    } else {
        Email::parse(&text).map(|email| email.to_string())
    }
}

/// Parses a number of users: empty and 0 are unlimited.
fn parse_allowed_users(text: &str) -> Result<i32, FieldError> {
    let text = text.trim();
    let number = if text.is_empty() { Some(0) } else { text.parse().ok() };
    number.filter(|number| *number >= 0).ok_or_else(|| {
        FieldError::new("allowed_users", "Enter a whole number, or leave the field empty for unlimited.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_invalid_field_is_named() {
        let input = OrganizationInput {
            email: "nobody".into(),
            allowed_users: "-1".into(),
            city: "x".repeat(257),
            ..OrganizationInput::default()
        };
        let faults = input.parse().expect_err("four faults");
        assert_eq!(
            faults.iter().map(|f| f.field).collect::<Vec<_>>(),
            ["name", "email", "allowed_users", "city"]
        );
    }

    #[test]
    fn untouched_fields_keep_what_another_user_stored() {
        let input = |name: &str, city: &str| OrganizationInput {
            name: name.into(),
            city: city.into(),
            ..OrganizationInput::default()
        };
        let (shown, stored) = (input("Initech", "Austin"), input("Initech", "Dallas"));
        assert_eq!(
            input("Initrode", "Austin").edit(Some(&shown), stored.clone()),
            input("Initrode", "Dallas")
        );
        assert_eq!(input("Initech", "Waco").edit(Some(&shown), stored), input("Initech", "Waco"));
    }

    #[test]
    fn only_the_name_is_required() {
        let input = OrganizationInput { name: " Initech ".into(), ..OrganizationInput::default() };
        let parsed = input.parse().expect("an organization");
        assert_eq!((parsed.name.as_str(), parsed.allowed_users), ("Initech", 0));
        assert_eq!(parsed.address, PostalAddress::default());
    }

    proptest! {
        #[test]
        fn what_was_parsed_is_parsed_again_as_the_same(
            name in "[a-z]{1,9}", domain in "[a-z.]{0,9}", users in 0..9_i32, city in "[A-Z ]{0,9}"
        ) {
            let input = OrganizationInput { name, domain, allowed_users: users.to_string(), city, ..OrganizationInput::default() };
            let parsed = input.parse().expect("an organization");
            prop_assert_eq!(OrganizationInput::from(&parsed).parse(), Ok(parsed));
        }
    }
}
