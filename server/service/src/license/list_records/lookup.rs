//! Runs look-ups of candidates.

use sea_orm::sea_query::{Expr, SelectStatement};
use sea_orm::{FromQueryResult, Statement};
use uuid::Uuid;

use crate::store::inline_limits::inline_limits;
use crate::store::row_values::{Columns, in_rows, row, rows_to_json};
use crate::{Result, Service};

#[derive(FromQueryResult)]
struct IdRow {
    id: Uuid,
}

/// Reads the rows of a look-up.
pub(super) async fn rows<T: FromQueryResult>(service: &Service, select: &SelectStatement) -> Result<Vec<T>> {
    let statement: Statement = service.store.backend().build(select);
    let statement = if service.store.is_sqlite() { statement } else { inline_limits(statement) };
    Ok(T::find_by_statement(statement).all(service.store.list_reader()).await?)
}

/// Reads the column `id` of a look-up.
pub(super) async fn ids(service: &Service, select: &SelectStatement) -> Result<Vec<Uuid>> {
    Ok(rows::<IdRow>(service, select).await?.into_iter().map(|row| row.id).collect())
}

/// Restricts a column of ids to some ids, so that an index of the column finds the rows. On PostgreSQL the ids are an
/// array, because a plan of a subquery may begin with the rows.
pub(super) fn is_one_of(service: &Service, columns: Columns, ids: &[Uuid]) -> Result<Expr> {
    let rows: Vec<_> = ids.iter().map(|id| row![*id]).collect();
    if service.store.is_sqlite() {
        return in_rows(service.store.backend(), columns, &rows);
    }
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let array = "ANY (ARRAY (SELECT (e ->> 0)::uuid FROM json_array_elements($1::json) AS e))";
    Ok(Expr::cust_with_values(format!("{} = {array}", names.join(", ")), [rows_to_json(&rows)?]))
}
