//! Deliveries that are not sent any more.

use domain::webhook::DeliveryState;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, FromQueryResult, QueryFilter as _, Statement,
    Value,
};
use uuid::Uuid;

use crate::store::WriteTxn;
use crate::store::bulk_write::{BulkWrite, execute_all};
use crate::store::convert;
use crate::store::entity::{webhook_attempts, webhooks};
use crate::store::row_values::row;
use crate::{Result, new_id};

/// Rows changed in one transaction, so that other writers do not wait long.
const ROWS_PER_TXN: u64 = 500;

/// A delivery that does not wait any more.
#[derive(FromQueryResult)]
struct Retired {
    id: Uuid,
    event: String,
    attempts: i32,
    /// The entry that the log has of the next attempt.
    log_id: Option<Uuid>,
}

/// Skips due deliveries of a webhook that is suspended or disabled, with an entry of the log each. A member can send
/// them by hand.
///
/// The statement looks at the webhook again: a member may enable or resume it after it was read, and what is written
/// from then on is sent.
pub(super) async fn skip(txn: &WriteTxn, webhook: &webhooks::Model) -> Result<()> {
    let now = txn.now().millis();
    let change = "UPDATE webhook_deliveries SET state = 'skipped', leased_by = NULL, state_at = $1";
    let condition = "AND is_manual = FALSE AND due_at <= $3 AND (SELECT 1 FROM webhooks AS w WHERE w.id = $2 \
                     AND (w.is_enabled = FALSE OR w.status = 'suspended')) IS NOT NULL";
    let values = vec![now.into(), webhook.id.into(), now.into()];
    let retired = retire(txn, change, "$2", condition, values).await?;
    let entries: Vec<Uuid> = retired.iter().filter_map(|delivery| delivery.log_id).collect();
    if !entries.is_empty() {
        webhook_attempts::Entity::update_many()
            .col_expr(webhook_attempts::Column::State, Expr::value(DeliveryState::Skipped.as_str()))
            .col_expr(webhook_attempts::Column::UpdatedAt, Expr::value(now))
            .filter(webhook_attempts::Column::Id.is_in(entries))
            .exec(txn.conn())
            .await?;
    }
    // After a failed attempt, the log has announced the next one and has no entry of it.
    let missing = retired.into_iter().filter(|delivery| delivery.log_id.is_none()).map(|delivery| {
        row![
            new_id(),
            webhook.account_id,
            webhook.id,
            delivery.id,
            delivery.event,
            webhook.url.clone(),
            i64::from(convert::to_count(delivery.attempts)) + 1,
            DeliveryState::Skipped.as_str(),
            false,
            now,
            now,
        ]
    });
    let columns = webhook_attempts::WAITING_COLUMNS;
    let insert = BulkWrite::insert("webhook_attempts", columns, missing.collect());
    execute_all(txn.conn(), vec![insert], Vec::new()).await?;
    Ok(())
}

/// Deletes the waiting deliveries of a webhook that is gone.
pub(super) async fn delete_of_missing(txn: &WriteTxn, webhook: Uuid) -> Result<()> {
    let retired = retire(txn, "DELETE FROM webhook_deliveries", "$1", "", vec![webhook.into()]).await?;
    let entries: Vec<Uuid> = retired.iter().filter_map(|delivery| delivery.log_id).collect();
    if entries.is_empty() {
        return Ok(());
    }
    webhook_attempts::Entity::delete_many()
        .filter(webhook_attempts::Column::Id.is_in(entries))
        .exec(txn.conn())
        .await?;
    Ok(())
}

/// Changes waiting deliveries, and returns them.
async fn retire(
    txn: &WriteTxn,
    change: &str,
    webhook: &str,
    condition: &str,
    values: Vec<Value>,
) -> Result<Vec<Retired>> {
    let lock = if txn.needs_row_locks() { "FOR UPDATE SKIP LOCKED" } else { "" };
    // A literal, because the index is partial.
    let sql = format!(
        "{change} WHERE id IN (SELECT id FROM webhook_deliveries WHERE webhook_id = {webhook} \
         AND state = 'pending' {condition} ORDER BY due_at, id LIMIT {ROWS_PER_TXN} {lock}) \
         RETURNING id, event, attempts, log_id"
    );
    let statement = Statement::from_sql_and_values(txn.conn().get_database_backend(), sql, values);
    Ok(Retired::find_by_statement(statement).all(txn.conn()).await?)
}
