//! Many rows in one statement whose text does not depend on how many: they travel
//! as one JSON value, so that a statement is parsed once and prepared for good.

use sea_orm::{ConnectionTrait as _, DatabaseBackend, Statement, Value};

use super::WriteTxn;
use crate::Result;

/// What a column holds.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Uuid,
    Text,
    Int,
    Bool,
}

/// Names and kinds, in the order in which rows give their values.
pub(crate) type Columns = &'static [(&'static str, Kind)];

/// Inserts rows.
pub(crate) async fn insert(
    txn: &WriteTxn,
    table: &str,
    columns: Columns,
    rows: &[serde_json::Value],
) -> Result<()> {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let names = names.join(", ");
    run(txn, rows, |from| format!("INSERT INTO {table} ({names}) SELECT {names} FROM {from}"), columns)
        .await?;
    Ok(())
}

/// Runs a statement on rows; `sql` is given what to select them from. The number
/// of rows it touched.
pub(crate) async fn run(
    txn: &WriteTxn,
    rows: &[serde_json::Value],
    sql: impl FnOnce(&str) -> String,
    columns: Columns,
) -> Result<u64> {
    if rows.is_empty() {
        return Ok(0);
    }
    let backend = txn.conn().get_database_backend();
    let rows = serde_json::Value::Array(rows.to_vec());
    let (value, sql) = (Value::from(rows.to_string()), sql(&source(backend, columns)));
    let statement = Statement::from_sql_and_values(backend, sql, [value]);
    Ok(txn.conn().execute_raw(statement).await?.rows_affected())
}

/// The rows of `$1`, as a table named `v`. Ids are written in hexadecimal.
fn source(backend: DatabaseBackend, columns: Columns) -> String {
    let sqlite = backend == DatabaseBackend::Sqlite;
    let cell = |(n, (name, kind)): (usize, &(&str, Kind))| {
        let cell = if sqlite { format!("(e.value ->> '$[{n}]')") } else { format!("(e ->> {n})") };
        let cell = match (kind, sqlite) {
            (Kind::Uuid, true) => format!("unhex({cell})"),
            (_, true) | (Kind::Text, false) => cell,
            (Kind::Uuid, false) => format!("{cell}::uuid"),
            (Kind::Int, false) => format!("{cell}::bigint"),
            (Kind::Bool, false) => format!("{cell}::boolean"),
        };
        format!("{cell} AS {name}")
    };
    let cells: Vec<String> = columns.iter().enumerate().map(cell).collect();
    let from = if sqlite { "json_each($1) AS e" } else { "json_array_elements($1::json) AS e" };
    format!("(SELECT {} FROM {from}) AS v", cells.join(", "))
}
