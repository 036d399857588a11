//! Keyset pagination of license lists: the ids of one page, in order, with their sort keys. Each
//! page is a range of a partial index, so that its cost does not depend on the number of licenses.

use domain::Timestamp;
use domain::license::Standing;
use domain::view::{Condition, EXPIRING_DAYS, LicenseQuery, PageCursor, Sort};
use sea_orm::sea_query::{Expr, ExprTrait as _, Func, Order, Query, SelectStatement, UnionType};

use super::mark_expired::NOT_MARKED_EXPIRED;
use super::mark_unused::MARKED_UNUSED;
use super::search;
use super::tagged::tagged_licenses;
use crate::store::entity::licenses::{self, Column as L};
use crate::{Actor, Service};

/// The condition "at limit", exactly as in its partial indexes: a generated column.
const AT_LIMIT: &str = "at_limit";

/// Returns the name and the SQL of the query's condition, if partial indexes have the same condition.
fn marked(query: &LicenseQuery) -> Option<(&'static str, &'static str)> {
    match query.condition? {
        Condition::AtLimit => Some(("at_limit", AT_LIMIT)),
        Condition::Unused => Some(("is_unused", MARKED_UNUSED)),
        Condition::Expiring => None,
    }
}

/// All stored states of a license.
const STATES: [&str; 3] = ["active", "suspended", "revoked"];

/// The direction of a page; reversed for the previous page.
pub(super) fn direction(query: &LicenseQuery) -> Order {
    let backward = query.cursor.is_some_and(|cursor| cursor.backward);
    if (query.sort == Sort::Newest) == backward { Order::Asc } else { Order::Desc }
}

/// The sort columns of a page. The indexes contain them, so that no row is read.
fn sort_columns(query: &LicenseQuery) -> &'static [L] {
    if query.sort == Sort::Expiry { &[L::ExpiresAt, L::Id] } else { &[L::Id] }
}

/// Orders a query by the sort columns.
pub(super) fn apply_order(select: &mut SelectStatement, query: &LicenseQuery, of: impl Fn(L) -> Expr) {
    for key in sort_columns(query) {
        select.order_by_expr(of(*key), direction(query));
    }
}

/// Selects the ids of a page and one more, which tells whether another page exists.
pub(super) fn page_of_ids(
    service: &Service,
    actor: &Actor,
    query: &LicenseQuery,
    now: Timestamp,
    rows: u64,
) -> SelectStatement {
    if query.search.is_empty() {
        if query.is_of_owner() {
            return of_owner(query, now, rows);
        }
        return by_states(actor, query, now, rows);
    }
    let found = search::matching_ids(service, actor, &query.search);
    let is_filtered = query.product.is_some() || query.standing.is_some() || query.is_of_owner();
    if !is_filtered && query.sort != Sort::Expiry {
        return matching_page(found, query, rows);
    }
    filtered_matches(service, actor, query, now, found).limit(rows).to_owned()
}

/// Selects matches of a search first and filters them afterwards. The limit is an optimization
/// fence: without it planners scan all licenses with an expiry, or all of a product.
fn filtered_matches(
    service: &Service,
    actor: &Actor,
    query: &LicenseQuery,
    now: Timestamp,
    found: SelectStatement,
) -> SelectStatement {
    let mut read = Query::select();
    read.columns([
        L::Id,
        L::AccountId,
        L::ProductId,
        L::CustomerId,
        L::OrganizationId,
        L::State,
        L::ExpiresAt,
    ])
    .from(licenses::Entity)
    .and_where(search::in_matches(service, Expr::col(L::Id), found))
    .limit(search::MAX_MATCHES);
    if let Some((name, condition)) = marked(query) {
        read.expr_as(Expr::cust(condition), name);
    }
    let mut page = Query::select();
    page.columns(sort_columns(query).iter().copied()).from_subquery(read, "rows");
    page.and_where(Expr::col(L::AccountId).eq(actor.account.0));
    if let Some((name, _)) = marked(query) {
        page.and_where(Expr::cust(name));
    }
    state_page(&mut page, query.standing.map(state_of_standing), query, now);
    page
}

/// The licenses of one customer or organization of the account, or with one of its tags, in the order of issue. The
/// other filters are applied to each of them. Without the account in the condition, because a planner might scan all
/// of its licenses.
fn of_owner(query: &LicenseQuery, now: Timestamp, rows: u64) -> SelectStatement {
    let mut page = Query::select();
    page.columns(sort_columns(query).iter().copied()).from(licenses::Entity);
    if let Some((_, condition)) = marked(query) {
        page.and_where(Expr::cust(condition));
    }
    state_page(&mut page, query.standing.map(state_of_standing), query, now);
    page.limit(rows).to_owned()
}

/// Restricts matches to the page by their ids, where the order allows it, so that other rows are
/// not read.
fn matching_page(found: SelectStatement, query: &LicenseQuery, rows: u64) -> SelectStatement {
    let mut page = Query::select();
    page.column(L::Id).from_subquery(found, "found");
    if let Some(cursor) = query.cursor {
        page.and_where(after_cursor(query, cursor));
    }
    apply_order(&mut page, query, Expr::col);
    page.limit(rows).to_owned()
}

/// Without a search: one index range per state, of which at most one page is read.
fn by_states(actor: &Actor, query: &LicenseQuery, now: Timestamp, rows: u64) -> SelectStatement {
    let range = |state: &str| {
        let mut range = Query::select();
        range.columns(sort_columns(query).iter().copied()).from(licenses::Entity);
        let in_force = query.standing == Some(Standing::Active) && query.sort != Sort::Expiry;
        range.and_where(Expr::col(L::AccountId).eq(actor.account.0));
        if in_force {
            // Licenses at their limit and unused ones are in force, by their conditions.
            let condition = marked(query).map_or(NOT_MARKED_EXPIRED, |(_, condition)| condition);
            range.and_where(Expr::cust(condition));
        }
        state_page(&mut range, (!in_force).then_some(state), query, now);
        range.limit(rows).to_owned()
    };
    if let Some(standing) = query.standing {
        return range(state_of_standing(standing));
    }
    let from = |all: SelectStatement, name: &'static str| {
        Query::select().columns(sort_columns(query).iter().copied()).from_subquery(all, name).to_owned()
    };
    let each = STATES.map(|state| from(range(state), "range"));
    let [mut all, suspended, revoked] = each;
    all.union(UnionType::All, suspended).union(UnionType::All, revoked);
    let mut page = from(all, "ranges");
    apply_order(&mut page, query, Expr::col);
    page.limit(rows).to_owned()
}

fn state_of_standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Active | Standing::Expired => STATES[0],
        Standing::Suspended => STATES[1],
        Standing::Revoked => STATES[2],
    }
}

/// Adds the filters, the cursor and the order to a query.
fn state_page(select: &mut SelectStatement, state: Option<&str>, query: &LicenseQuery, now: Timestamp) {
    let col = |column: L| Expr::col(column);
    if let Some(customer) = query.customer {
        select.and_where(col(L::CustomerId).eq(customer.0));
    }
    if let Some(organization) = query.organization {
        select.and_where(col(L::OrganizationId).eq(organization.0));
    }
    if let Some(tag) = query.tag {
        select.and_where(col(L::Id).in_subquery(tagged_licenses(tag)));
    }
    if let Some(product) = query.product {
        select.and_where(col(L::ProductId).eq(product.0));
    }
    if let Some(state) = state {
        // A literal, because a partial index of one state does not match a parameter.
        select.and_where(Expr::cust(format!("state = '{state}'")));
    }
    if query.standing == Some(Standing::Expired) {
        select.and_where(col(L::ExpiresAt).lte(now.millis()));
    } else if query.sort == Sort::Expiry {
        select.and_where(col(L::ExpiresAt).gt(now.millis()));
    } else if query.standing == Some(Standing::Active) {
        // Also as one expression: from its parts PostgreSQL would read all licenses of a product.
        let ends = Func::coalesce([col(L::ExpiresAt), Expr::val(i64::MAX)]);
        select.and_where(Expr::from(ends).gt(now.millis()));
    }
    if query.condition == Some(Condition::Expiring) {
        select.and_where(col(L::ExpiresAt).lte(now.plus_days(EXPIRING_DAYS).millis()));
    }
    if let Some(cursor) = query.cursor {
        select.and_where(after_cursor(query, cursor));
    }
    apply_order(select, query, col);
}

/// The condition "after the cursor".
fn after_cursor(query: &LicenseQuery, cursor: PageCursor) -> Expr {
    let (row, from) = if query.sort == Sort::Expiry {
        let row = [L::ExpiresAt, L::Id].map(Expr::col);
        (Expr::tuple(row), Expr::tuple([Expr::val(cursor.value), Expr::val(cursor.id.0)]))
    } else {
        (Expr::col(L::Id), Expr::val(cursor.id.0))
    };
    if direction(query) == Order::Desc { row.lt(from) } else { row.gt(from) }
}
