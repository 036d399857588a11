//! A license of an imported file.

use crate::bounded_text::{Name, Notes};
use crate::license::{Limit, Metadata, Reason, Standing};
use crate::{Email, IssuedKey, Timestamp};

/// A license of a file. A `None` field takes the product's default.
pub struct ImportedLicense {
    /// The key; `None` generates one.
    pub key: Option<IssuedKey>,
    /// The slug or the name of the product.
    pub product: Option<String>,
    /// The customer's name.
    pub customer_name: Option<Name>,
    /// The customer's address.
    pub customer_email: Option<Email>,
    /// Active, suspended or revoked. Expiry follows from `expires_at`.
    pub standing: Standing,
    /// The reason of a suspension or revocation.
    pub reason: Option<Reason>,
    /// The domain limit.
    pub domain_limit: Option<Limit>,
    /// The machine limit.
    pub machine_limit: Option<Limit>,
    /// The expiry; `Some(None)` is unlimited.
    pub expires_at: Option<Option<Timestamp>>,
    /// The time of issue.
    pub issued_at: Option<Timestamp>,
    /// Notes.
    pub notes: Option<Notes>,
    /// Other columns.
    pub metadata: Metadata,
}

impl ImportedLicense {
    /// Returns an active license with the product's defaults.
    pub(super) fn default_terms() -> Self {
        Self {
            key: None,
            product: None,
            customer_name: None,
            customer_email: None,
            standing: Standing::Active,
            reason: None,
            domain_limit: None,
            machine_limit: None,
            expires_at: None,
            issued_at: None,
            notes: None,
            metadata: Metadata::default(),
        }
    }
}
