//! Deletes the rows of imports that are not confirmed, for a background worker.

use domain::import::ImportState;
use domain::time::DAY_MS;
use sea_orm::{ConnectionTrait as _, FromQueryResult, Statement};
use uuid::Uuid;

use crate::{Result, Service};

/// Chunks deleted in one transaction, so that other writers do not wait long.
const CHUNKS_PER_TXN: u64 = 50;

#[derive(FromQueryResult)]
struct Ended {
    id: Uuid,
}

/// Discards imports that were not confirmed within a day, and deletes the rows of ended imports.
///
/// # Errors
/// Returns [`crate::Error`] if the database fails.
#[tracing::instrument(name = "license_import.prune", skip_all, err(level = "debug"))]
pub async fn prune(service: &Service) -> Result<()> {
    let statement = |sql: &str, values: Vec<sea_orm::Value>| {
        Statement::from_sql_and_values(service.store.backend(), sql, values)
    };
    let now = service.now().millis();
    let txn = service.begin_write().await?;
    let discard = "UPDATE license_imports SET state = $1, finished_at = $2 \
        WHERE pruned_at IS NULL AND created_at < $3 AND state IN ('uploading', 'checked')";
    let values = vec![ImportState::Discarded.as_str().into(), now.into(), (now - DAY_MS).into()];
    txn.conn().execute_raw(statement(discard, values)).await?;
    txn.commit().await?;
    let ended = "SELECT id FROM license_imports WHERE pruned_at IS NULL AND state IN ('done', 'removed', 'discarded')";
    for Ended { id } in
        Ended::find_by_statement(statement(ended, Vec::new())).all(service.store.read()).await?
    {
        let delete = format!(
            "DELETE FROM license_import_chunks WHERE id IN (SELECT id FROM license_import_chunks \
             WHERE import_id = $1 ORDER BY number LIMIT {CHUNKS_PER_TXN})"
        );
        loop {
            let txn = service.begin_write().await?;
            let deleted = txn.conn().execute_raw(statement(&delete, vec![id.into()])).await?.rows_affected();
            if deleted < CHUNKS_PER_TXN {
                let mark = "UPDATE license_imports SET pruned_at = $1 WHERE id = $2";
                txn.conn().execute_raw(statement(mark, vec![now.into(), id.into()])).await?;
                txn.commit().await?;
                break;
            }
            txn.commit().await?;
        }
    }
    Ok(())
}
