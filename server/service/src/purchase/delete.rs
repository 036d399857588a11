//! Deletes a connection to a shop. Its licenses stay.

use domain::ShopConnectionId;
use domain::event::Event;
use domain::permission::Permission;
use sea_orm::{ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, Statement};

use super::audit_event::audit_event;
use super::scope;
use crate::store::entity::{shop_connections, shop_prices};
use crate::{Actor, Result, Service};

/// Rows deleted in one transaction, so that other writers do not wait long.
const ROWS_PER_TXN: u64 = 500;

/// The tables with rows of a connection, with the column that they are deleted by.
const TABLES: [(&str, &str); 3] =
    [("purchase_references", "reference"), ("purchases", "id"), ("shop_events", "id")];

/// Deletes a connection with its prices, and then its purchases and its log in small transactions. If the process
/// ends meanwhile, some of these rows stay without an effect.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such connection, or the database fails.
#[tracing::instrument(name = "purchase.delete", skip_all, fields(account = %actor.account, connection = %id), err(level = "debug"))]
pub async fn delete(service: &Service, actor: &Actor, id: ShopConnectionId) -> Result<()> {
    actor.require(Permission::ManageWebhooks)?;
    let mut txn = service.begin_write().await?;
    let row = scope::lock_connection(&txn, actor.account, id).await?;
    shop_prices::Entity::delete_many()
        .filter(shop_prices::Column::ConnectionId.eq(id.0))
        .exec(txn.conn())
        .await?;
    shop_connections::Entity::delete_by_id(row.id).exec(txn.conn()).await?;
    txn.record_about(actor, id.0, audit_event(Event::ShopConnectionDeleted, id.0, row.name));
    txn.commit().await?;
    for (table, column) in TABLES {
        delete_rows(service, table, column, id).await?;
    }
    Ok(())
}

async fn delete_rows(service: &Service, table: &str, column: &str, id: ShopConnectionId) -> Result<()> {
    let sql = format!(
        "DELETE FROM {table} WHERE connection_id = $1 AND {column} IN \
         (SELECT {column} FROM {table} WHERE connection_id = $1 ORDER BY {column} LIMIT {ROWS_PER_TXN})"
    );
    loop {
        let txn = service.begin_write().await?;
        let statement = Statement::from_sql_and_values(service.store.backend(), &sql, [id.0.into()]);
        let deleted = txn.conn().execute_raw(statement).await?.rows_affected();
        txn.commit().await?;
        if deleted < ROWS_PER_TXN {
            return Ok(());
        }
    }
}
