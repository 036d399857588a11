//! What is asked for when licenses are issued.

use super::Limit;
use crate::bounded_text::Name;
use crate::{Email, ProductId, Timestamp};

/// What to issue. Whatever is `None` comes from the product's defaults.
#[derive(Debug, Clone)]
pub struct NewLicense {
    /// For this product.
    pub product: ProductId,
    /// The customer's name.
    pub customer_name: Option<Name>,
    /// The customer's address; the same address is the same customer.
    pub customer_email: Option<Email>,
    /// Domains it may hold.
    pub domain_limit: Option<Limit>,
    /// Machines it may hold.
    pub machine_limit: Option<Limit>,
    /// When its time is up; `Some(None)` is never.
    pub expires_at: Option<Option<Timestamp>>,
    /// How many, from 1 to 1,000.
    pub count: u32,
}

impl NewLicense {
    /// One license by the product's defaults, for nobody in particular.
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
