//! Reveals the keys of several licenses, such as of those issued together.

use std::collections::HashMap;

use domain::IssuedKey;
use domain::event::Event;
use domain::license::Limit;
use domain::permission::Permission;
use domain::{CustomerId, LicenseId, ProductId, Timestamp};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use uuid::Uuid;

use super::reveal_key::unseal_key;
use crate::store::entity::{customers, licenses, products};
use crate::store::{AuditEvent, convert};
use crate::unicode_host::email_to_unicode;
use crate::{Actor, Result, Service};

/// Licenses read by one statement.
const LICENSES_PER_READ: usize = 250;

/// A license with its key in clear text.
pub struct RevealedLicense {
    /// The id.
    pub id: LicenseId,
    /// The license key in clear text.
    pub key: IssuedKey,
    /// The product.
    pub product_id: ProductId,
    /// The product's name.
    pub product: String,
    /// The customer, if there is one.
    pub customer: Option<CustomerId>,
    /// The customer's name.
    pub customer_name: Option<String>,
    /// The customer's e-mail address.
    pub customer_email: Option<String>,
    /// The domain limit.
    pub domain_limit: Limit,
    /// The machine limit.
    pub machine_limit: Limit,
    /// The expiry; `None` is unlimited.
    pub expires_at: Option<Timestamp>,
}

/// Returns those of the licenses that the account has, in the order of issue, with their keys. Each reveal
/// is an audit entry.
///
/// # Errors
/// Returns an error if the role lacks the permission, a key cannot be opened with this master key, or the
/// database fails.
#[tracing::instrument(name = "license.reveal_keys", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn reveal_keys(
    service: &Service,
    actor: &Actor,
    ids: &[LicenseId],
) -> Result<Vec<RevealedLicense>> {
    actor.require(Permission::RevealKey)?;
    let db = service.store.read();
    let mut rows = Vec::with_capacity(ids.len());
    for some in ids.chunks(LICENSES_PER_READ) {
        let found = licenses::Entity::find()
            .filter(licenses::Column::Id.is_in(some.iter().map(|id| id.0)))
            .filter(licenses::Column::AccountId.eq(actor.account.0))
            .order_by_asc(licenses::Column::Id)
            .all(db)
            .await?;
        rows.extend(found);
    }
    let product_ids: Vec<Uuid> = distinct(rows.iter().map(|row| row.product_id));
    let customer_ids: Vec<Uuid> = distinct(rows.iter().filter_map(|row| row.customer_id));
    let products = products::Entity::find().filter(products::Column::Id.is_in(product_ids)).all(db).await?;
    let customers =
        customers::Entity::find().filter(customers::Column::Id.is_in(customer_ids)).all(db).await?;
    let products: HashMap<Uuid, String> = products.into_iter().map(|row| (row.id, row.name)).collect();
    let customers: HashMap<Uuid, customers::Model> = customers.into_iter().map(|row| (row.id, row)).collect();
    let mut txn = service.begin_write().await?;
    let mut revealed = Vec::with_capacity(rows.len());
    for row in rows {
        let customer = row.customer_id.and_then(|id| customers.get(&id));
        txn.record(actor, AuditEvent::license(Event::LicenseKeyRevealed, LicenseId(row.id)));
        revealed.push(RevealedLicense {
            id: LicenseId(row.id),
            key: unseal_key(service, &row)?,
            product_id: ProductId(row.product_id),
            product: products.get(&row.product_id).cloned().unwrap_or_default(),
            customer: row.customer_id.map(CustomerId),
            customer_name: customer.and_then(|customer| customer.name.clone()),
            customer_email: customer.and_then(|customer| customer.email.clone()).map(email_to_unicode),
            domain_limit: Limit::from_storage(row.domain_limit),
            machine_limit: Limit::from_storage(row.machine_limit),
            expires_at: convert::to_timestamp(row.expires_at),
        });
    }
    txn.commit().await?;
    Ok(revealed)
}

fn distinct(ids: impl Iterator<Item = Uuid>) -> Vec<Uuid> {
    ids.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}
