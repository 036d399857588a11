//! What a transaction writes: gathered, and written together in one go. The way to the
//! database and back, on SQLite to the thread that runs it, costs as much as a statement.

use sea_orm::{ConnectionTrait as _, DatabaseBackend, DatabaseTransaction, Statement, Value};

use super::row_values::{
    Columns, RowValues, add_or_fail, insert_select, json_rows_table, rows_to_json, values_table,
};
use crate::{Error, Result};

/// Rows in one statement on SQLite, at most.
const MAX_ROWS_PER_STATEMENT: usize = 64;
/// Rows in one statement on SQLite.
const STATEMENT_ROW_COUNTS: [usize; 9] = [1, 2, 4, 8, 16, 24, 32, 48, MAX_ROWS_PER_STATEMENT];

/// Rows to be written, and how. Their first value is never NULL.
pub(crate) struct BulkWrite {
    columns: Columns,
    rows: Vec<RowValues>,
    /// The statement, by what its rows are selected from.
    sql: Box<dyn Fn(&str) -> String + Send + Sync>,
    exact_row_count: bool,
}

impl BulkWrite {
    /// Writes rows by a statement, which is told what to select them from. Each must
    /// touch exactly one row.
    pub fn new(
        columns: Columns,
        rows: Vec<RowValues>,
        sql: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> Self {
        Self { columns, rows, sql: Box::new(sql), exact_row_count: true }
    }

    /// Inserts rows.
    pub fn insert(table: &'static str, columns: Columns, rows: Vec<RowValues>) -> Self {
        Self::new(columns, rows, move |from| insert_select(table, columns, from))
    }

    /// Whose rows may touch as many as they do. Not beside those that must touch theirs.
    pub fn allow_any_row_count(self) -> Self {
        Self { exact_row_count: false, ..self }
    }
}

/// Writes all of it. On PostgreSQL the other nodes are told `notice` at the commit. On SQLite
/// gives the number of the last row of the last of these, if that is an insert into a table whose
/// rows are numbered.
///
/// # Errors
/// When a row did not touch the one that it was for. Whoever gets an error must not
/// commit: part of it may be written.
pub(crate) async fn execute_all(
    txn: &DatabaseTransaction,
    mut writes: Vec<BulkWrite>,
    notice: Option<(&str, String)>,
) -> Result<Option<i64>> {
    writes.retain(|write| !write.rows.is_empty());
    let expected = writes.iter().map(|write| write.rows.len()).sum::<usize>() as u64;
    let exact = writes.iter().all(|write| write.exact_row_count);
    debug_assert!(
        exact || writes.iter().all(|write| !write.exact_row_count),
        "what is exact could not be told apart"
    );
    let (touched, last) = if txn.get_database_backend() == DatabaseBackend::Sqlite {
        execute_sqlite(txn, writes).await?
    } else {
        (execute_postgres(txn, writes, notice).await?, None)
    };
    if exact && touched != expected {
        let text = format!("{expected} rows were to be written, and {touched} were there to be");
        return Err(Error::Internal(text));
    }
    Ok(last)
}

/// On SQLite: one text of several statements, each with as many rows as all others, of
/// [`SIZES`], so that texts are few. What is missing is NULL, and left out. What is more than a
/// statement takes goes by further texts.
async fn execute_sqlite(txn: &DatabaseTransaction, writes: Vec<BulkWrite>) -> Result<(u64, Option<i64>)> {
    let mut left: Vec<_> =
        writes.into_iter().map(|write| (write.columns, write.rows.into_iter(), write.sql)).collect();
    let (mut touched, mut last) = (0, None);
    while let Some(most) = left.iter().map(|(_, rows, _)| rows.len()).max().filter(|most| *most > 0) {
        let size =
            STATEMENT_ROW_COUNTS.into_iter().find(|size| *size >= most).unwrap_or(MAX_ROWS_PER_STATEMENT);
        let is_last = left.last().is_some_and(|(_, rows, _)| rows.len() > 0);
        let (mut text, mut values) = (String::new(), Vec::new());
        for (columns, rows, sql) in left.iter_mut().filter(|(_, rows, _)| rows.len() > 0) {
            let all = values.len() + size * columns.len();
            values.reserve(size * columns.len());
            rows.by_ref().take(size).for_each(|mut row| values.append(&mut row));
            values.resize(all, Value::BigInt(None));
            text.push_str(&add_or_fail(&sql(&values_table(columns, size))));
            text.push_str(";\n");
        }
        let statement = Statement::from_sql_and_values(DatabaseBackend::Sqlite, text, values);
        let done = txn.execute_raw(statement).await?;
        touched += done.rows_affected();
        // Other tables' rows may go on after its own.
        if is_last {
            last = Some(done.last_insert_id().cast_signed());
        }
    }
    Ok((touched, last))
}

/// On PostgreSQL: one statement.
async fn execute_postgres(
    txn: &DatabaseTransaction,
    writes: Vec<BulkWrite>,
    notice: Option<(&str, String)>,
) -> Result<u64> {
    let (mut parts, mut counts, mut values) = (Vec::new(), Vec::new(), Vec::<Value>::new());
    for (n, BulkWrite { columns, rows, sql, .. }) in writes.into_iter().enumerate() {
        values.push(rows_to_json(&rows)?.into());
        parts.push(format!("w{n} AS ({} RETURNING 1)", sql(&json_rows_table(columns, values.len()))));
        counts.push(format!("(SELECT count(*) FROM w{n})"));
    }
    counts.push("0".to_owned());
    let with = if parts.is_empty() { String::new() } else { format!("WITH {} ", parts.join(", ")) };
    let mut tell = String::new();
    if let Some((channel, notice)) = notice {
        tell = format!(", pg_notify(${}, ${})", values.len() + 1, values.len() + 2);
        values.extend([channel.into(), notice.into()]);
    } else if parts.is_empty() {
        return Ok(0);
    }
    let text = format!("{with}SELECT ({})::bigint AS touched{tell}", counts.join(" + "));
    let statement = Statement::from_sql_and_values(DatabaseBackend::Postgres, text, values);
    let row = txn.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| Error::Internal("a count has no row".into()))?;
    let touched: i64 = row.try_get("", "touched")?;
    Ok(touched.unsigned_abs())
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

    fn renamed(ids: std::ops::Range<i64>) -> BulkWrite {
        BulkWrite::new(COLUMNS, rows(ids), |from| {
            format!("UPDATE t SET text = v.text || '!' FROM {from} WHERE t.id = v.id")
        })
    }

    #[allow(clippy::disallowed_methods, reason = "the tables are this test's own")]
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
        row.expect("it runs").expect("a row").try_get("", "n").expect("a number")
    }

    #[tokio::test]
    async fn every_row_is_written_for_any_row_count() {
        for n in [0, 1, 2, 3, 9, 17, 23, 33, 63, 64, 65, 130] {
            let txn = begin().await;
            let few = n / 3;
            let writes = vec![
                BulkWrite::insert("t", COLUMNS, rows(0..n)),
                renamed(0..few),
                BulkWrite::insert("u", COLUMNS, rows(0..few)),
            ];
            execute_all(&txn, writes, None).await.expect("it is written");
            let counts =
                [count(&txn, "t").await, count(&txn, "t WHERE text LIKE '%!'").await, count(&txn, "u").await];
            assert_eq!(counts, [n, few, few]);
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
            let last = execute_all(&txn, writes, None).await.expect("it is written");
            assert_eq!(last, Some(n), "{before} before {n}");
        }
    }

    #[tokio::test]
    async fn missing_row_is_an_error_unless_any_row_count_is_allowed() {
        let txn = begin().await;
        execute_all(&txn, vec![BulkWrite::insert("t", COLUMNS, rows(0..5))], None)
            .await
            .expect("it is written");
        execute_all(&txn, vec![renamed(3..8).allow_any_row_count()], None)
            .await
            .expect("what is there is written");
        assert_eq!(count(&txn, "t WHERE text LIKE '%!'").await, 2);
        let error = execute_all(&txn, vec![renamed(3..8)], None).await.expect_err("three are missing");
        assert!(matches!(error, Error::Internal(_)), "{error}");
    }
}
