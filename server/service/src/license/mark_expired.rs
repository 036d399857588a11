//! Marks expired licenses, so that the index of active licenses excludes them. Only list indexes
//! use the mark; the standing is always derived from the clock.

use domain::Timestamp;
use sea_orm::sea_query::Value;
use sea_orm::{ConnectionTrait as _, Statement};

use crate::{Result, Service};

/// Licenses marked in one transaction, so that other writers do not wait long.
const LICENSES_PER_TXN: u64 = 500;

/// The condition "active and not marked", exactly as in the partial indexes, so that planners match
/// it. The mark stores the passed expiry; it is void once the expiry changes.
pub(super) const NOT_MARKED_EXPIRED: &str = "CASE WHEN state = 'active' \
     THEN lapsed_at IS NULL OR lapsed_at <> expires_at OR expires_at IS NULL ELSE FALSE END";

/// The condition "marked", exactly as in its partial index.
const MARKED_EXPIRED: &str = "lapsed_at = expires_at";

/// Time in seconds between expiry and mark, because the clock of another node may be behind.
const CLOCK_MARGIN_SECONDS: i64 = 60;

/// Marks expired licenses and removes marks from licenses that are not expired, because a clock may
/// have been wrong. For a background worker. Skips locked licenses. Returns the number of changes.
///
/// # Errors
/// Returns an error if the database fails.
#[tracing::instrument(name = "license.mark_expired", skip_all, err(level = "debug"))]
pub async fn mark_expired(service: &Service) -> Result<u64> {
    let now = service.now();
    let up = format!("{NOT_MARKED_EXPIRED} AND expires_at <= $1");
    let marked = mark_in_batches(service, "expires_at", &up, now.plus_seconds(-CLOCK_MARGIN_SECONDS)).await?;
    let unmarked =
        mark_in_batches(service, "NULL", &format!("{MARKED_EXPIRED} AND expires_at > $1"), now).await?;
    Ok(marked + unmarked)
}

/// Sets the mark of all licenses that match a condition at a time.
async fn mark_in_batches(service: &Service, mark: &str, holds: &str, at: Timestamp) -> Result<u64> {
    // Each batch starts where the previous one ended, so that skipped rows are not read again.
    let due = format!(
        "SELECT id FROM licenses WHERE {holds} AND expires_at >= $2 ORDER BY expires_at LIMIT {LICENSES_PER_TXN}"
    );
    // Locked rows are skipped, because waiting for one while holding others could deadlock.
    let free = if service.store.is_sqlite() { "" } else { " FOR NO KEY UPDATE SKIP LOCKED" };
    let set =
        format!("UPDATE licenses SET lapsed_at = {mark} WHERE id IN ({due}{free}) RETURNING expires_at");
    let (mut done, mut from) = (0, i64::MIN);
    loop {
        let values = [Value::from(at.millis()), Value::from(from)];
        let statement =
            |sql: &str| Statement::from_sql_and_values(service.store.backend(), sql, values.clone());
        // The read takes no write permit.
        if service.store.read().query_one_raw(statement(&due)).await?.is_none() {
            return Ok(done);
        }
        let txn = service.begin_write().await?;
        let rows = txn.conn().query_all_raw(statement(&set)).await?;
        txn.commit().await?;
        done += rows.len() as u64;
        for row in &rows {
            from = from.max(row.try_get("", "expires_at")?);
        }
        if (rows.len() as u64) < LICENSES_PER_TXN {
            return Ok(done);
        }
    }
}
