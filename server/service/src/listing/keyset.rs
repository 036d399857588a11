//! SQL of rows in an order, after a position.

use domain::AccountId;
use domain::filter::{Filter, FilterValue, ListSort};
use sea_orm::{ConnectionTrait as _, Statement, Value};
use uuid::Uuid;

use super::{Position, SortValue};
use crate::store::Store;
use crate::store::row_values::{ColumnType, in_rows_sql, row, rows_to_json};
use crate::{Error, Result};

/// A field that a list is ordered by, with the expression of its index on each database.
pub(crate) struct SortColumn {
    pub field: &'static str,
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

impl SortColumn {
    /// Creates a field of a plain column.
    pub const fn new(field: &'static str, column: &'static str) -> Self {
        Self { field, sqlite: column, postgres: column }
    }
}

/// Returns the column of an order. The first one is the default.
pub(crate) fn sort_column(columns: &[SortColumn], sort: ListSort) -> &SortColumn {
    columns.iter().find(|column| column.field == sort.field).unwrap_or(&columns[0])
}

/// Selects rows of a table of the account in an order.
pub(crate) fn keyset_statement(
    store: &Store,
    table: &str,
    account: AccountId,
    (column, descending): (&SortColumn, bool),
    after: Option<&Position>,
    (offset, rows): (u64, u64),
) -> Statement {
    let key = if store.is_sqlite() { column.sqlite } else { column.postgres };
    let (direction, from, beyond) = if descending { ("DESC", "<=", "<") } else { ("ASC", ">=", ">") };
    let mut conditions = vec!["account_id = $1".to_owned()];
    let mut values: Vec<Value> = vec![account.0.into()];
    if let Some(Position { value, id }) = after {
        // The first condition is the range of the index.
        conditions.push(format!("{key} {from} $2 AND ({key} {beyond} $2 OR id {beyond} $3)"));
        values.push(match value {
            SortValue::Number(number) => (*number).into(),
            SortValue::Text(text) => text.clone().into(),
        });
        values.push((*id).into());
    }
    // The limit is a literal, because a generic plan of PostgreSQL guesses a parameter.
    let condition = conditions.join(" AND ");
    let sql = format!(
        "SELECT * FROM {table} WHERE {condition} ORDER BY {key} {direction}, id {direction} LIMIT {rows} OFFSET {offset}"
    );
    Statement::from_sql_and_values(store.backend(), sql, values)
}

/// Selects the rows of a table with these ids. The caller compares the account, because with the account in the
/// condition a planner might read all of its rows.
pub(crate) fn ids_statement(store: &Store, table: &str, ids: &[Uuid]) -> Result<Statement> {
    let condition = in_rows_sql(store.backend(), &[("id", ColumnType::Uuid)]);
    let rows: Vec<_> = ids.iter().map(|id| row![*id]).collect();
    let sql = format!("SELECT * FROM {table} WHERE {condition}");
    Ok(Statement::from_sql_and_values(store.backend(), sql, [rows_to_json(&rows)?.into()]))
}

/// Counts the rows of a table of the account, up to `most`.
pub(crate) async fn count_rows(store: &Store, table: &str, account: AccountId, most: u64) -> Result<u64> {
    count_rows_where(store, table, account, "1 = 1", most).await
}

/// Counts the rows of a table of the account that meet a condition, up to `most`.
pub(crate) async fn count_rows_where(
    store: &Store,
    table: &str,
    account: AccountId,
    condition: &str,
    most: u64,
) -> Result<u64> {
    let sql = format!(
        "SELECT count(*) AS n FROM (SELECT 1 FROM {table} WHERE account_id = $1 AND {condition} LIMIT {most}) AS counted"
    );
    let statement = Statement::from_sql_and_values(store.backend(), sql, [account.0.into()]);
    let row = store.list_reader().query_one_raw(statement).await?;
    let row = row.ok_or_else(|| Error::Internal("a count returned no row".into()))?;
    Ok(row.try_get::<i64>("", "n")?.unsigned_abs())
}

/// Returns the ids that a filter compares with.
pub(crate) fn ids_of(filter: &Filter) -> Vec<Uuid> {
    let id = |value: &FilterValue| match value {
        FilterValue::Id(id) => Some(*id),
        _ => None,
    };
    filter.values.iter().filter_map(id).collect()
}
