//! Deletes organizations. Their customers and licenses stay.

use domain::OrganizationId;
use domain::event::Event;
use domain::permission::Permission;
use domain::webhook::Trigger;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use crate::error::is_missing_reference;
use crate::store::change_sink::Change;
use crate::store::entity::{customers, licenses, organizations};
use crate::store::{AuditEvent, WriteTxn, scope};
use crate::{Actor, Error, Result, Service};

/// Customers, and licenses, that leave in one transaction, so that other writes do not wait long.
const ROWS_PER_TXN: u64 = 500;
/// Attempts to delete an organization that others join meanwhile.
const MAX_ATTEMPTS: u32 = 3;

/// Deletes an organization. More than 500 customers or licenses leave it in several transactions before.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such organization, others join it all the
/// time, or the database fails.
#[tracing::instrument(name = "organization.delete", skip_all, fields(account = %actor.account, organization = %id), err(level = "debug"))]
pub async fn delete(service: &Service, actor: &Actor, id: OrganizationId) -> Result<()> {
    actor.require(Permission::WriteLicense)?;
    let mut attempts = 0;
    loop {
        let row = scope::organization(service.store.read(), actor.account, id).await?;
        let mut txn = service.begin_write().await?;
        let customers = release_customers(&mut txn, id).await?;
        let licenses = release_licenses(&mut txn, id).await?;
        if customers == ROWS_PER_TXN || licenses == ROWS_PER_TXN {
            txn.commit().await?;
            continue;
        }
        let change = Change::of_object(actor.account, Trigger::Recorded(Event::OrganizationDeleted), id.0);
        txn.capture(&[change]).await?;
        let deleted = organizations::Entity::delete_many()
            .filter(organizations::Column::Id.eq(id.0))
            .filter(organizations::Column::AccountId.eq(actor.account.0))
            .exec(txn.conn())
            .await;
        match deleted {
            Ok(deleted) if deleted.rows_affected == 0 => return Err(Error::NotFound),
            Ok(_) => {}
            // A customer or license has joined since.
            Err(error) if is_missing_reference(&error) => {
                attempts += 1;
                if attempts == MAX_ATTEMPTS {
                    return Err(Error::Conflict("Others join this organization just now. Try again.".into()));
                }
                continue;
            }
            Err(error) => return Err(error.into()),
        }
        let entry = AuditEvent::object(Event::OrganizationDeleted, "organization_id", id.0);
        txn.record(actor, entry.detail(row.name));
        return txn.commit().await;
    }
}

/// Locks the next customers in the order of their ids, and takes them out of the organization.
async fn release_customers(txn: &mut WriteTxn, id: OrganizationId) -> Result<u64> {
    use customers::Column as C;
    let mut find = customers::Entity::find()
        .select_only()
        .column(C::Id)
        .filter(C::OrganizationId.eq(id.0))
        .order_by_asc(C::Id)
        .limit(ROWS_PER_TXN);
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    let ids: Vec<Uuid> = find.into_tuple().all(txn.conn()).await?;
    if ids.is_empty() {
        return Ok(0);
    }
    customers::Entity::update_many()
        .col_expr(C::OrganizationId, Expr::value(Option::<Uuid>::None))
        .col_expr(C::UpdatedAt, Expr::value(txn.now().millis()))
        .filter(C::Id.is_in(ids.clone()))
        .exec(txn.conn())
        .await?;
    Ok(ids.len() as u64)
}

/// Locks the next licenses in the order of their ids, and takes them out of the organization.
async fn release_licenses(txn: &mut WriteTxn, id: OrganizationId) -> Result<u64> {
    use licenses::Column as L;
    let mut find = licenses::Entity::find()
        .select_only()
        .column(L::Id)
        .filter(L::OrganizationId.eq(id.0))
        .order_by_asc(L::Id)
        .limit(ROWS_PER_TXN);
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    let ids: Vec<Uuid> = find.into_tuple().all(txn.conn()).await?;
    if ids.is_empty() {
        return Ok(0);
    }
    licenses::Entity::update_many()
        .col_expr(L::OrganizationId, Expr::value(Option::<Uuid>::None))
        .col_expr(L::UpdatedAt, Expr::value(txn.now().millis()))
        .filter(L::Id.is_in(ids.clone()))
        .exec(txn.conn())
        .await?;
    for id in &ids {
        txn.announce(*id);
    }
    Ok(ids.len() as u64)
}
