//! The health of all webhooks, for the operator.

use domain::view::WebhookHealth;
use sea_orm::{FromQueryResult, Statement};

use crate::{Result, Service};

/// Failing webhooks that are counted at most. Health checks and metrics count them often.
const MAX_COUNTED: u64 = 10_000;

#[derive(FromQueryResult)]
struct Failing {
    unhealthy: i64,
    suspended: i64,
}

/// Returns how many webhooks fail, up to 10,000.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn health(service: &Service) -> Result<WebhookHealth> {
    // Literals, because the index is partial.
    let sql = format!(
        "SELECT COUNT(CASE WHEN status = 'unhealthy' THEN 1 END) AS unhealthy, \
         COUNT(CASE WHEN status = 'suspended' THEN 1 END) AS suspended \
         FROM (SELECT status FROM webhooks WHERE status <> 'healthy' LIMIT {MAX_COUNTED}) AS failing"
    );
    let statement = Statement::from_string(service.store.backend(), sql);
    let failing = Failing::find_by_statement(statement).one(service.store.read()).await?;
    let number = |count: i64| u64::try_from(count).unwrap_or(0);
    let (unhealthy, suspended) = failing.map_or((0, 0), |row| (number(row.unhealthy), number(row.suspended)));
    Ok(WebhookHealth { unhealthy, suspended })
}
