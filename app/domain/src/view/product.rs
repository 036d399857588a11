//! Read models of products and signing keys.

use serde::{Deserialize, Serialize};

use crate::bounded_text::Name;
use crate::development::DevelopmentHosts;
use crate::license::Limit;
use crate::license_rules::{LicenseRules, is_default};
use crate::machine::MachineRules;
use crate::meter::Meters;
use crate::product::{Availability, ProductSettings, Slug};
use crate::{
    CustomerOffline, CustomerRelease, FieldError, KeyFormat, KeyPrefix, ProductId, SlotScope, Timestamp,
};

/// A product with its defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductView {
    /// The id.
    pub id: ProductId,
    /// The integer id in the domain API.
    pub number: i64,
    /// The name.
    pub name: String,
    /// The product's name in URLs.
    pub slug: String,
    /// Default domain limit of new licenses.
    pub domain_limit: Limit,
    /// Default machine limit of new licenses.
    pub machine_limit: Limit,
    /// Validity of new licenses.
    pub validity: Option<crate::Period>,
    /// Prefix of new license keys.
    pub key_prefix: KeyPrefix,
    /// Hosts that share a slot.
    pub slot_scope: SlotScope,
    /// Development hosts take no slot.
    pub free_development_hosts: bool,
    /// The seller's patterns of development hosts, one per line.
    pub development_hosts: String,
    /// The pattern of new keys.
    pub key_format: KeyFormat,
    /// Machine rules.
    pub machines: MachineRules,
    /// Meters of the product's licenses.
    pub meters: Meters,
    /// How often customers may free an activation.
    pub customer_release: CustomerRelease,
    /// The other rules of licenses.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rules: LicenseRules,
    /// Whether customers may activate machines without a network.
    pub customer_offline: CustomerOffline,
    /// Number of machines that ever started a trial.
    pub trials: u32,
    /// Licenses issued so far, a maintained count.
    pub licenses: i64,
    /// When the product was created.
    pub created_at: Timestamp,
    /// When the product was archived; `None` while it is sold.
    pub archived_at: Option<Timestamp>,
}

impl ProductView {
    /// Returns whether the product gets new licenses, and whether it can be deleted.
    #[must_use]
    pub fn availability(&self) -> Availability {
        Availability { archived_at: self.archived_at, licenses: self.licenses, trials: self.trials }
    }

    /// Returns the settings that the product has, to change some of them.
    ///
    /// # Errors
    /// Returns [`FieldError`] if a stored text is invalid.
    pub fn settings(&self) -> Result<ProductSettings, FieldError> {
        Ok(ProductSettings {
            name: Name::parse("name", &self.name)?,
            slug: Slug::parse(&self.slug)?,
            slug_is_suggested: false,
            domain_limit: self.domain_limit,
            machine_limit: self.machine_limit,
            validity: self.validity,
            key_prefix: self.key_prefix.clone(),
            key_format: self.key_format,
            slot_scope: self.slot_scope,
            development: DevelopmentHosts::from_storage(self.free_development_hosts, &self.development_hosts),
            machines: self.machines.clone(),
            meters: self.meters.clone(),
            customer_release: self.customer_release,
            rules: self.rules.clone(),
            customer_offline: self.customer_offline,
        })
    }
}

/// A product as a choice in a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductOption {
    /// The id.
    pub id: ProductId,
    /// The name.
    pub name: String,
    /// Whether the product is archived: it gets no new licenses and trials.
    pub archived: bool,
}

/// A signing key on the page of its product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKeyView {
    /// The key id in tokens: the thumbprint of RFC 7638.
    pub kid: String,
    /// The public key as PEM.
    pub pem: String,
    /// When the key was created.
    pub created_at: Timestamp,
    /// When the key was replaced by a new key.
    pub rotated_at: Option<Timestamp>,
    /// When the key was retired; its tokens no longer verify since then.
    pub retired_at: Option<Timestamp>,
}
