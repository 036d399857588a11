//! Rows as tables within a statement, whose text does not depend on how many rows there
//! are, so that it is prepared once and for all.
//!
//! On PostgreSQL all rows travel as one JSON value. On SQLite those that are written are
//! bound, 1, 2, 4, 8 … or 64 rows a statement: a function in a statement of many rows, such as
//! one that reads JSON, makes SQLite keep a journal of each statement, which is a tenth
//! of what a group of activations costs.

use data_encoding::HEXLOWER;
use domain::activation::Kind as Activation;
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{DatabaseBackend, Value};
use serde_json::json;

use crate::{Error, Result};

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

/// That these columns hold what one of the rows says.
pub(crate) fn among(backend: DatabaseBackend, columns: Columns, rows: &[Row]) -> Result<SimpleExpr> {
    Ok(Expr::cust_with_values(is_among(backend, columns), [written(rows)?]))
}

/// The same as text, of the rows that the first parameter holds, see [`written`].
pub(crate) fn is_among(backend: DatabaseBackend, columns: Columns) -> String {
    let names = names(columns);
    if backend != DatabaseBackend::Sqlite {
        return format!("({names}) IN (SELECT {names} FROM {})", read(columns, 1));
    }
    let cell = |(n, (name, kind)): (usize, &(&str, Kind))| match kind {
        Kind::Uuid | Kind::Bytes => format!("unhex(e.value ->> {n}) AS {name}"),
        _ => format!("e.value ->> {n} AS {name}"),
    };
    let cells: Vec<String> = columns.iter().enumerate().map(cell).collect();
    format!("({names}) IN (SELECT {} FROM jsonb_each(?) AS e)", cells.join(", "))
}

/// That an activation is of this kind, and of the license and the subject that one of
/// the rows says.
pub(crate) fn are_seats(backend: DatabaseBackend, kind: Activation, rows: &[Row]) -> Result<SimpleExpr> {
    let kind = kind.word();
    let text = if backend == DatabaseBackend::Sqlite {
        // After an ANALYZE it would find pairs among pairs by the license alone.
        format!(
            "activations.id IN (SELECT a.id FROM jsonb_each(?) AS e CROSS JOIN activations AS a \
             ON a.license_id = unhex(e.value ->> 0) AND a.kind = '{kind}' AND a.subject = e.value ->> 1)"
        )
    } else {
        // The limit is the one that their key has, and keeps the planner from beginning with the
        // seats: where it was told of few of this kind, it would walk through all of them.
        let rows = read(&[("license_id", Kind::Uuid), ("subject", Kind::Text)], 1);
        format!(
            "activations.id IN (SELECT a.id FROM {rows} CROSS JOIN LATERAL (SELECT id FROM activations \
             WHERE license_id = v.license_id AND kind = '{kind}' AND subject = v.subject LIMIT 1) AS a)"
        )
    };
    Ok(Expr::cust_with_values(text, [written(rows)?]))
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

/// So many bound rows, as a table named `v`; those whose first value is NULL are left out.
pub(super) fn bound(columns: Columns, rows: usize) -> String {
    let name = |(n, (name, _)): (usize, &(&str, Kind))| format!("column{} AS {name}", n + 1);
    let named: Vec<String> = columns.iter().enumerate().map(name).collect();
    let row = format!("(?{})", ",?".repeat(columns.len() - 1));
    let (named, more) = (named.join(", "), format!(",{row}").repeat(rows - 1));
    format!("(SELECT {named} FROM (VALUES {row}{more}) WHERE column1 IS NOT NULL) AS v")
}

/// The statement that inserts rows from a table.
pub(super) fn insert_from(table: &str, columns: Columns, from: &str) -> String {
    let names = names(columns);
    format!("INSERT INTO {table} ({names}) SELECT {names} FROM {from}")
}

/// On PostgreSQL: the rows of a parameter, see [`written`], as a table named `v`.
pub(super) fn read(columns: Columns, parameter: usize) -> String {
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
