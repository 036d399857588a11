//! Deletes the items of old bulk jobs. The jobs with their counts are kept.

use sea_orm::{ConnectionTrait as _, FromQueryResult, Statement};
use uuid::Uuid;

use crate::{Result, Service};

/// How long the items of a finished job are kept, in days.
const RETENTION_DAYS: i64 = 30;
/// Items deleted in one transaction, so that other writers do not wait long.
const ITEMS_PER_TXN: u64 = 1000;

#[derive(FromQueryResult)]
struct ExpiredJob {
    id: Uuid,
}

/// Deletes the items of jobs that ended more than 30 days ago, for a background worker. Returns the
/// number of items.
///
/// # Errors
/// Returns [`crate::Error`] if the database fails.
#[tracing::instrument(name = "bulk_job.prune_items", skip_all, err(level = "debug"))]
pub async fn prune_items(service: &Service) -> Result<u64> {
    let before = service.now().plus_days(-RETENTION_DAYS).millis();
    let statement = |sql: &str, values: Vec<sea_orm::Value>| {
        Statement::from_sql_and_values(service.store.backend(), sql, values)
    };
    let expired = "SELECT id FROM bulk_jobs WHERE pruned_at IS NULL AND finished_at < $1";
    let expired = ExpiredJob::find_by_statement(statement(expired, vec![before.into()]));
    let mut deleted = 0;
    for ExpiredJob { id } in expired.all(service.store.read()).await? {
        // Up to the last of a batch: a list of ids would make planners read more than the batch.
        let delete = format!(
            "DELETE FROM bulk_job_items WHERE job_id = $1 AND license_id <= COALESCE((SELECT license_id \
             FROM bulk_job_items WHERE job_id = $1 ORDER BY license_id LIMIT 1 OFFSET {}), $2)",
            ITEMS_PER_TXN - 1
        );
        loop {
            let txn = service.begin_write().await?;
            let values = vec![id.into(), Uuid::max().into()];
            let items = txn.conn().execute_raw(statement(&delete, values)).await?.rows_affected();
            deleted += items;
            if items < ITEMS_PER_TXN {
                let mark = "UPDATE bulk_jobs SET pruned_at = $1 WHERE id = $2";
                let values = vec![txn.now().millis().into(), id.into()];
                txn.conn().execute_raw(statement(mark, values)).await?;
                txn.commit().await?;
                break;
            }
            txn.commit().await?;
        }
    }
    Ok(deleted)
}
