//! The record of a license, and its parts.

use domain::license::{Limit, State, Visibility};
use domain::license_rules::{EchoedFields, ExpiryStart, RulesInForce};
use domain::{IssuedKey, LicenseId, LicenseTemplateId, Period, ProductId, Timestamp};
use uuid::Uuid;

use crate::customer::CustomerRecord;
use crate::organization::OrganizationRecord;

/// A license with everything that belongs to it. Has no `Debug` or `Serialize`, because of its key.
#[derive(Clone)]
pub struct LicenseRecord {
    /// The id.
    pub id: LicenseId,
    /// The product.
    pub product: ProductId,
    /// The template: its own, or its product's.
    pub template: LicenseTemplateId,
    /// The key in clear.
    pub key: IssuedKey,
    /// The state.
    pub state: State,
    /// The machine limit.
    pub machine_limit: Limit,
    /// The domain limit.
    pub domain_limit: Limit,
    /// Machines that are active.
    pub machines_used: u32,
    /// Domains that take a slot.
    pub domains_used: u32,
    /// Deactivations by clients, ever.
    pub deactivations: u32,
    /// The expiry.
    pub expires_at: Option<Timestamp>,
    /// The interval that waits for the first activation.
    pub pending: Option<Period>,
    /// The rules in force.
    pub rules: RulesInForce,
    /// Fields without an effect here.
    pub echoed: EchoedFields,
    /// The first activation.
    pub activated_at: Option<Timestamp>,
    /// The last activation, sync or verification.
    pub last_used_at: Option<Timestamp>,
    /// The customer who holds the license.
    pub customer: Option<CustomerRecord>,
    /// The organization that the license belongs to.
    pub organization: Option<OrganizationRecord>,
    /// The seller's notes.
    pub notes: Option<String>,
    /// The seller's fields, in the order they were made.
    pub metadata: Vec<MetadataRecord>,
    /// The meters in force.
    pub meters: Vec<MeterRecord>,
    /// The names of the tags, in their order.
    pub tags: Vec<String>,
    /// The creation.
    pub created_at: Timestamp,
    /// The last change by a seller.
    pub updated_at: Timestamp,
}

/// A field of the seller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataRecord {
    /// The id.
    pub id: Uuid,
    /// The name.
    pub key: String,
    /// The value.
    pub value: String,
    /// Who sees it.
    pub visibility: Visibility,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed.
    pub updated_at: Timestamp,
}

/// A meter of a license.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeterRecord {
    /// The id.
    pub id: Uuid,
    /// The name.
    pub name: String,
    /// Uses allowed; `None` is unlimited.
    pub allowed: Option<i64>,
    /// An activation's uses return when it ends.
    pub floating: bool,
    /// Who sees it.
    pub visibility: Visibility,
    /// Uses that count.
    pub total: i64,
    /// Uses ever counted.
    pub gross: i64,
    /// When the license got it.
    pub created_at: Timestamp,
    /// When its allowance was changed.
    pub updated_at: Timestamp,
}

impl LicenseRecord {
    /// Returns whether the license has no expiry now and gets none.
    #[must_use]
    pub fn is_perpetual(&self) -> bool {
        let rolls = self.rules.expiry.start == ExpiryStart::Rolling && self.rules.expiry.interval.is_some();
        self.expires_at.is_none() && self.pending.is_none() && !rolls
    }
}
