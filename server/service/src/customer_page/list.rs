//! The licenses of a customer, for the page that a link opened.

use std::collections::BTreeMap;

use domain::view::OwnLicenses;
use domain::{CustomerId, LicenseId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use super::scope;
use super::session::CustomerSession;
use super::show::own_license;
use crate::store::entity::{licenses, products};
use crate::unicode_host::email_to_unicode;
use crate::{Error, Result, Service};

/// Licenses per page.
const PAGE_SIZE: usize = 30;

/// Returns the customer's licenses that are older than `before`, the newest first.
///
/// # Errors
/// Returns [`Error::NotFound`] if the session opens no list, or does not any more, or another [`Error`] if
/// the database fails.
#[tracing::instrument(name = "customer_page.list", skip_all, err(level = "debug"))]
pub async fn list(
    service: &Service,
    session: &CustomerSession,
    before: Option<LicenseId>,
) -> Result<OwnLicenses> {
    let db = service.store.read();
    let customer = scope::customer(db, session).await?;
    service.access.visits.note(CustomerId(customer.id), service.now());
    // The customer belongs to the account, so its licenses do too. With the account in the condition,
    // planners may read all licenses of the account.
    let mut rows = licenses::Entity::find()
        .filter(licenses::Column::CustomerId.eq(customer.id))
        .filter(licenses::Column::Id.lt(before.map_or(Uuid::max(), |id| id.0)))
        .order_by_desc(licenses::Column::Id)
        .limit(PAGE_SIZE as u64 + 1)
        .all(db)
        .await?;
    let more = rows.len() > PAGE_SIZE;
    rows.truncate(PAGE_SIZE);
    let ids: Vec<Uuid> = rows.iter().map(|row| row.product_id).collect();
    let products: BTreeMap<Uuid, products::Model> = products::Entity::find()
        .filter(products::Column::AccountId.eq(session.account.0))
        .filter(products::Column::Id.is_in(ids))
        .all(db)
        .await?
        .into_iter()
        .map(|product| (product.id, product))
        .collect();
    let to_row = |row: &licenses::Model| {
        let product = products.get(&row.product_id);
        let missing = || Error::Internal(format!("license {} has no product", row.id));
        own_license(row, product.ok_or_else(missing)?, service.now())
    };
    Ok(OwnLicenses {
        email: customer.email.map(email_to_unicode).unwrap_or_default(),
        older: rows.last().filter(|_| more).map(|row| LicenseId(row.id)),
        licenses: rows.iter().map(to_row).collect::<Result<Vec<_>>>()?,
    })
}
