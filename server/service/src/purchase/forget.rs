//! Removes what is not needed any more: former signing secrets, and the bodies of events about no purchase.

use sea_orm::{ConnectionTrait as _, Statement};

use crate::{Result, Service, random};

/// Retention of the bodies of events without a reference, in days. An erasure does not find those, because they cannot
/// be read or name no purchase. They are removed within the month in which an erasure is due.
const UNREFERENCED_DAYS: i64 = 30;

/// Rows changed in one transaction, so that other writers do not wait long.
const ROWS_PER_TXN: u64 = 500;

/// Removes the former signing secrets that are not taken any more, for a background worker.
///
/// # Errors
/// Returns an error if the database fails.
#[tracing::instrument(name = "purchase.forget_former_secrets", skip_all, err(level = "debug"))]
pub async fn forget_former_secrets(service: &Service) -> Result<()> {
    let txn = service.begin_write().await?;
    let sql = "UPDATE shop_connections SET former_secret_sealed = NULL, former_secret_until = NULL \
               WHERE former_secret_until <= $1";
    let values = [txn.now().millis().into()];
    let statement = Statement::from_sql_and_values(service.store.backend(), sql, values);
    txn.conn().execute_raw(statement).await?;
    txn.commit().await
}

/// Removes the bodies of events without a reference that are older than 30 days, for a background worker. Their entries
/// of the log stay. Returns the number of bodies.
///
/// # Errors
/// Returns an error if the database fails.
#[tracing::instrument(name = "purchase.forget_bodies", skip_all, err(level = "debug"))]
pub async fn forget_bodies(service: &Service) -> Result<u64> {
    let before = random::first_id_at(service.now().plus_days(-UNREFERENCED_DAYS));
    let sql = format!(
        "UPDATE shop_events SET payload_sealed = NULL WHERE id IN (SELECT id FROM shop_events \
         WHERE reference IS NULL AND payload_sealed IS NOT NULL AND id < $1 ORDER BY id LIMIT {ROWS_PER_TXN})"
    );
    let mut removed = 0;
    loop {
        let txn = service.begin_write().await?;
        let statement = Statement::from_sql_and_values(service.store.backend(), &sql, [before.into()]);
        let some = txn.conn().execute_raw(statement).await?.rows_affected();
        txn.commit().await?;
        removed += some;
        if some < ROWS_PER_TXN {
            return Ok(removed);
        }
    }
}
