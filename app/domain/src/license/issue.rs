//! The request to issue licenses.

use super::Limit;
use crate::bounded_text::Name;
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
    /// The domain limit.
    pub domain_limit: Option<Limit>,
    /// The machine limit.
    pub machine_limit: Option<Limit>,
    /// The expiry; `Some(None)` is unlimited.
    pub expires_at: Option<Option<Timestamp>>,
    /// Number of licenses, from 1 to 1,000.
    pub count: u32,
}

impl NewLicense {
    /// Returns a request for one license with the product's defaults and no customer.
    #[must_use]
    pub fn for_product(product: ProductId) -> Self {
        Self {
            product,
            customer_name: None,
            customer_email: None,
            domain_limit: None,
            machine_limit: None,
            expires_at: None,
            count: 1,
        }
    }
}
