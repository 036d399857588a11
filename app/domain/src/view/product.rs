//! Products as pages show them.

use serde::{Deserialize, Serialize};

use crate::license::Limit;
use crate::machine::MachineRules;
use crate::meter::Meters;
use crate::product::ValidityDays;
use crate::{KeyFormat, KeyPrefix, ProductId, Timestamp};

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
    /// Validity of new licenses.
    pub validity: Option<ValidityDays>,
    /// Prefix of new license keys.
    pub key_prefix: KeyPrefix,
    /// Development hosts take no slot.
    pub free_development_hosts: bool,
    /// The seller's own patterns of them, one a line.
    pub development_hosts: String,
    /// The pattern of new keys.
    pub key_format: KeyFormat,
    /// Machine rules.
    pub machines: MachineRules,
    /// Meters of its licenses.
    pub meters: Meters,
    /// Machines that ever began a trial.
    pub trials: u32,
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

/// A product's signing key as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKeyView {
    /// Its name in tokens: the thumbprint of RFC 7638.
    pub kid: String,
    /// The public half as PEM.
    pub pem: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when another key signs.
    pub rotated_at: Option<Timestamp>,
    /// Since when its tokens verify no more.
    pub retired_at: Option<Timestamp>,
}
