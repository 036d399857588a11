//! Status of a license for the domain API.

use domain::activation::Kind;
use domain::license::{Limit, Standing, standing};
use domain::{LicenseKey, Timestamp};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use super::lookup;
use crate::store::convert;
use crate::store::entity::{activations, products};
use crate::{Error, Result, Service};

/// Maximum number of domains in a status; the latest come first.
const MAX_DOMAINS_LISTED: u64 = 1000;

/// Everything that the domain API reports about a license.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenseStatus {
    /// The current standing.
    pub standing: Standing,
    /// The product's public number.
    pub product_number: i64,
    /// The product's name.
    pub product_name: String,
    /// The product's slug.
    pub product_slug: String,
    /// The active domains, latest activation first; at most 1,000.
    pub domains: Vec<DomainStatus>,
    /// Domain slots in use.
    pub domains_used: u32,
    /// The domain limit.
    pub domain_limit: Limit,
    /// Number of successful verifications.
    pub verification_count: i64,
    /// When it was last verified successfully.
    pub last_verified_at: Option<Timestamp>,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    /// Time of issue.
    pub created_at: Timestamp,
}

/// Everything that the domain API reports about one domain of a license.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainStatus {
    /// The domain.
    pub domain: String,
    /// Time of the activation.
    pub activated_at: Timestamp,
    /// Number of successful verifications on this domain.
    pub verification_count: i64,
    /// When the license was last verified successfully on this domain.
    pub last_verified_at: Option<Timestamp>,
}

/// Returns the status of a license, or `None` if no license has this key.
///
/// # Errors
/// Returns an error if the database fails.
#[tracing::instrument(name = "activation.status", level = "debug", skip_all, err(level = "debug"))]
pub async fn status(service: &Service, key: &LicenseKey) -> Result<Option<LicenseStatus>> {
    let Some(digests) = lookup::digests(&service.keys, key) else {
        return Ok(None);
    };
    let db = service.store.read();
    let Some(license) = lookup::find_by_digests(db, &digests).await? else {
        return Ok(None);
    };
    let product = products::Entity::find_by_id(license.product_id)
        .one(db)
        .await?
        .ok_or_else(|| Error::Internal(format!("license {} has no product", license.id)))?;
    let domains = activations::Entity::find()
        .filter(activations::Column::AccountId.eq(license.account_id))
        .filter(activations::Column::LicenseId.eq(license.id))
        .filter(activations::Column::Kind.eq(Kind::Domain.as_str()))
        .order_by_desc(activations::Column::CreatedAt)
        .order_by_desc(activations::Column::Id)
        .limit(MAX_DOMAINS_LISTED)
        .all(db)
        .await?;
    let state = convert::state_for_apps(convert::license_state(&license)?, product.apps_stopped);
    Ok(Some(LicenseStatus {
        standing: standing(&state, convert::to_timestamp(license.expires_at), service.now()),
        product_number: product.number,
        product_name: product.name,
        product_slug: product.slug,
        domains: domains.into_iter().map(domain).collect(),
        domains_used: convert::to_count(license.domains_used),
        domain_limit: Limit::from_storage(license.domain_limit),
        verification_count: license.verification_count,
        last_verified_at: convert::to_timestamp(license.last_verified_at),
        expires_at: convert::to_timestamp(license.expires_at),
        created_at: Timestamp::from_millis(license.created_at),
    }))
}

fn domain(row: activations::Model) -> DomainStatus {
    DomainStatus {
        domain: row.subject,
        activated_at: Timestamp::from_millis(row.created_at),
        verification_count: row.verification_count,
        last_verified_at: convert::to_timestamp(row.last_verified_at),
    }
}
