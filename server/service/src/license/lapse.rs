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

/// That a license is marked, in the words of the index of those.
const LAPSED: &str = "lapsed_at = expires_at";

/// Marks the licenses whose time is up, and takes the mark from those whose time is not: a clock
/// may have been wrong. For a worker; how many they were. A license that somebody holds is left
/// for the next time.
///
/// # Errors
/// Those of the database.
pub async fn mark_lapsed(service: &Service) -> Result<u64> {
    let marked = portions(service, "expires_at", &format!("{UNLAPSED} AND expires_at <= $1")).await?;
    let unmarked = portions(service, "NULL", &format!("{LAPSED} AND expires_at > $1")).await?;
    Ok(marked + unmarked)
}

/// Sets the mark where something holds now.
async fn portions(service: &Service, mark: &str, holds: &str) -> Result<u64> {
    let due = format!("SELECT id FROM licenses WHERE {holds} LIMIT {PORTION}");
    // Whoever waited for one with others in hand could wait in a ring.
    let free = if service.store.is_sqlite() { "" } else { " FOR NO KEY UPDATE SKIP LOCKED" };
    let set = format!("UPDATE licenses SET lapsed_at = {mark} WHERE id IN ({due}{free})");
    let now = Value::from(service.now().millis());
    let statement = |sql: &str| Statement::from_sql_and_values(service.store.backend(), sql, [now.clone()]);
    let mut done = 0;
    // A look takes no turn from those who write.
    while service.store.read().query_one_raw(statement(&due)).await?.is_some() {
        let txn = service.write().await?;
        let some = txn.conn().execute_raw(statement(&set)).await?.rows_affected();
        txn.commit().await?;
        done += some;
        if some < PORTION {
            break;
        }
    }
    Ok(done)
}
