//! Deletes organizations. Their customers and licenses stay.

use domain::OrganizationId;
use domain::event::Event;
use domain::permission::Permission;
use domain::webhook::Trigger;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait, QueryFilter as _, QueryOrder as _, QuerySelect as _};
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
            // Of the account, as was found above: an organization keeps its account.
            .filter(organizations::Column::Id.eq(id.0))
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

/// Takes the next customers out of the organization.
async fn release_customers(txn: &mut WriteTxn, id: OrganizationId) -> Result<u64> {
    use customers::Column as C;
    let released = release::<customers::Entity>(txn, id, [C::Id, C::OrganizationId, C::UpdatedAt]).await?;
    Ok(released.len() as u64)
}

/// Takes the next licenses out of the organization.
async fn release_licenses(txn: &mut WriteTxn, id: OrganizationId) -> Result<u64> {
    use licenses::Column as L;
    let released = release::<licenses::Entity>(txn, id, [L::Id, L::OrganizationId, L::UpdatedAt]).await?;
    for id in &released {
        txn.announce(*id);
    }
    Ok(released.len() as u64)
}

/// Locks the next rows in the order of their ids, and takes them out of the organization. Returns their ids.
async fn release<E: EntityTrait>(
    txn: &WriteTxn,
    organization: OrganizationId,
    [id, of_organization, updated_at]: [E::Column; 3],
) -> Result<Vec<Uuid>> {
    let mut find = E::find()
        .select_only()
        .column(id)
        .filter(of_organization.eq(organization.0))
        .order_by_asc(id)
        .limit(ROWS_PER_TXN);
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    let ids: Vec<Uuid> = find.into_tuple().all(txn.conn()).await?;
    if !ids.is_empty() {
        E::update_many()
            .col_expr(of_organization, Expr::value(Option::<Uuid>::None))
            .col_expr(updated_at, Expr::value(txn.now().millis()))
            .filter(id.is_in(ids.clone()))
            .exec(txn.conn())
            .await?;
    }
    Ok(ids)
}
