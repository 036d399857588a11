//! Read models of customers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::license::{Limit, Standing};
use crate::{CustomerId, FieldError, LicenseId, OrganizationId, Timestamp};

/// Maximum number of search terms that one search of customers reads.
pub const MAX_CUSTOMER_MATCHES: u64 = 200;
/// Licenses of a customer are counted up to this number, so that a list needs no full count.
pub const MAX_LICENSES_COUNTED: u32 = 100;

/// The query of a list of customers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CustomerQuery {
    /// The start of a word of the name, of the address, or of the address's host.
    pub search: String,
    /// The position of the page; `None` is the first page.
    pub cursor: Option<CustomerCursor>,
}

/// The cursor of a page: the customers directly before or after a customer, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerCursor {
    /// The page lies before the customer.
    pub backward: bool,
    /// The customer's id.
    pub id: CustomerId,
}

impl fmt::Display for CustomerCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", if self.backward { 'b' } else { 'f' }, self.id.0.simple())
    }
}

impl FromStr for CustomerCursor {
    type Err = FieldError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let invalid = || FieldError::new("cursor", "This page link is not valid any more.");
        let (direction, id) = s.split_once('.').ok_or_else(invalid)?;
        let backward = match direction {
            "b" => true,
            "f" => false,
            _ => return Err(invalid()),
        };
        Ok(Self { backward, id: id.parse().map_err(|_| invalid())? })
    }
}

/// A customer in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerRow {
    /// The id.
    pub id: CustomerId,
    /// The name.
    pub name: Option<String>,
    /// The e-mail address, with its host in Unicode where that is safe.
    pub email: Option<String>,
    /// Number of licenses, at most [`MAX_LICENSES_COUNTED`] and one.
    pub licenses: u32,
    /// When the customer was created.
    pub created_at: Timestamp,
}

/// One page of a list of customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerPage {
    /// The customers, newest first.
    pub items: Vec<CustomerRow>,
    /// Cursor of the previous page, if any.
    pub previous: Option<CustomerCursor>,
    /// Cursor of the next page, if any.
    pub next: Option<CustomerCursor>,
    /// The search stopped at [`MAX_CUSTOMER_MATCHES`].
    pub is_cut: bool,
}

/// A customer on its page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerView {
    /// The id.
    pub id: CustomerId,
    /// The name.
    pub name: Option<String>,
    /// The e-mail address, with its host in Unicode where that is safe.
    pub email: Option<String>,
    /// The first name, or what stands before the first space of the name.
    pub first_name: String,
    /// The last name, or empty.
    pub last_name: String,
    /// The company, or empty.
    pub company: String,
    /// The organization with its name.
    pub organization: Option<(OrganizationId, String)>,
    /// The names of the tags.
    pub tags: Vec<String>,
    /// The seller's own fields, in the order in which they were made.
    pub metadata: Vec<(String, String)>,
    /// When the customer was created.
    pub created_at: Timestamp,
    /// Number of licenses, at most [`MAX_LICENSES_COUNTED`] and one.
    pub license_count: u32,
    /// One page of licenses, newest first.
    pub licenses: Vec<CustomerLicenseRow>,
    /// Cursor of the older licenses, if there are more.
    pub more_licenses: Option<LicenseId>,
}

/// A license on its customer's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerLicenseRow {
    /// The id.
    pub id: LicenseId,
    /// The key's last four characters.
    pub last_four: String,
    /// The current standing.
    pub standing: Standing,
    /// The product's name.
    pub product: String,
    /// Domains in use.
    pub domains_used: u32,
    /// The domain limit.
    pub domain_limit: Limit,
    /// Machines in use.
    pub machines_used: u32,
    /// The machine limit.
    pub machine_limit: Limit,
    /// The expiry; `None` is unlimited.
    pub expires_at: Option<Timestamp>,
    /// When the license was issued.
    pub created_at: Timestamp,
}

/// A customer that a search while typing finds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerHit {
    /// The name.
    pub name: Option<String>,
    /// The e-mail address, as it is stored.
    pub email: Option<String>,
}

/// A customer of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerHitRow {
    /// The id.
    pub id: CustomerId,
    /// The name, or else the address.
    pub label: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn cursors_round_trip(backward in any::<bool>(), id in any::<u128>()) {
            let cursor = CustomerCursor { backward, id: CustomerId(uuid::Uuid::from_u128(id)) };
            prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }

        #[test]
        fn malformed_cursors_are_refused(text in any::<String>()) {
            let _ = text.parse::<CustomerCursor>();
        }
    }
}
