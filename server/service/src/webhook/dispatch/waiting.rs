//! Finds the webhooks with deliveries that are due.

use sea_orm::{FromQueryResult, Statement};
use uuid::Uuid;

use crate::{Result, Service};

/// Webhooks found by one statement.
pub(super) const WEBHOOKS_PER_READ: usize = 256;

/// A webhook with waiting deliveries.
#[derive(FromQueryResult)]
pub(super) struct Waiting {
    pub webhook_id: Uuid,
    /// When the first of them is due.
    pub due_at: i64,
    /// When the operator suspended the account, if it is suspended.
    pub suspended_at: Option<i64>,
}

/// Returns the next webhooks with waiting deliveries, in the order of their ids. The statement jumps from one
/// webhook to the next in the index, so that its cost does not grow with the deliveries that wait.
pub(super) async fn waiting_after(service: &Service, after: Uuid) -> Result<Vec<Waiting>> {
    // Literals, because the index is partial. Future deliveries are read too: only an index by the time could leave
    // them out, and it could not jump. A scalar subquery, so that PostgreSQL looks up one account for each webhook.
    let sql = format!(
        "WITH RECURSIVE waiting (webhook_id) AS (\
         SELECT (SELECT webhook_id FROM webhook_deliveries WHERE state = 'pending' AND webhook_id > $1 \
         ORDER BY webhook_id LIMIT 1) \
         UNION ALL SELECT (SELECT d.webhook_id FROM webhook_deliveries AS d WHERE d.state = 'pending' \
         AND d.webhook_id > waiting.webhook_id ORDER BY d.webhook_id LIMIT 1) \
         FROM waiting WHERE waiting.webhook_id IS NOT NULL) \
         SELECT waiting.webhook_id, (SELECT d.due_at FROM webhook_deliveries AS d \
         WHERE d.webhook_id = waiting.webhook_id AND d.state = 'pending' ORDER BY d.due_at LIMIT 1) AS due_at, \
         (SELECT a.suspended_at FROM webhooks AS w JOIN accounts AS a ON a.id = w.account_id \
         WHERE w.id = waiting.webhook_id) AS suspended_at \
         FROM waiting WHERE waiting.webhook_id IS NOT NULL LIMIT {WEBHOOKS_PER_READ}"
    );
    let statement = Statement::from_sql_and_values(service.store.backend(), sql, [after.into()]);
    Ok(Waiting::find_by_statement(statement).all(service.store.read()).await?)
}
