//! The read model of a domain's activation.

use domain::{ActivationId, LicenseId, ProductId, Timestamp};
use uuid::Uuid;

use crate::store::convert;
use crate::store::entity::activations;

/// A license bound to one domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainActivationRecord {
    /// The activation's id.
    pub id: ActivationId,
    /// The license.
    pub license: LicenseId,
    /// The product.
    pub product: ProductId,
    /// The domain.
    pub domain: String,
    /// When the domain was activated.
    pub created_at: Timestamp,
    /// The last verification.
    pub last_verified_at: Option<Timestamp>,
    /// The number of verifications.
    pub verifications: i64,
}

/// Returns the record of a row of a license of this product.
pub(super) fn record(row: activations::Model, product: Uuid) -> DomainActivationRecord {
    DomainActivationRecord {
        id: ActivationId(row.id),
        license: LicenseId(row.license_id),
        product: ProductId(product),
        domain: row.subject,
        created_at: Timestamp::from_millis(row.created_at),
        last_verified_at: convert::to_timestamp(row.last_verified_at),
        verifications: row.verification_count,
    }
}
