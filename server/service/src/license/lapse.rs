//! Licenses whose time is up are marked, so that a list of those in force need not pass them by.
//! Nothing else looks at the mark: what is in force is told by the clock.

use sea_orm::sea_query::Value;
use sea_orm::{ConnectionTrait as _, Statement};

use crate::{Result, Service};

/// Licenses marked in one transaction, so that others need not wait long.
const PORTION: u64 = 500;

/// That a license is active and not marked, in the words of the indexes of those, which planners
/// look for. The mark is the expiry that passed; a license with another one is not marked.
pub(super) const UNLAPSED: &str = "CASE WHEN state = 'active' \
     THEN lapsed_at IS NULL OR lapsed_at <> expires_at OR expires_at IS NULL ELSE FALSE END";

/// Marks the licenses whose time is up. For a worker; how many they were. A license that somebody
/// holds is left for the next time.
///
/// # Errors
/// Those of the database.
pub async fn mark_lapsed(service: &Service) -> Result<u64> {
    let due = format!("SELECT id FROM licenses WHERE {UNLAPSED} AND expires_at <= $1 LIMIT {PORTION}");
    // Whoever waited for one with others in hand could wait in a ring.
    let held = if service.store.is_sqlite() { "" } else { " FOR NO KEY UPDATE SKIP LOCKED" };
    let mark = format!("UPDATE licenses SET lapsed_at = expires_at WHERE id IN ({due}{held})");
    let now = Value::from(service.now().millis());
    let statement = |sql: &str| Statement::from_sql_and_values(service.store.backend(), sql, [now.clone()]);
    let mut marked = 0;
    // A look takes no turn from those who write.
    while service.store.read().query_one_raw(statement(&due)).await?.is_some() {
        let txn = service.write().await?;
        let some = txn.conn().execute_raw(statement(&mark)).await?.rows_affected();
        txn.commit().await?;
        marked += some;
        if some < PORTION {
            break;
        }
    }
    Ok(marked)
}
