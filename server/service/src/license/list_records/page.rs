//! The ids of one page, and the count.

use domain::filter::{CappedCount, Filter, FilterValue, ListPage, ListRequest, MAX_COUNT, Operator};
use domain::{LicenseId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait as _, Order, Query, SelectStatement};
use sea_orm::{ConnectionTrait as _, Statement};
use uuid::Uuid;

use super::candidates::{self, time_range};
use super::columns::{EXPIRY_ORDER, filter_column, last_use, pair_columns};
use super::limits::{MAX_CANDIDATES, too_wide};
use crate::store::entity::licenses::{self, Column as L};
use crate::store::entity::{customers, products};
use crate::store::row_values::{ColumnType, in_rows, row};
use crate::store::{filter, inline_limits};
use crate::{Actor, Error, Result, Service};

/// Licenses that a page without a narrow condition looks at.
const MAX_WALK: u64 = MAX_CANDIDATES as u64;

/// A list in progress: where its licenses come from, and in which order.
pub(super) struct Listing<'a> {
    service: &'a Service,
    actor: &'a Actor,
    filters: &'a [Filter],
    candidates: Option<Vec<LicenseId>>,
    sort: &'static str,
    descending: bool,
    now: Timestamp,
}

/// Loads the ids of a page.
pub(super) async fn load_ids(
    service: &Service,
    actor: &Actor,
    request: &ListRequest,
) -> Result<ListPage<LicenseId>> {
    let listing = Listing::new(service, actor, request).await?;
    let last = match request.after {
        Some(after) => Some((listing.value_of(after).await?, after)),
        None => None,
    };
    let (mut items, is_cut) = listing.load(last, request.offset(), request.limit + 1).await?;
    let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
    let has_more = items.len() > limit;
    if is_cut && !has_more {
        return Err(too_wide());
    }
    items.truncate(limit);
    let total = if request.count { Some(listing.count().await?) } else { None };
    Ok(ListPage { items: items.into_iter().map(|(id, _)| id).collect(), has_more, total })
}

impl<'a> Listing<'a> {
    pub async fn new(service: &'a Service, actor: &'a Actor, request: &'a ListRequest) -> Result<Self> {
        Ok(Self {
            service,
            actor,
            filters: &request.filters,
            candidates: candidates::find(service, actor, request).await?,
            sort: request.sort.field,
            descending: request.sort.descending,
            now: service.now(),
        })
    }

    fn order(&self) -> Order {
        if self.descending { Order::Desc } else { Order::Asc }
    }

    /// The value that the list is ordered by.
    fn sort_value(&self) -> Expr {
        match self.sort {
            "updatedAt" => Expr::col((licenses::Entity, L::UpdatedAt)),
            "expiresAt" => Expr::cust(EXPIRY_ORDER),
            "lastUsedAt" => Expr::cust(last_use(self.service.store.backend())),
            _ => Expr::col((licenses::Entity, L::CreatedAt)),
        }
    }

    /// Whether an index has the order of the list.
    fn has_index(&self) -> bool {
        self.sort != "lastUsedAt"
    }

    /// Whether an index walk in the list's order meets the condition without reading other licenses.
    fn is_of_walk(&self, filter: &Filter) -> bool {
        let is_range = matches!(
            filter.operator,
            Operator::Greater | Operator::AtLeast | Operator::Less | Operator::AtMost
        );
        match filter.field.name {
            "productId" => self.sort == "createdAt" && filter.operator == Operator::Equal,
            "createdAt" | "updatedAt" => filter.field.name == self.sort && is_range,
            _ => false,
        }
    }

    /// Selects the licenses to look at, in the list's order behind `last`.
    fn walk(&self, last: Option<(i64, Uuid)>) -> Result<SelectStatement> {
        let id = || Expr::col((licenses::Entity, L::Id));
        let mut walk = Query::select();
        walk.column((licenses::Entity, L::Id)).from(licenses::Entity);
        if let Some(candidates) = &self.candidates {
            let rows: Vec<_> = candidates.iter().map(|id| row![id.0]).collect();
            let backend = self.service.store.backend();
            walk.and_where(in_rows(backend, &[("id", ColumnType::Uuid)], &rows)?);
            return Ok(walk);
        }
        walk.and_where(Expr::col((licenses::Entity, L::AccountId)).eq(self.actor.account.0));
        for filter in self.filters.iter().filter(|filter| self.is_of_walk(filter)) {
            if let Some(FilterValue::Id(product)) = filter.value() {
                walk.and_where(Expr::col((licenses::Entity, L::ProductId)).eq(*product));
            }
        }
        let (from, to) = time_range(self.filters, self.sort);
        if self.has_index() {
            if let Some(from) = from {
                walk.and_where(self.sort_value().gte(from));
            }
            if let Some(to) = to {
                walk.and_where(self.sort_value().lte(to));
            }
            if let Some((value, after)) = last {
                walk.and_where(self.is_behind(value, after));
            }
            walk.order_by_expr(self.sort_value(), self.order()).order_by_expr(id(), self.order());
        }
        Ok(walk)
    }

    /// Compares the account of a license that was found already. No index serves this form, because a plan would
    /// begin with all licenses of the account.
    fn is_own(&self) -> Expr {
        let form = if self.service.store.is_sqlite() { "(?) IS TRUE" } else { "($1) IS TRUE" };
        Expr::cust_with_expr(form, Expr::col((licenses::Entity, L::AccountId)).eq(self.actor.account.0))
    }

    fn is_behind(&self, value: i64, after: Uuid) -> Expr {
        let row = Expr::tuple([self.sort_value(), Expr::col((licenses::Entity, L::Id))]);
        let last = Expr::tuple([Expr::val(value), Expr::val(after)]);
        if self.descending { row.lt(last) } else { row.gt(last) }
    }

    /// Whether every condition is one of the walk, so that its first rows are the page.
    fn is_plain(&self) -> bool {
        self.candidates.is_none()
            && self.has_index()
            && self.filters.iter().all(|filter| self.is_of_walk(filter))
    }

    /// Selects ids and sort values of licenses that meet all conditions, among at most `MAX_WALK`.
    fn matches(&self, last: Option<(i64, Uuid)>) -> Result<SelectStatement> {
        let mut walk = self.walk(last)?;
        if !self.is_plain() {
            walk.limit(MAX_WALK + 1);
        }
        let columns = |name: &'static str| filter_column(self.service, self.now, name);
        let backend = self.service.store.backend();
        let condition = filter::condition(backend, self.filters, &columns, Some(pair_columns()))?;
        let equals = |left: (products::Entity, products::Column), right: L| {
            Expr::col(left).equals((licenses::Entity, right))
        };
        let mut select = Query::select();
        select
            .column((licenses::Entity, L::Id))
            .expr_as(self.sort_value(), "sort_value")
            .from_subquery(walk, "walk")
            // SQLite keeps the order of a cross join. Otherwise it might begin with all licenses of the account.
            .cross_join(licenses::Entity)
            .inner_join(products::Entity, equals((products::Entity, products::Column::Id), L::ProductId))
            .left_join(
                customers::Entity,
                Expr::col((customers::Entity, customers::Column::Id))
                    .equals((licenses::Entity, L::CustomerId)),
            )
            .and_where(Expr::col(("walk", L::Id)).equals((licenses::Entity, L::Id)))
            .and_where(self.is_own())
            .cond_where(condition);
        Ok(select)
    }

    /// Loads ids with their sort values, and whether the walk ended before all licenses were looked at.
    pub async fn load(
        &self,
        last: Option<(i64, Uuid)>,
        offset: u64,
        limit: u64,
    ) -> Result<(Vec<(LicenseId, i64)>, bool)> {
        let mut select = if self.is_plain() {
            let mut walk = self.walk(last)?;
            walk.expr_as(self.sort_value(), "sort_value");
            walk
        } else {
            let mut select = self.matches(last)?;
            if let Some((value, after)) = last {
                select.and_where(self.is_behind(value, after));
            }
            select
                .order_by_expr(self.sort_value(), self.order())
                .order_by_expr(Expr::col((licenses::Entity, L::Id)), self.order());
            select
        };
        select.limit(limit).offset(offset);
        let rows = self.service.store.list_reader().query_all_raw(self.statement(&select)).await?;
        let mut items = Vec::with_capacity(rows.len());
        for row in &rows {
            items.push((LicenseId(row.try_get("", "id")?), row.try_get("", "sort_value")?));
        }
        let is_full = items.len() as u64 == limit;
        // A page in an order without an index needs all licenses that the conditions leave.
        let may_be_cut = self.candidates.is_none() && !self.is_plain() && (!is_full || !self.has_index());
        let is_cut = may_be_cut && self.is_walk_cut(last).await?;
        if is_cut && !self.has_index() {
            return Err(too_wide());
        }
        Ok((items, is_cut))
    }

    /// Returns whether there are more licenses than a walk looks at.
    async fn is_walk_cut(&self, last: Option<(i64, Uuid)>) -> Result<bool> {
        let mut walk = self.walk(last)?;
        walk.limit(1).offset(MAX_WALK);
        let row = self.service.store.list_reader().query_one_raw(self.statement(&walk)).await?;
        Ok(row.is_some())
    }

    /// Counts the licenses of the list, up to the maximum.
    async fn count(&self) -> Result<CappedCount> {
        let mut counted = if self.is_plain() { self.walk(None)? } else { self.matches(None)? };
        counted.limit(MAX_COUNT + 1);
        let count =
            Query::select().expr_as(Expr::cust("COUNT(*)"), "n").from_subquery(counted, "counted").to_owned();
        let row = self.service.store.list_reader().query_one_raw(self.statement(&count)).await?;
        let row = row.ok_or_else(|| Error::Internal("a count returned no row".into()))?;
        let count = CappedCount::new(row.try_get::<i64>("", "n")?.unsigned_abs());
        let is_walked = self.candidates.is_none() && !self.is_plain();
        let is_capped = count.is_capped || (is_walked && self.is_walk_cut(None).await?);
        Ok(CappedCount { is_capped, ..count })
    }

    /// Returns the sort value of the license that a page follows.
    async fn value_of(&self, after: Uuid) -> Result<i64> {
        let mut select = Query::select();
        select
            .expr_as(self.sort_value(), "sort_value")
            .from(licenses::Entity)
            .and_where(Expr::col((licenses::Entity, L::Id)).eq(after))
            .and_where(Expr::col((licenses::Entity, L::AccountId)).eq(self.actor.account.0));
        let row = self.service.store.list_reader().query_one_raw(self.statement(&select)).await?;
        let missing = || Error::invalid("after", "This parameter must be the id of a row of the list.");
        Ok(row.ok_or_else(missing)?.try_get("", "sort_value")?)
    }

    fn statement(&self, select: &SelectStatement) -> Statement {
        let statement = self.service.store.backend().build(select);
        if self.service.store.is_sqlite() { statement } else { inline_limits::inline_limits(statement) }
    }
}
