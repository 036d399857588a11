//! The read model of a machine's activation.

use domain::machine::MetadataEntry;
use domain::meter::{Meter, Uses};
use domain::{AccountId, ActivationId, CustomerId, LicenseId, ProductId, Timestamp};
use sea_orm::ConnectionTrait;

use super::source::Row;
use crate::customer::CustomerRecord;
use crate::license::record::load_products;
use crate::organization::OrganizationRecord;
use crate::store::convert;
use crate::store::entity::products;
use crate::{Error, Result, customer, organization};

/// A license bound to one machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivationRecord {
    /// The activation's id.
    pub id: ActivationId,
    /// The license.
    pub license: LicenseId,
    /// The product.
    pub product: ProductId,
    /// The customer of the license.
    pub customer: Option<CustomerId>,
    /// When the machine was activated.
    pub created_at: Timestamp,
    /// The last sync.
    pub last_synced_at: Option<Timestamp>,
    /// When the lease ends, if the license is floating.
    pub lease_expires_at: Option<Timestamp>,
    /// When the license expires for this machine.
    pub expires_at: Option<Timestamp>,
    /// The operating system.
    pub os: String,
    /// Its version.
    pub os_version: String,
    /// The network name.
    pub hostname: String,
    /// The address of the request that activated the machine.
    pub ip: String,
    /// Name of the virtual machine.
    pub vm_name: String,
    /// Whether the machine is a container.
    pub is_container: bool,
    /// The app's version.
    pub app_version: String,
    /// The app's release.
    pub release_version: String,
    /// Whether the machine was activated by a file.
    pub is_offline: bool,
    /// The app's own properties.
    pub metadata: Vec<MetadataEntry>,
    /// The uses of each meter.
    pub meters: Vec<(String, i64)>,
    /// The customer, if it is included.
    pub user: Option<Box<CustomerRecord>>,
    /// The organization of the license, if it is included.
    pub organization: Option<Box<OrganizationRecord>>,
    /// The e-mail address of the customer. In exports alone.
    pub user_email: Option<String>,
    /// The name of the organization. In exports alone.
    pub organization_name: Option<String>,
}

/// What is loaded beside the activations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Included {
    /// The customers of the licenses.
    pub user: bool,
    /// The organizations of the licenses.
    pub organization: bool,
}

/// Completes rows of the account, in their order, by a fixed number of statements.
///
/// # Errors
/// Returns an error if the database fails.
pub(super) async fn records(
    db: &impl ConnectionTrait,
    account: AccountId,
    rows: &[Row],
    included: Included,
) -> Result<Vec<ActivationRecord>> {
    let products = load_products(db, rows.iter().map(|row| row.license.product_id)).await?;
    let customers = rows.iter().filter(|_| included.user).filter_map(|row| row.license.customer_id);
    let customers = customer::record::load_many(db, account, customers).await?;
    let organizations =
        rows.iter().filter(|_| included.organization).filter_map(|row| row.license.organization_id);
    let organizations = organization::record::load_many(db, account, organizations).await?;
    let mut records = Vec::with_capacity(rows.len());
    for row in rows {
        let product = products.get(&row.license.product_id);
        let product =
            product.ok_or_else(|| Error::Internal(format!("license {} has no product", row.license.id)))?;
        let user = row.license.customer_id.and_then(|id| customers.get(&id));
        let organization = row.license.organization_id.and_then(|id| organizations.get(&id));
        records.push(ActivationRecord {
            user: user.cloned().map(Box::new),
            organization: organization.cloned().map(Box::new),
            ..record(row, product)
        });
    }
    Ok(records)
}

fn record(row: &Row, product: &products::Model) -> ActivationRecord {
    let (license, row) = (&*row.license, &row.model);
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let uses: Uses = convert::json_or_default(row.meters.as_deref());
    let uses_of = |meter: &Meter| (meter.name.clone(), uses.get(&meter.id()).copied().unwrap_or_default());
    let created_at = Timestamp::from_millis(row.created_at);
    let own_expiry = convert::rules_in_force(product, license).expiry.of_activation(created_at);
    ActivationRecord {
        id: ActivationId(row.id),
        license: LicenseId(row.license_id),
        product: ProductId(license.product_id),
        customer: license.customer_id.map(CustomerId),
        created_at,
        last_synced_at: convert::to_timestamp(row.last_synced_at),
        lease_expires_at: convert::to_timestamp(row.lease_expires_at),
        expires_at: own_expiry.or(convert::to_timestamp(license.expires_at)),
        os: text(&row.os),
        os_version: text(&row.os_version),
        hostname: text(&row.hostname),
        ip: text(&row.ip),
        vm_name: text(&row.vm_name),
        is_container: row.container.is_some(),
        app_version: text(&row.app_version),
        release_version: text(&row.release_version),
        is_offline: row.offline_until.is_some(),
        metadata: convert::json_or_default(row.metadata.as_deref()),
        meters: convert::meters_in_force(product, license).all().iter().map(uses_of).collect(),
        user: None,
        organization: None,
        user_email: None,
        organization_name: None,
    }
}
