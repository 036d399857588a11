//! Deliveries that are not sent any more.

use domain::webhook::DeliveryState;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, Statement, Value};
use uuid::Uuid;

use crate::Result;
use crate::store::WriteTxn;
use crate::store::entity::webhook_attempts;

/// Rows changed in one transaction, so that other writers do not wait long.
const ROWS_PER_TXN: u64 = 500;

/// Skips due deliveries of a webhook that is suspended or disabled. A member can send them by hand.
pub(super) async fn skip(txn: &WriteTxn, webhook: Uuid) -> Result<()> {
    let now = txn.now().millis();
    let change = "UPDATE webhook_deliveries SET state = 'skipped', leased_by = NULL, state_at = $1";
    let condition = "AND is_manual = FALSE AND due_at <= $3";
    let values = vec![now.into(), webhook.into(), now.into()];
    let entries = retire(txn, change, "$2", condition, values).await?;
    if entries.is_empty() {
        return Ok(());
    }
    webhook_attempts::Entity::update_many()
        .col_expr(webhook_attempts::Column::State, Expr::value(DeliveryState::Skipped.as_str()))
        .col_expr(webhook_attempts::Column::UpdatedAt, Expr::value(now))
        .filter(webhook_attempts::Column::Id.is_in(entries))
        .exec(txn.conn())
        .await?;
    Ok(())
}

/// Deletes the waiting deliveries of a webhook that is gone.
pub(super) async fn delete_of_missing(txn: &WriteTxn, webhook: Uuid) -> Result<()> {
    let entries = retire(txn, "DELETE FROM webhook_deliveries", "$1", "", vec![webhook.into()]).await?;
    if entries.is_empty() {
        return Ok(());
    }
    webhook_attempts::Entity::delete_many()
        .filter(webhook_attempts::Column::Id.is_in(entries))
        .exec(txn.conn())
        .await?;
    Ok(())
}

/// Changes waiting deliveries. Returns the entries that the log has of their next attempts.
async fn retire(
    txn: &WriteTxn,
    change: &str,
    webhook: &str,
    condition: &str,
    values: Vec<Value>,
) -> Result<Vec<Uuid>> {
    let lock = if txn.needs_row_locks() { "FOR UPDATE SKIP LOCKED" } else { "" };
    // A literal, because the index is partial.
    let sql = format!(
        "{change} WHERE id IN (SELECT id FROM webhook_deliveries WHERE webhook_id = {webhook} \
         AND state = 'pending' {condition} ORDER BY due_at, id LIMIT {ROWS_PER_TXN} {lock}) RETURNING log_id"
    );
    let statement = Statement::from_sql_and_values(txn.conn().get_database_backend(), sql, values);
    let mut entries = Vec::new();
    for row in txn.conn().query_all_raw(statement).await? {
        entries.extend(row.try_get::<Option<Uuid>>("", "log_id")?);
    }
    Ok(entries)
}
