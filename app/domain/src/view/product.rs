//! Products as pages show them.

use serde::{Deserialize, Serialize};

use crate::license::Limit;
use crate::product::ValidityDays;
use crate::{KeyPrefix, ProductId, Timestamp};

/// A product with its defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductView {
    /// Its id.
    pub id: ProductId,
    /// The integer by which the domain API knows it.
    pub number: i64,
    /// Its name.
    pub name: String,
    /// Its name in URLs.
    pub slug: String,
    /// Domains a new license may hold.
    pub domain_limit: Limit,
    /// Machines a new license may hold.
    pub machine_limit: Limit,
    /// How long a new license is good for.
    pub validity: Option<ValidityDays>,
    /// What new keys begin with.
    pub key_prefix: KeyPrefix,
    /// Whether development hosts take no slot.
    pub free_development_hosts: bool,
    /// The seller's own patterns of them, one a line.
    pub development_hosts: String,
    /// Licenses issued so far, a maintained count.
    pub licenses: i64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A product as a choice in a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductOption {
    /// Its id.
    pub id: ProductId,
    /// Its name.
    pub name: String,
}
