//! Licenses whose time is up are marked, so that a list of those in force need not pass them by.
//! Nothing else looks at the mark: what is in force is told by the clock.

use domain::Timestamp;
use sea_orm::sea_query::Value;
use sea_orm::{ConnectionTrait as _, Statement};

use crate::{Result, Service};

/// Licenses marked in one transaction, so that others need not wait long.
const LICENSES_PER_TXN: u64 = 500;

/// That a license is active and not marked, in the words of the indexes of those, which planners
/// look for. The mark is the expiry that passed; a license with another one is not marked.
pub(super) const NOT_MARKED_EXPIRED: &str = "CASE WHEN state = 'active' \
     THEN lapsed_at IS NULL OR lapsed_at <> expires_at OR expires_at IS NULL ELSE FALSE END";

/// That a license is marked, in the words of the index of those.
const MARKED_EXPIRED: &str = "lapsed_at = expires_at";

/// How long a license's time is up before it is marked, in seconds: another node's clock may be
/// behind, and lists it as in force meanwhile.
const CLOCK_MARGIN_SECONDS: i64 = 60;

/// Marks the licenses whose time is up, and takes the mark from those whose time is not: a clock
/// may have been wrong. For a worker; how many they were. A license that somebody holds is left
/// for the next time.
///
/// # Errors
/// Those of the database.
pub async fn mark_expired(service: &Service) -> Result<u64> {
    let now = service.now();
    let up = format!("{NOT_MARKED_EXPIRED} AND expires_at <= $1");
    let marked = mark_in_batches(service, "expires_at", &up, now.plus_seconds(-CLOCK_MARGIN_SECONDS)).await?;
    let unmarked =
        mark_in_batches(service, "NULL", &format!("{MARKED_EXPIRED} AND expires_at > $1"), now).await?;
    Ok(marked + unmarked)
}

/// Sets the mark where something holds at a time.
async fn mark_in_batches(service: &Service, mark: &str, holds: &str, at: Timestamp) -> Result<u64> {
    // Each portion begins where the one before it ended, and passes by nothing that it left.
    let due = format!(
        "SELECT id FROM licenses WHERE {holds} AND expires_at >= $2 ORDER BY expires_at LIMIT {LICENSES_PER_TXN}"
    );
    // Whoever waited for one with others in hand could wait in a ring.
    let free = if service.store.is_sqlite() { "" } else { " FOR NO KEY UPDATE SKIP LOCKED" };
    let set =
        format!("UPDATE licenses SET lapsed_at = {mark} WHERE id IN ({due}{free}) RETURNING expires_at");
    let (mut done, mut from) = (0, i64::MIN);
    loop {
        let values = [Value::from(at.millis()), Value::from(from)];
        let statement =
            |sql: &str| Statement::from_sql_and_values(service.store.backend(), sql, values.clone());
        // A look takes no turn from those who write.
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
