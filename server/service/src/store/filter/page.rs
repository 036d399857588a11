//! One page of a list: filter, order, keyset or page, and count.

use domain::filter::{CappedCount, Folding, ListPage, ListRequest, MAX_COUNT};
use sea_orm::sea_query::{Expr, ExprTrait as _, Order, Query};
use sea_orm::{
    Condition, ConnectionTrait, EntityTrait, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    QueryTrait as _, Select,
};
use uuid::Uuid;

use super::condition::{FilterColumn, PairColumns, condition, folded};
use crate::{Error, Result};

/// What a list is ordered by.
pub(crate) enum SortColumn {
    /// A time or a number of 64 bits that is never null.
    Number(Expr),
    /// The same, where a null comes last.
    #[allow(dead_code, reason = "for resources with times that may be missing")]
    NullableNumber(Expr),
    /// A text that is never null. It is ordered as it is compared, byte by byte.
    Text(Folding, Expr),
}

/// The columns of a list.
pub(crate) struct ListColumns<'a> {
    /// The id of a row.
    pub id: Expr,
    /// Returns the column of a field of the list's table, `id`, `createdAt` and `updatedAt` included.
    pub filter: &'a (dyn Fn(&'static str) -> Option<FilterColumn> + Sync),
    /// The pairs of metadata, if rows have them.
    pub pairs: Option<PairColumns>,
    /// Returns the column of an order of the list's table.
    pub sort: &'a (dyn Fn(&'static str) -> Option<SortColumn> + Sync),
}

/// A value of the row that a page follows.
enum Last {
    Number(Option<i64>),
    Text(String),
}

/// Loads the page of a list. `rows` selects all rows that the actor may see, searched if the request says so.
///
/// # Errors
/// Returns an error of the field `after` if it names no row, or an error if the database fails.
pub(crate) async fn load_page<E: EntityTrait>(
    db: &impl ConnectionTrait,
    rows: Select<E>,
    request: &ListRequest,
    columns: ListColumns<'_>,
) -> Result<ListPage<E::Model>> {
    let backend = db.get_database_backend();
    let ListColumns { id, filter, pairs, sort } = columns;
    let sort = sort(request.sort.field)
        .ok_or_else(|| Error::Internal(format!("the order {} has no column", request.sort.field)))?;
    let ordered_by = match &sort {
        SortColumn::Number(expr) | SortColumn::NullableNumber(expr) => expr.clone(),
        SortColumn::Text(folding, expr) => folded(backend, *folding, expr.clone()),
    };
    let mut page = rows.clone().filter(condition(backend, &request.filters, filter, pairs)?);
    let total = if request.count { Some(count(db, page.clone()).await?) } else { None };
    let descending = request.sort.descending;
    if let Some(after) = request.after {
        let last = load_last(db, rows, &id, after, &sort, &ordered_by).await?;
        page = page.filter(is_behind(&sort, &ordered_by, &id, descending, last, after));
    }
    let order = if descending { Order::Desc } else { Order::Asc };
    if matches!(sort, SortColumn::NullableNumber(_)) {
        page = page.order_by(ordered_by.clone().is_null(), Order::Asc);
    }
    let page = page.order_by(ordered_by, order.clone()).order_by(id, order);
    let mut items = page.offset(request.offset()).limit(request.limit + 1).all(db).await?;
    let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
    let has_more = items.len() > limit;
    items.truncate(limit);
    Ok(ListPage { items, has_more, total })
}

/// Returns the value by which the row `after` is ordered.
async fn load_last<E: EntityTrait>(
    db: &impl ConnectionTrait,
    rows: Select<E>,
    id: &Expr,
    after: Uuid,
    sort: &SortColumn,
    ordered_by: &Expr,
) -> Result<Last> {
    let row = rows.filter(id.clone().eq(after)).select_only().expr_as(ordered_by.clone(), "last");
    let missing = || Error::invalid("after", "This parameter must be the id of a row of the list.");
    match sort {
        SortColumn::Text(..) => {
            let value = row.into_tuple::<String>().one(db).await?;
            value.map(Last::Text).ok_or_else(missing)
        }
        SortColumn::Number(_) | SortColumn::NullableNumber(_) => {
            let value = row.into_tuple::<Option<i64>>().one(db).await?;
            value.map(Last::Number).ok_or_else(missing)
        }
    }
}

/// Returns the condition that a row comes behind the row `after`. Rows without a value come last.
fn is_behind(
    sort: &SortColumn,
    ordered_by: &Expr,
    id: &Expr,
    descending: bool,
    last: Last,
    after: Uuid,
) -> Condition {
    let compare = |left: Expr, right: Expr| if descending { left.lt(right) } else { left.gt(right) };
    let value: sea_orm::Value = match last {
        Last::Text(text) => text.into(),
        Last::Number(Some(number)) => number.into(),
        Last::Number(None) => {
            let behind = compare(id.clone(), Expr::val(after));
            return Condition::all().add(ordered_by.clone().is_null()).add(behind);
        }
    };
    let row = Expr::tuple([ordered_by.clone(), id.clone()]);
    let behind = compare(row, Expr::tuple([Expr::val(value), Expr::val(after)]));
    let mut any = Condition::any().add(behind);
    if matches!(sort, SortColumn::NullableNumber(_)) {
        any = any.add(ordered_by.clone().is_null());
    }
    any
}

/// Counts the rows up to one more than [`MAX_COUNT`].
async fn count<E: EntityTrait>(db: &impl ConnectionTrait, rows: Select<E>) -> Result<CappedCount> {
    let counted = rows.select_only().expr_as(Expr::cust("1"), "one").limit(MAX_COUNT + 1).into_query();
    let count =
        Query::select().expr_as(Expr::cust("COUNT(*)"), "n").from_subquery(counted, "counted").to_owned();
    let row = db.query_one_raw(db.get_database_backend().build(&count)).await?;
    let row = row.ok_or_else(|| Error::Internal("a count returned no row".into()))?;
    Ok(CappedCount::new(row.try_get::<i64>("", "n")?.unsigned_abs()))
}
