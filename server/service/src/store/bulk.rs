//! Many rows in few statements, whose texts do not depend on how many rows there
//! are, so that they are prepared once and for all.
//!
//! On PostgreSQL all rows travel as one JSON value. On SQLite they are bound, by
//! powers of two a statement: a function in a statement of many rows, such as one
//! that reads JSON, makes SQLite keep a journal of each statement, which is a
//! tenth of what a group of activations costs. In return a statement that fails
//! leaves its first rows behind: whoever gets an error must not commit.

use data_encoding::HEXLOWER;
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{ConnectionTrait as _, DatabaseBackend, Statement, Value};
use serde_json::json;

use super::WriteTxn;
use crate::{Error, Result};

/// Rows in one statement on SQLite, at most.
const MOST: usize = 64;

/// What a column holds.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Uuid,
    Bytes,
    Text,
    Int,
    Bool,
}

/// Names and kinds, in the order in which rows give their values.
pub(crate) type Columns = &'static [(&'static str, Kind)];

/// The values of a row.
pub(crate) type Row = Vec<Value>;

/// A row of whatever can be a value.
macro_rules! row {
    ($($value:expr),* $(,)?) => { vec![$(::sea_orm::Value::from($value)),*] };
}
pub(crate) use row;

/// Inserts rows.
pub(crate) async fn insert(txn: &WriteTxn, table: &str, columns: Columns, rows: Vec<Row>) -> Result<()> {
    run(txn, rows, |from| insert_from(table, columns, from), columns).await?;
    Ok(())
}

/// Runs a statement on rows; `sql` is given what to select them from. The number
/// of rows it touched.
pub(crate) async fn run(
    txn: &WriteTxn,
    rows: Vec<Row>,
    sql: impl Fn(&str) -> String,
    columns: Columns,
) -> Result<u64> {
    let backend = txn.conn().get_database_backend();
    let mut touched = 0;
    if backend == DatabaseBackend::Sqlite {
        let mut rows = rows.into_iter();
        while rows.len() > 0 {
            let some = MOST.min(1 << rows.len().ilog2());
            let values: Vec<Value> = rows.by_ref().take(some).flatten().collect();
            let sql = or_fail(&sql(&bound(columns, some)));
            let statement = Statement::from_sql_and_values(backend, sql, values);
            touched += txn.conn().execute_raw(statement).await?.rows_affected();
        }
    } else if !rows.is_empty() {
        let sql = sql(&read(columns, 1));
        let statement = Statement::from_sql_and_values(backend, sql, [written(&rows)?.into()]);
        touched = txn.conn().execute_raw(statement).await?.rows_affected();
    }
    Ok(touched)
}

/// That these columns hold what one of the rows says.
pub(crate) fn among(backend: DatabaseBackend, columns: Columns, rows: &[Row]) -> Result<SimpleExpr> {
    let (names, rows) = (names(columns), written(rows)?);
    let source = if backend == DatabaseBackend::Sqlite {
        let cell = |(n, (name, kind)): (usize, &(&str, Kind))| match kind {
            Kind::Uuid | Kind::Bytes => format!("unhex(e.value ->> {n}) AS {name}"),
            _ => format!("e.value ->> {n} AS {name}"),
        };
        let cells: Vec<String> = columns.iter().enumerate().map(cell).collect();
        format!("SELECT {} FROM jsonb_each(?) AS e", cells.join(", "))
    } else {
        format!("SELECT {names} FROM {}", read(columns, 1))
    };
    Ok(Expr::cust_with_values(format!("({names}) IN ({source})"), [rows]))
}

fn names(columns: Columns) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

/// `INSERT …` to `INSERT OR FAIL …`.
pub(crate) fn or_fail(sql: &str) -> String {
    let (verb, rest) = sql.split_once(' ').unwrap_or((sql, ""));
    format!("{verb} OR FAIL {rest}")
}

/// So many bound rows, as a table named `v`.
fn bound(columns: Columns, rows: usize) -> String {
    let name = |(n, (name, _)): (usize, &(&str, Kind))| format!("column{} AS {name}", n + 1);
    let named: Vec<String> = columns.iter().enumerate().map(name).collect();
    let row = format!("({})", vec!["?"; columns.len()].join(","));
    format!("(SELECT {} FROM (VALUES {})) AS v", named.join(", "), vec![row; rows].join(","))
}

/// On PostgreSQL: inserts the rows that a parameter holds, see [`written`].
pub(crate) fn inserting(table: &str, columns: Columns, parameter: usize) -> String {
    insert_from(table, columns, &read(columns, parameter))
}

fn insert_from(table: &str, columns: Columns, from: &str) -> String {
    let names = names(columns);
    format!("INSERT INTO {table} ({names}) SELECT {names} FROM {from}")
}

/// The rows of a parameter, as a table named `v`.
fn read(columns: Columns, parameter: usize) -> String {
    let cell = |(n, (name, kind)): (usize, &(&str, Kind))| {
        let cell = format!("(e ->> {n})");
        let cell = match kind {
            Kind::Text => cell,
            Kind::Uuid => format!("{cell}::uuid"),
            Kind::Bytes => format!("decode({cell}, 'hex')"),
            Kind::Int => format!("{cell}::bigint"),
            Kind::Bool => format!("{cell}::boolean"),
        };
        format!("{cell} AS {name}")
    };
    let cells: Vec<String> = columns.iter().enumerate().map(cell).collect();
    format!("(SELECT {} FROM json_array_elements(${parameter}::json) AS e) AS v", cells.join(", "))
}

/// Rows as JSON; ids and bytes in hexadecimal.
pub(crate) fn written(rows: &[Row]) -> Result<String> {
    let cell = |value: &Value| match value {
        Value::Uuid(id) => json!(id.map(uuid::Uuid::simple)),
        Value::Bytes(bytes) => json!(bytes.as_ref().map(|bytes| HEXLOWER.encode(bytes))),
        Value::String(text) => json!(text),
        Value::BigInt(n) => json!(n),
        Value::Int(n) => json!(n),
        Value::Bool(yes) => json!(yes),
        other => json!(other.to_string()),
    };
    let rows: Vec<Vec<serde_json::Value>> = rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    serde_json::to_string(&rows).map_err(|e| Error::Internal(format!("rows: {e}")))
}
