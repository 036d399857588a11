//! Erases a customer's name and address (GDPR, article 17). The licenses stay.

use domain::CustomerId;
use domain::customer::{ERASED, Identity};
use domain::event::Event;
use domain::permission::Permission;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::identity::{identity, store};
use super::scrub;
use crate::audit::AmendableEntry;
use crate::store::entity::{audit_entries, customers};
use crate::store::{AuditEvent, WriteTxn, scope};
use crate::{Actor, Error, Result, Service, audit, mail};

/// Attempts to erase a customer that other users change meanwhile.
const MAX_ATTEMPTS: u32 = 3;

/// Removes the name and the address of a customer, and replaces them and former ones in audit entries and
/// in the reasons of suspensions and revocations of the customer's licenses. Deletes the mails to the
/// customer. The entry of the erasure holds no personal data. An erased customer can be erased again without
/// effect.
///
/// Licenses, keys, activations and machines stay as they are. Outbox events are deleted by their retention.
///
/// # Errors
/// Returns an error if the role lacks the permission, the customer does not exist, other users change
/// the customer all the time, or the database fails.
#[tracing::instrument(name = "customer.erase", skip_all, fields(account = %actor.account, customer = %id), err(level = "debug"))]
pub async fn erase(service: &Service, actor: &Actor, id: CustomerId) -> Result<()> {
    actor.require(Permission::EraseCustomer)?;
    for _ in 0..MAX_ATTEMPTS {
        let stored = identity(&scope::customer(service.store.read(), actor.account, id).await?);
        if stored == Identity::default() {
            return Ok(());
        }
        // Before the transaction, because a license may have a hundred thousand entries. If the process
        // ends here, a second erasure still has the name to search for.
        let scan = scrub::Scan::begin(service, actor, id, &stored).await?;
        scan.scrub_licenses().await?;
        let mut txn = service.begin_write().await?;
        let row = scope::lock_customer(&txn, actor.account, id).await?;
        if identity(&row) != stored {
            continue;
        }
        scan.scrub_newer(&mut txn).await?;
        erase_locked(service, &mut txn, actor, row).await?;
        return txn.commit().await;
    }
    Err(Error::Conflict("Other users are changing this customer. Try again.".into()))
}

async fn erase_locked(
    service: &Service,
    txn: &mut WriteTxn,
    actor: &Actor,
    row: customers::Model,
) -> Result<()> {
    let id = CustomerId(row.id);
    store(txn, row, &Identity::default()).await?;
    mail::delete_of_customer(txn, id).await?;
    let entries = audit::entries_of_customer(txn, id.0).await?;
    let named = entries.into_iter().filter(|entry| entry.detail.is_some());
    let changes =
        named.map(|entry| (entry.clone(), AmendableEntry { detail: Some(ERASED.to_owned()), ..entry }));
    audit::amend(txn, &service.keys, changes);
    audit_entries::Entity::update_many()
        .col_expr(audit_entries::Column::Detail, Expr::value(ERASED))
        .filter(audit_entries::Column::CustomerId.eq(id.0))
        .filter(audit_entries::Column::Detail.is_not_null())
        .exec(txn.conn())
        .await?;
    txn.record_of_customer(actor, id, AuditEvent::customer(Event::CustomerErased, id));
    Ok(())
}
