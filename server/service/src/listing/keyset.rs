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
    /// Whether the values are texts, and not numbers.
    pub is_text: bool,
}

/// The least number that both databases read as a number of 64 bits.
const LEAST_NUMBER: i64 = -i64::MAX;

impl SortColumn {
    /// Creates a field of a column of numbers.
    pub const fn new(field: &'static str, column: &'static str) -> Self {
        Self { field, sqlite: column, postgres: column, is_text: false }
    }

    /// Creates a field of a column of texts.
    pub const fn text(field: &'static str, column: &'static str) -> Self {
        Self { field, sqlite: column, postgres: column, is_text: true }
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
    // All rows meet the second condition. It is that of the indexes, so that no other statement reads them: without
    // statistics, planners take them for the unique indexes that begin with the account.
    let least = if column.is_text { "''".to_owned() } else { LEAST_NUMBER.to_string() };
    let mut conditions = vec!["account_id = $1".to_owned(), format!("{key} >= {least}")];
    let mut values: Vec<Value> = vec![account.0.into()];
    let value_of = |value: &SortValue| match value {
        SortValue::Number(number) => Value::from(*number),
        SortValue::Text(text) => text.clone().into(),
    };
    // The range of the index. Without a position it is the whole account.
    if let Some(Position { value, id }) = after {
        conditions.push(format!("{key} {from} $2 AND ({key} {beyond} $2 OR id {beyond} $3)"));
        values.extend([value_of(value), (*id).into()]);
    } else {
        conditions.push(format!("{key} >= $2"));
        values.push(if column.is_text { "".into() } else { LEAST_NUMBER.into() });
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
    count_rows_where(store, table, account, None, most).await
}

/// Counts the rows of a table of the account that meet a condition, up to `most`.
pub(crate) async fn count_rows_where(
    store: &Store,
    table: &str,
    account: AccountId,
    condition: Option<&str>,
    most: u64,
) -> Result<u64> {
    let condition = condition.map(|condition| format!(" AND {condition}")).unwrap_or_default();
    // All ids meet the second condition, which names the index that begins with account and id.
    let sql = format!(
        "SELECT count(*) AS n FROM (SELECT 1 FROM {table} WHERE account_id = $1 AND id >= $2{condition} LIMIT {most}) AS counted"
    );
    let values = [account.0.into(), Uuid::nil().into()];
    let statement = Statement::from_sql_and_values(store.backend(), sql, values);
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
