//! Deletes tags, and takes them off everything.

use domain::TagId;
use domain::event::Event;
use domain::permission::Permission;
use sea_orm::{ConnectionTrait as _, EntityTrait as _, Statement};

use crate::store::entity::tags;
use crate::store::{AuditEvent, WriteTxn, scope};
use crate::{Actor, Result, Service};

/// Objects that lose the tag in one transaction, so that other writes do not wait long.
const OBJECTS_PER_TXN: u64 = 1000;

/// Deletes a tag. More than 1,000 objects lose it in several transactions before.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such tag, or the database fails.
#[tracing::instrument(name = "tag.delete", skip_all, fields(account = %actor.account, tag = %id), err(level = "debug"))]
pub async fn delete(service: &Service, actor: &Actor, id: TagId) -> Result<()> {
    actor.require(Permission::WriteLicense)?;
    loop {
        let mut txn = service.begin_write().await?;
        // Before the rows that refer to it, as in every other transaction that needs both.
        let row = scope::lock_tag(&txn, actor.account, id).await?;
        let licenses = take_off(&txn, "license_tags", "license_id", id).await?;
        let customers = take_off(&txn, "customer_tags", "customer_id", id).await?;
        if licenses == OBJECTS_PER_TXN || customers == OBJECTS_PER_TXN {
            txn.commit().await?;
            continue;
        }
        tags::Entity::delete_by_id(id.0).exec(txn.conn()).await?;
        txn.record(actor, AuditEvent::object(Event::TagDeleted, "tag_id", id.0).detail(row.name));
        return txn.commit().await;
    }
}

/// Takes the tag off the next objects, and returns their number.
async fn take_off(txn: &WriteTxn, table: &str, object: &str, id: TagId) -> Result<u64> {
    let sql = format!(
        "DELETE FROM {table} WHERE tag_id = $1 AND {object} IN (SELECT {object} FROM {table} WHERE tag_id = $1 \
         ORDER BY {object} LIMIT {OBJECTS_PER_TXN})"
    );
    let statement = Statement::from_sql_and_values(txn.conn().get_database_backend(), sql, [id.0.into()]);
    Ok(txn.conn().execute_raw(statement).await?.rows_affected())
}
