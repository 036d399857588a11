//! The request to issue licenses.

use super::Limit;
use crate::bounded_text::Name;
use crate::customer::NameChoice;
use crate::{Email, ProductId, Timestamp};

/// The licenses to issue. A `None` field takes the product's default.
#[derive(Debug, Clone)]
pub struct NewLicense {
    /// The product of the licenses.
    pub product: ProductId,
    /// The customer's name.
    pub customer_name: Option<Name>,
    /// The customer's address; the same address is the same customer.
    pub customer_email: Option<Email>,
    /// What to do if the customer with this address has another name.
    pub name_choice: NameChoice,
    /// The domain limit.
    pub domain_limit: Option<Limit>,
    /// The machine limit.
    pub machine_limit: Option<Limit>,
    /// The expiry; `Some(None)` is unlimited.
    pub expires_at: Option<Option<Timestamp>>,
    /// Number of licenses, from 1 to 1,000.
    pub count: u32,
    /// Token of the form. A form that is submitted twice counts once.
    pub form_token: Option<String>,
    /// Send the keys to the customer by mail.
    pub sends_keys: bool,
}

impl NewLicense {
    /// Returns a request for one license with the product's defaults and no customer.
    #[must_use]
    pub fn for_product(product: ProductId) -> Self {
        Self {
            product,
            customer_name: None,
            customer_email: None,
            name_choice: NameChoice::Ask,
            domain_limit: None,
            machine_limit: None,
            expires_at: None,
            count: 1,
            form_token: None,
            sends_keys: false,
        }
    }
}
