//! Bulk writes: the collected writes of a transaction, executed in one round trip. A round trip
//! to the database, or to the thread that runs SQLite, costs as much as a statement.

use std::fmt::Write as _;

use sea_orm::{ConnectionTrait as _, DatabaseBackend, DatabaseTransaction, Statement, Value};

use super::row_values::{
    Columns, RowValues, add_or_fail, insert_select, json_rows_table, rows_to_json, values_table,
};
use crate::{Error, Result};

/// Maximum number of rows in one statement on SQLite.
const MAX_ROWS_PER_STATEMENT: usize = 64;
/// Allowed numbers of rows in one statement on SQLite: few, so that statement texts repeat.
const STATEMENT_ROW_COUNTS: [usize; 9] = [1, 2, 4, 8, 16, 24, 32, 48, MAX_ROWS_PER_STATEMENT];

/// Rows and the statement that writes them. The first value of a row is never NULL.
pub(crate) struct BulkWrite {
    columns: Columns,
    rows: Vec<RowValues>,
    /// Builds the statement from the table expression `v` that its rows are selected from.
    sql: Box<dyn Fn(&str) -> String + Send + Sync>,
    exact_row_count: bool,
}

impl BulkWrite {
    /// Creates a write from rows and a function that builds its statement from their table
    /// expression. Each row must affect exactly one record.
    pub fn new(
        columns: Columns,
        rows: Vec<RowValues>,
        sql: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> Self {
        Self { columns, rows, sql: Box::new(sql), exact_row_count: true }
    }

    /// Creates an insert.
    pub fn insert(table: &'static str, columns: Columns, rows: Vec<RowValues>) -> Self {
        Self::new(columns, rows, move |from| insert_select(table, columns, from))
    }

    /// Skips the check that every row affects exactly one record. Must not be mixed with checked
    /// writes in one call.
    pub fn allow_any_row_count(self) -> Self {
        Self { exact_row_count: false, ..self }
    }
}

/// Channels and payloads that PostgreSQL sends at the commit.
pub(crate) type Notifications = Vec<(&'static str, String)>;

/// Executes all writes. On PostgreSQL, `notifications` are sent at the commit.
/// On SQLite, returns the row number of the last inserted row, if the last write is an insert
/// into a table with numbered rows.
///
/// # Errors
/// Returns [`Error`] if the database fails, or if a checked row did not affect exactly one
/// record. The caller must then roll back, because some rows may be written.
pub(crate) async fn execute_all(
    txn: &DatabaseTransaction,
    mut writes: Vec<BulkWrite>,
    notifications: Notifications,
) -> Result<Option<i64>> {
    writes.retain(|write| !write.rows.is_empty());
    let expected = writes.iter().map(|write| write.rows.len()).sum::<usize>() as u64;
    let exact = writes.iter().all(|write| write.exact_row_count);
    debug_assert!(
        exact || writes.iter().all(|write| !write.exact_row_count),
        "checked and unchecked writes share one row count"
    );
    let (affected, last) = if txn.get_database_backend() == DatabaseBackend::Sqlite {
        execute_sqlite(txn, writes).await?
    } else {
        (execute_postgres(txn, writes, notifications).await?, None)
    };
    if exact && affected != expected {
        return Err(Error::Internal(format!("expected {expected} affected rows, got {affected}")));
    }
    Ok(last)
}

/// Executes the writes on SQLite as one text of several statements. All have the same number of
/// rows, taken from [`STATEMENT_ROW_COUNTS`], so that the texts are few and stay prepared. Missing
/// rows are padded with NULL and skipped; rows beyond the maximum go into further texts.
async fn execute_sqlite(txn: &DatabaseTransaction, writes: Vec<BulkWrite>) -> Result<(u64, Option<i64>)> {
    let mut pending: Vec<_> =
        writes.into_iter().map(|write| (write.columns, write.rows.into_iter(), write.sql)).collect();
    let (mut affected, mut last) = (0, None);
    while let Some(most) = pending.iter().map(|(_, rows, _)| rows.len()).max().filter(|most| *most > 0) {
        let size =
            STATEMENT_ROW_COUNTS.into_iter().find(|size| *size >= most).unwrap_or(MAX_ROWS_PER_STATEMENT);
        let is_last = pending.last().is_some_and(|(_, rows, _)| rows.len() > 0);
        let (mut text, mut values) = (String::new(), Vec::new());
        for (columns, rows, sql) in pending.iter_mut().filter(|(_, rows, _)| rows.len() > 0) {
            let padded_len = values.len() + size * columns.len();
            values.reserve(size * columns.len());
            rows.by_ref().take(size).for_each(|mut row| values.append(&mut row));
            values.resize(padded_len, Value::BigInt(None));
            text.push_str(&add_or_fail(&sql(&values_table(columns, size))));
            text.push_str(";\n");
        }
        let statement = Statement::from_sql_and_values(DatabaseBackend::Sqlite, text, values);
        let result = txn.execute_raw(statement).await?;
        affected += result.rows_affected();
        // Later texts may only contain rows of other tables.
        if is_last {
            last = Some(result.last_insert_id().cast_signed());
        }
    }
    Ok((affected, last))
}

/// Executes the writes on PostgreSQL as one statement.
async fn execute_postgres(
    txn: &DatabaseTransaction,
    writes: Vec<BulkWrite>,
    notifications: Notifications,
) -> Result<u64> {
    let (mut parts, mut counts, mut values) = (Vec::new(), Vec::new(), Vec::<Value>::new());
    for (n, BulkWrite { columns, rows, sql, .. }) in writes.into_iter().enumerate() {
        values.push(rows_to_json(&rows)?.into());
        parts.push(format!("w{n} AS ({} RETURNING 1)", sql(&json_rows_table(columns, values.len()))));
        counts.push(format!("(SELECT count(*) FROM w{n})"));
    }
    counts.push("0".to_owned());
    let with = if parts.is_empty() { String::new() } else { format!("WITH {} ", parts.join(", ")) };
    let mut notify = String::new();
    if parts.is_empty() && notifications.is_empty() {
        return Ok(0);
    }
    for (channel, payload) in notifications {
        let _ = write!(notify, ", pg_notify(${}, ${})", values.len() + 1, values.len() + 2);
        values.extend([channel.into(), payload.into()]);
    }
    let text = format!("{with}SELECT ({})::bigint AS touched{notify}", counts.join(" + "));
    let statement = Statement::from_sql_and_values(DatabaseBackend::Postgres, text, values);
    let row = txn.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| Error::Internal("count query returned no row".into()))?;
    let affected: i64 = row.try_get("", "touched")?;
    Ok(affected.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use sea_orm::{Database, TransactionTrait as _};

    use super::super::row_values::{ColumnType, row};
    use super::*;

    const COLUMNS: Columns = &[("id", ColumnType::Int), ("text", ColumnType::Text)];

    fn rows(ids: std::ops::Range<i64>) -> Vec<RowValues> {
        ids.map(|id| row![id, format!("row {id}")]).collect()
    }

    const NO_NOTIFICATION: Notifications = Vec::new();

    fn append_mark(ids: std::ops::Range<i64>) -> BulkWrite {
        BulkWrite::new(COLUMNS, rows(ids), |from| {
            format!("UPDATE t SET text = v.text || '!' FROM {from} WHERE t.id = v.id")
        })
    }

    #[allow(clippy::disallowed_methods, reason = "the test writes only to its own tables")]
    async fn begin() -> DatabaseTransaction {
        let db = Database::connect("sqlite::memory:").await.expect("a database");
        let txn = db.begin().await.expect("a transaction");
        for table in ["t", "u"] {
            let sql = format!("CREATE TABLE {table} (id INTEGER PRIMARY KEY, text TEXT NOT NULL)");
            txn.execute_unprepared(&sql).await.expect("a table");
        }
        txn
    }

    async fn count(txn: &DatabaseTransaction, from: &str) -> i64 {
        let sql = format!("SELECT count(*) AS n FROM {from}");
        let row = txn.query_one_raw(Statement::from_string(DatabaseBackend::Sqlite, sql)).await;
        row.expect("query succeeds").expect("a row").try_get("", "n").expect("a number")
    }

    #[tokio::test]
    async fn every_row_is_written_for_any_row_count() {
        for n in [0, 1, 2, 3, 9, 17, 23, 33, 63, 64, 65, 130] {
            let txn = begin().await;
            let updated = n / 3;
            let writes = vec![
                BulkWrite::insert("t", COLUMNS, rows(0..n)),
                append_mark(0..updated),
                BulkWrite::insert("u", COLUMNS, rows(0..updated)),
            ];
            execute_all(&txn, writes, NO_NOTIFICATION).await.expect("the writes succeed");
            let counts =
                [count(&txn, "t").await, count(&txn, "t WHERE text LIKE '%!'").await, count(&txn, "u").await];
            assert_eq!(counts, [n, updated, updated]);
        }
    }

    #[tokio::test]
    async fn last_insert_id_is_that_of_the_last_table() {
        for (before, n) in [(0, 1), (200, 1), (1, 200), (64, 64), (65, 66)] {
            let txn = begin().await;
            let writes = vec![
                BulkWrite::insert("t", COLUMNS, rows(1000..1000 + before)),
                BulkWrite::insert("u", COLUMNS, rows(1..n + 1)),
            ];
            let last = execute_all(&txn, writes, NO_NOTIFICATION).await.expect("the writes succeed");
            assert_eq!(last, Some(n), "{before} before {n}");
        }
    }

    #[tokio::test]
    async fn missing_row_is_an_error_unless_any_row_count_is_allowed() {
        let txn = begin().await;
        execute_all(&txn, vec![BulkWrite::insert("t", COLUMNS, rows(0..5))], NO_NOTIFICATION)
            .await
            .expect("the writes succeed");
        execute_all(&txn, vec![append_mark(3..8).allow_any_row_count()], NO_NOTIFICATION)
            .await
            .expect("existing rows are updated");
        assert_eq!(count(&txn, "t WHERE text LIKE '%!'").await, 2);
        let error = execute_all(&txn, vec![append_mark(3..8)], NO_NOTIFICATION)
            .await
            .expect_err("three rows are missing");
        assert!(matches!(error, Error::Internal(_)), "{error}");
    }
}
