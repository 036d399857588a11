//! Erases a customer's name and address (GDPR, article 17). The licenses stay.

use domain::CustomerId;
use domain::customer::{ERASED, Identity};
use domain::event::Event;
use domain::permission::Permission;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, Set, Statement,
};

use super::identity::{identity, store};
use super::{metadata, scrub};
use crate::audit::AmendableEntry;
use crate::store::entity::{audit_entries, customers};
use crate::store::{AuditEvent, WriteTxn, scope};
use crate::{Actor, Error, Result, Service, audit, mail, purchase, tag};

/// Attempts to erase a customer that other users change meanwhile.
const MAX_ATTEMPTS: u32 = 3;

/// Removes the name, the address, the company and the password of a customer, and replaces name and address and
/// former ones in audit entries and in the reasons of suspensions and revocations of the customer's licenses. Deletes
/// the mails to the customer, the seller's own fields and the tags. The entry of the erasure holds no personal data. An
/// erased customer can be erased again without effect.
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
        let row = scope::customer(service.store.read(), actor.account, id).await?;
        let stored = identity(&row);
        let fields = metadata::load_many(service.store.read(), [id.0]).await?;
        if stored == Identity::default() && !has_details(&row) && fields.is_empty() {
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
    // Before the terms, which contain the company.
    let row = remove_details(txn, row).await?;
    store(txn, row, &Identity::default()).await?;
    metadata::delete_all(txn, id).await?;
    tag::remove_from_customer(txn, id).await?;
    mail::delete_of_customer(txn, id).await?;
    purchase::erase_payloads(txn, id).await?;
    erase_entries(service, txn, id).await?;
    txn.record_of_customer(actor, id, AuditEvent::customer(Event::CustomerErased, id));
    Ok(())
}

/// Returns whether a customer without a name and an address has other personal data.
fn has_details(row: &customers::Model) -> bool {
    row.company.is_some()
        || row.organization_id.is_some()
        || row.password_hash.is_some()
        || row.last_seen_at.is_some()
}

async fn remove_details(txn: &WriteTxn, row: customers::Model) -> Result<customers::Model> {
    let mut update = row.into_active_model();
    update.first_name = Set(None);
    update.last_name = Set(None);
    update.company = Set(None);
    update.organization_id = Set(None);
    update.password_hash = Set(None);
    update.reset_digest = Set(None);
    update.reset_expires_at = Set(None);
    update.last_login_at = Set(None);
    update.last_seen_at = Set(None);
    Ok(update.update(txn.conn()).await?)
}

/// Replaces the details of the entries that name a customer, and deletes what they say of changed values.
pub(super) async fn erase_entries(service: &Service, txn: &mut WriteTxn, id: CustomerId) -> Result<()> {
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
    let sql = "DELETE FROM audit_changes WHERE (account_id, entry_id) IN \
               (SELECT account_id, id FROM audit_entries WHERE customer_id = $1)";
    let statement = Statement::from_sql_and_values(txn.conn().get_database_backend(), sql, [id.0.into()]);
    txn.conn().execute_raw(statement).await?;
    Ok(())
}
