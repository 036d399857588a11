//! Rows as table expressions in a statement. The text of a statement does not depend on the
//! number of rows, so that it is prepared once.
//!
//! On PostgreSQL all rows are one JSON parameter. On SQLite, rows to write are bound, 1, 2, 4, 8 …
//! or 64 per statement: a function in a statement that writes many rows, such as a JSON function,
//! makes SQLite keep a statement journal, which is a tenth of the cost of a batch of activations.

use data_encoding::HEXLOWER;
use domain::activation::Kind as Activation;
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{DatabaseBackend, Value};
use serde_json::json;

use crate::{Error, Result};

/// The type of a column.
#[derive(Clone, Copy)]
pub(crate) enum ColumnType {
    Uuid,
    Bytes,
    Text,
    Int,
    Bool,
}

/// Column names and types, in the order of the values of a row.
pub(crate) type Columns = &'static [(&'static str, ColumnType)];

/// The values of a row.
pub(crate) type RowValues = Vec<Value>;

/// Builds a [`RowValues`] from values that convert into `sea_orm::Value`.
macro_rules! row {
    ($($value:expr),* $(,)?) => { vec![$(::sea_orm::Value::from($value)),*] };
}
pub(crate) use row;

/// Returns the condition that the columns equal the values of one of the rows.
pub(crate) fn in_rows(backend: DatabaseBackend, columns: Columns, rows: &[RowValues]) -> Result<SimpleExpr> {
    Ok(Expr::cust_with_values(in_rows_sql(backend, columns), [rows_to_json(rows)?]))
}

/// Returns the SQL text of [`in_rows`]; the first parameter is the rows as JSON, see
/// [`rows_to_json`].
pub(crate) fn in_rows_sql(backend: DatabaseBackend, columns: Columns) -> String {
    let names = column_names(columns);
    if backend != DatabaseBackend::Sqlite {
        return format!("({names}) IN (SELECT {names} FROM {})", json_rows_table(columns, 1));
    }
    let cell = |(n, (name, kind)): (usize, &(&str, ColumnType))| match kind {
        ColumnType::Uuid | ColumnType::Bytes => format!("unhex(e.value ->> {n}) AS {name}"),
        _ => format!("e.value ->> {n} AS {name}"),
    };
    let cells: Vec<String> = columns.iter().enumerate().map(cell).collect();
    format!("({names}) IN (SELECT {} FROM jsonb_each(?) AS e)", cells.join(", "))
}

/// Returns the condition that an activation has this kind, and the license and subject of one of the
/// rows.
pub(crate) fn activations_in(
    backend: DatabaseBackend,
    kind: Activation,
    rows: &[RowValues],
) -> Result<SimpleExpr> {
    let kind = kind.as_str();
    let text = if backend == DatabaseBackend::Sqlite {
        // The join fixes the plan: after an ANALYZE, SQLite would look up the pairs by license alone.
        format!(
            "activations.id IN (SELECT a.id FROM jsonb_each(?) AS e CROSS JOIN activations AS a \
             ON a.license_id = unhex(e.value ->> 0) AND a.kind = '{kind}' AND a.subject = e.value ->> 1)"
        )
    } else {
        // The unique key already limits the result to one row. The LIMIT keeps the planner from
        // starting with the activations: with statistics that show few of this kind, it scans them all.
        let rows = json_rows_table(&[("license_id", ColumnType::Uuid), ("subject", ColumnType::Text)], 1);
        format!(
            "activations.id IN (SELECT a.id FROM {rows} CROSS JOIN LATERAL (SELECT id FROM activations \
             WHERE license_id = v.license_id AND kind = '{kind}' AND subject = v.subject LIMIT 1) AS a)"
        )
    };
    Ok(Expr::cust_with_values(text, [rows_to_json(rows)?]))
}

fn column_names(columns: Columns) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

/// Turns `INSERT …` into `INSERT OR FAIL …`, and `UPDATE` likewise.
pub(crate) fn add_or_fail(sql: &str) -> String {
    let (verb, rest) = sql.split_once(' ').unwrap_or((sql, ""));
    format!("{verb} OR FAIL {rest}")
}

/// Returns a table expression named `v` of `rows` bound rows. Rows whose first value is NULL are
/// skipped.
pub(super) fn values_table(columns: Columns, rows: usize) -> String {
    let name = |(n, (name, _)): (usize, &(&str, ColumnType))| format!("column{} AS {name}", n + 1);
    let named: Vec<String> = columns.iter().enumerate().map(name).collect();
    let row = format!("(?{})", ",?".repeat(columns.len() - 1));
    let (named, more) = (named.join(", "), format!(",{row}").repeat(rows - 1));
    format!("(SELECT {named} FROM (VALUES {row}{more}) WHERE column1 IS NOT NULL) AS v")
}

/// Returns a statement that inserts rows from a table expression.
pub(crate) fn insert_select(table: &str, columns: Columns, from: &str) -> String {
    let names = column_names(columns);
    format!("INSERT INTO {table} ({names}) SELECT {names} FROM {from}")
}

/// Returns a PostgreSQL table expression named `v` of the rows in a JSON parameter, see
/// [`rows_to_json`].
pub(crate) fn json_rows_table(columns: Columns, parameter: usize) -> String {
    let cell = |(n, (name, kind)): (usize, &(&str, ColumnType))| {
        let cell = format!("(e ->> {n})");
        let cell = match kind {
            ColumnType::Text => cell,
            ColumnType::Uuid => format!("{cell}::uuid"),
            ColumnType::Bytes => format!("decode({cell}, 'hex')"),
            ColumnType::Int => format!("{cell}::bigint"),
            ColumnType::Bool => format!("{cell}::boolean"),
        };
        format!("{cell} AS {name}")
    };
    let cells: Vec<String> = columns.iter().enumerate().map(cell).collect();
    format!("(SELECT {} FROM json_array_elements(${parameter}::json) AS e) AS v", cells.join(", "))
}

/// Converts rows to JSON, with ids and bytes in hexadecimal.
pub(crate) fn rows_to_json(rows: &[RowValues]) -> Result<String> {
    let cell = |value: &Value| match value {
        Value::Uuid(id) => json!(id.map(uuid::Uuid::simple)),
        Value::Bytes(bytes) => json!(bytes.as_ref().map(|bytes| HEXLOWER.encode(bytes))),
        Value::String(text) => json!(text),
        Value::BigInt(n) => json!(n),
        Value::Int(n) => json!(n),
        Value::Bool(flag) => json!(flag),
        other => json!(other.to_string()),
    };
    let rows: Vec<Vec<serde_json::Value>> = rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    serde_json::to_string(&rows)
        .map_err(|e| Error::Internal(format!("rows could not be converted to JSON: {e}")))
}
