//! Marks licenses in force that nothing used for 90 days, for the index of such licenses. An index of the
//! last use itself would be written with every flush of usage counts.
//!
//! A use is a valid verification, a new activation, or an activation or sync of a machine. It removes the
//! mark in its own transaction: a flush in `usage/flush.rs`, the others by `activation/counter.rs`.

use domain::LicenseId;
use domain::view::UNUSED_DAYS;
use sea_orm::{ConnectionTrait as _, DbErr, QueryResult, Statement, Value};
use uuid::Uuid;

use super::mark_expired::NOT_MARKED_EXPIRED;
use crate::store::row_values::{ColumnType, Columns, RowValues, in_rows_sql, row, rows_to_json};
use crate::{Result, Service, random};

/// Licenses read by one statement and marked in one transaction, so that other writers do not wait long.
const LICENSES_PER_BATCH: usize = 500;

/// The condition "in force and marked", exactly as in the partial indexes, so that planners match it.
pub(super) const MARKED_UNUSED: &str = "CASE WHEN marked_unused_at IS NOT NULL AND state = 'active' \
     THEN lapsed_at IS NULL OR lapsed_at <> expires_at OR expires_at IS NULL ELSE FALSE END";

/// The condition "used since a time", which is `$2`, and `$3` as an id. An imported license was issued
/// earlier than its id says, but this database knows of its uses only since then. A machine that was
/// activated by an offline file never syncs: its license counts as used. The scalar subquery makes
/// PostgreSQL look up the activations of one license; for EXISTS it may read all activations.
const USED: &str = "(created_at > $2 OR id >= $3 OR COALESCE(last_verified_at, 0) > $2 \
     OR COALESCE(released_use_at, 0) > $2 OR (SELECT 1 FROM activations AS a \
     WHERE a.license_id = licenses.id AND (a.created_at > $2 OR a.last_synced_at > $2 \
     OR a.offline_until IS NOT NULL) LIMIT 1) IS NOT NULL)";

const ID_COLUMN: Columns = &[("id", ColumnType::Uuid)];

/// Corrects the marks of the next 500 licenses in the order of their ids: marks unused ones, and removes the
/// marks of used ones. Such marks remain if a clock was wrong, or if a node of an earlier version wrote the
/// use. Skips locked licenses. Returns the last license of the batch, or `None` after the last of all.
/// Safe to run twice at once. For a background worker.
///
/// # Errors
/// Returns an error if the database fails.
#[tracing::instrument(name = "license.mark_unused", level = "debug", skip_all, err(level = "debug"))]
pub async fn mark_unused(service: &Service, after: Option<LicenseId>) -> Result<Option<LicenseId>> {
    let now = service.now();
    let since = now.plus_days(-UNUSED_DAYS);
    let mut values: [Value; 4] = [
        after.map_or(Uuid::nil(), |id| id.0).into(),
        since.millis().into(),
        random::first_id_at(since).into(),
        now.millis().into(),
    ];
    let is_wrong = wrong_mark();
    let sql = format!(
        "SELECT id, CASE WHEN {is_wrong} THEN id END AS wrong_id FROM licenses WHERE id > $1 ORDER BY id \
         LIMIT {LICENSES_PER_BATCH}"
    );
    // The read takes no write permit.
    let statement = Statement::from_sql_and_values(service.store.backend(), sql, values[..3].to_vec());
    let rows = service.store.read().query_all_raw(statement).await?;
    let mut wrong: Vec<RowValues> = Vec::new();
    for row in &rows {
        if let Some(id) = row.try_get::<Option<Uuid>>("", "wrong_id")? {
            wrong.push(row![id]);
        }
    }
    if !wrong.is_empty() {
        values[0] = rows_to_json(&wrong)?.into();
        correct(service, values).await?;
    }
    let is_full = rows.len() == LICENSES_PER_BATCH;
    let last = rows.last().filter(|_| is_full);
    let id = |row: &QueryResult| -> Result<LicenseId, DbErr> { Ok(LicenseId(row.try_get("", "id")?)) };
    Ok(last.map(id).transpose()?)
}

/// Inverts the marks of the licenses in `$1` that are still wrong.
async fn correct(service: &Service, mut values: [Value; 4]) -> Result<()> {
    let backend = service.store.backend();
    let ids = in_rows_sql(backend, ID_COLUMN);
    let txn = service.begin_write().await?;
    if txn.needs_row_locks() {
        // Locked rows are skipped, because waiting for one while holding others could deadlock.
        let sql = format!("SELECT id FROM licenses WHERE {ids} ORDER BY id FOR NO KEY UPDATE SKIP LOCKED");
        let lock = Statement::from_sql_and_values(backend, sql, [values[0].clone()]);
        let mut locked: Vec<RowValues> = Vec::new();
        for row in txn.conn().query_all_raw(lock).await? {
            locked.push(row![row.try_get::<Uuid>("", "id")?]);
        }
        values[0] = rows_to_json(&locked)?.into();
    }
    // A statement of its own: it sees all uses that were committed before the locks.
    let sql = format!(
        "UPDATE licenses SET marked_unused_at = \
         CASE WHEN marked_unused_at IS NULL THEN CAST($4 AS bigint) END WHERE {ids} AND {}",
        wrong_mark()
    );
    txn.conn().execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    txn.commit().await
}

/// Returns the condition that a license is marked although it was used, or in force, unused and not marked.
fn wrong_mark() -> String {
    format!("CASE WHEN marked_unused_at IS NULL THEN {NOT_MARKED_EXPIRED} AND NOT {USED} ELSE {USED} END")
}
