//! Deletes customers. The licenses stay without a customer.

use domain::event::Event;
use domain::permission::Permission;
use domain::webhook::Trigger;
use domain::{CustomerId, LicenseId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::erase::erase_entries;
use super::identity::identity;
use super::merge::{LICENSES_PER_TXN, lock_licenses};
use super::{metadata, scrub, terms};
use crate::store::change_sink::Change;
use crate::store::entity::{customers, licenses};
use crate::store::{AuditEvent, Changes, WriteTxn, scope};
use crate::{Actor, Error, Result, Service, mail, purchase, tag};

/// Attempts to delete a customer that other users change meanwhile.
const MAX_ATTEMPTS: u32 = 3;

/// Deletes a customer, and erases the name and the address as an erasure does, because no one can ask for it
/// afterwards. More than 200 licenses leave the customer in several transactions before.
///
/// # Errors
/// Returns an error if the role lacks the permission, the customer does not exist, other users change the customer
/// all the time, or the database fails.
#[tracing::instrument(name = "customer.delete", skip_all, fields(account = %actor.account, customer = %id), err(level = "debug"))]
pub async fn delete(service: &Service, actor: &Actor, id: CustomerId) -> Result<()> {
    actor.require(Permission::WriteLicense)?;
    for _ in 0..MAX_ATTEMPTS {
        let stored = identity(&scope::customer(service.store.read(), actor.account, id).await?);
        let scan = scrub::Scan::begin(service, actor, id, &stored).await?;
        scan.scrub_licenses().await?;
        loop {
            let mut txn = service.begin_write().await?;
            let row = scope::lock_customer(&txn, actor.account, id).await?;
            if identity(&row) != stored {
                break;
            }
            // While the licenses tell whose they are.
            scan.scrub_newer(&mut txn).await?;
            let mut ids = lock_licenses(&txn, &row).await?;
            let is_last = ids.len() as u64 <= LICENSES_PER_TXN;
            ids.truncate(usize::try_from(LICENSES_PER_TXN).unwrap_or(usize::MAX));
            purchase::erase_payloads(&txn, id).await?;
            release_licenses(&mut txn, actor, id, ids).await?;
            if is_last {
                delete_locked(service, &mut txn, actor, row).await?;
                return txn.commit().await;
            }
            txn.commit().await?;
        }
    }
    Err(Error::Conflict("Other users are changing this customer. Try again.".into()))
}

async fn release_licenses(txn: &mut WriteTxn, actor: &Actor, id: CustomerId, ids: Vec<Uuid>) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    licenses::Entity::update_many()
        .col_expr(licenses::Column::CustomerId, Expr::value(Option::<Uuid>::None))
        .col_expr(licenses::Column::UpdatedAt, Expr::value(txn.now().millis()))
        .filter(licenses::Column::Id.is_in(ids.clone()))
        .exec(txn.conn())
        .await?;
    for license in ids {
        let entry = AuditEvent::license(Event::LicenseTransferred, LicenseId(license))
            .detail("no customer")
            .with_payload("customer_id", Option::<String>::None)
            .with_payload("former_customer_id", id.to_string())
            .changes(Changes::of_holder(Some(id.0), None));
        txn.record(actor, entry);
    }
    Ok(())
}

/// Deletes the customer that has no license any more, with everything that is the customer's alone.
async fn delete_locked(
    service: &Service,
    txn: &mut WriteTxn,
    actor: &Actor,
    row: customers::Model,
) -> Result<()> {
    let id = CustomerId(row.id);
    txn.capture(&[Change::of_object(actor.account, Trigger::Recorded(Event::CustomerDeleted), id.0)]).await?;
    terms::delete_terms(txn.conn(), &row).await?;
    metadata::delete_all(txn, id).await?;
    tag::remove_from_customer(txn, id).await?;
    mail::delete_of_customer(txn, id).await?;
    erase_entries(service, txn, id).await?;
    customers::Entity::delete_by_id(id.0).exec(txn.conn()).await?;
    txn.record_of_customer(actor, id, AuditEvent::customer(Event::CustomerDeleted, id));
    Ok(())
}
