//! What a transaction writes: gathered, and written together in one go. The way to the
//! database and back, on SQLite to the thread that runs it, costs as much as a statement.

use sea_orm::{ConnectionTrait as _, DatabaseBackend, DatabaseTransaction, Statement, Value};

use super::bulk::{Columns, Row, bound, insert_from, or_fail, read, written};
use crate::{Error, Result};

/// Rows in one statement on SQLite, at most.
const MOST: usize = 64;
/// Rows in one statement on SQLite.
const SIZES: [usize; 9] = [1, 2, 4, 8, 16, 24, 32, 48, MOST];

/// Rows to be written, and how. Their first value is never NULL.
pub(crate) struct Write {
    columns: Columns,
    rows: Vec<Row>,
    /// The statement, by what its rows are selected from.
    sql: Box<dyn Fn(&str) -> String + Send + Sync>,
    exact: bool,
}

impl Write {
    /// Writes rows by a statement, which is told what to select them from. Each must
    /// touch exactly one row.
    pub fn new(
        columns: Columns,
        rows: Vec<Row>,
        sql: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> Self {
        Self { columns, rows, sql: Box::new(sql), exact: true }
    }

    /// Inserts rows.
    pub fn insert(table: &'static str, columns: Columns, rows: Vec<Row>) -> Self {
        Self::new(columns, rows, move |from| insert_from(table, columns, from))
    }

    /// Whose rows may touch as many as they do. Not beside those that must touch theirs.
    pub fn inexact(self) -> Self {
        Self { exact: false, ..self }
    }
}

/// Writes all of it. On PostgreSQL the other nodes are told `notice` at the commit. On SQLite
/// gives the number of the last row of the last of these, if that is an insert into a table whose
/// rows are numbered.
///
/// # Errors
/// When a row did not touch the one that it was for. Whoever gets an error must not
/// commit: part of it may be written.
pub(crate) async fn write_all(
    txn: &DatabaseTransaction,
    mut writes: Vec<Write>,
    notice: Option<(&str, String)>,
) -> Result<Option<i64>> {
    writes.retain(|write| !write.rows.is_empty());
    let expected = writes.iter().map(|write| write.rows.len()).sum::<usize>() as u64;
    let exact = writes.iter().all(|write| write.exact);
    debug_assert!(exact || writes.iter().all(|write| !write.exact), "what is exact could not be told apart");
    let (touched, last) = if txn.get_database_backend() == DatabaseBackend::Sqlite {
        bind(txn, writes).await?
    } else {
        (send(txn, writes, notice).await?, None)
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
async fn bind(txn: &DatabaseTransaction, writes: Vec<Write>) -> Result<(u64, Option<i64>)> {
    let mut left: Vec<_> =
        writes.into_iter().map(|write| (write.columns, write.rows.into_iter(), write.sql)).collect();
    let (mut touched, mut last) = (0, None);
    while let Some(most) = left.iter().map(|(_, rows, _)| rows.len()).max().filter(|most| *most > 0) {
        let size = SIZES.into_iter().find(|size| *size >= most).unwrap_or(MOST);
        let is_last = left.last().is_some_and(|(_, rows, _)| rows.len() > 0);
        let (mut text, mut values) = (String::new(), Vec::new());
        for (columns, rows, sql) in left.iter_mut().filter(|(_, rows, _)| rows.len() > 0) {
            let all = values.len() + size * columns.len();
            values.reserve(size * columns.len());
            rows.by_ref().take(size).for_each(|mut row| values.append(&mut row));
            values.resize(all, Value::BigInt(None));
            text.push_str(&or_fail(&sql(&bound(columns, size))));
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
async fn send(txn: &DatabaseTransaction, writes: Vec<Write>, notice: Option<(&str, String)>) -> Result<u64> {
    let (mut parts, mut counts, mut values) = (Vec::new(), Vec::new(), Vec::<Value>::new());
    for (n, Write { columns, rows, sql, .. }) in writes.into_iter().enumerate() {
        values.push(written(&rows)?.into());
        parts.push(format!("w{n} AS ({} RETURNING 1)", sql(&read(columns, values.len()))));
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

    use super::super::bulk::{Kind, row};
    use super::*;

    const COLUMNS: Columns = &[("id", Kind::Int), ("text", Kind::Text)];

    fn rows(ids: std::ops::Range<i64>) -> Vec<Row> {
        ids.map(|id| row![id, format!("row {id}")]).collect()
    }

    fn renamed(ids: std::ops::Range<i64>) -> Write {
        Write::new(COLUMNS, rows(ids), |from| {
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
    async fn all_rows_are_written_however_many_they_are() {
        for n in [0, 1, 2, 3, 9, 17, 23, 33, 63, 64, 65, 130] {
            let txn = begin().await;
            let few = n / 3;
            let writes = vec![
                Write::insert("t", COLUMNS, rows(0..n)),
                renamed(0..few),
                Write::insert("u", COLUMNS, rows(0..few)),
            ];
            write_all(&txn, writes, None).await.expect("it is written");
            let counts =
                [count(&txn, "t").await, count(&txn, "t WHERE text LIKE '%!'").await, count(&txn, "u").await];
            assert_eq!(counts, [n, few, few]);
        }
    }

    #[tokio::test]
    async fn the_last_number_is_that_of_the_last_table() {
        for (before, n) in [(0, 1), (200, 1), (1, 200), (64, 64), (65, 66)] {
            let txn = begin().await;
            let writes = vec![
                Write::insert("t", COLUMNS, rows(1000..1000 + before)),
                Write::insert("u", COLUMNS, rows(1..n + 1)),
            ];
            let last = write_all(&txn, writes, None).await.expect("it is written");
            assert_eq!(last, Some(n), "{before} before {n}");
        }
    }

    #[tokio::test]
    async fn a_row_that_is_not_there_is_an_error_unless_it_may_be_gone() {
        let txn = begin().await;
        write_all(&txn, vec![Write::insert("t", COLUMNS, rows(0..5))], None).await.expect("it is written");
        write_all(&txn, vec![renamed(3..8).inexact()], None).await.expect("what is there is written");
        assert_eq!(count(&txn, "t WHERE text LIKE '%!'").await, 2);
        let error = write_all(&txn, vec![renamed(3..8)], None).await.expect_err("three are missing");
        assert!(matches!(error, Error::Internal(_)), "{error}");
    }
}
