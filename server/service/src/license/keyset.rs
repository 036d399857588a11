//! Which licenses are on a page: their ids, in order, with what they are in order of. They are
//! found by ranges of indexes that hold nothing else, however many licenses there are and
//! whatever is asked of them.

use domain::Timestamp;
use domain::license::Standing;
use domain::view::{LicenseQuery, PageCursor, Sort};
use sea_orm::sea_query::{Expr, ExprTrait as _, Func, Order, Query, SelectStatement, UnionType};

use super::mark_expired::NOT_MARKED_EXPIRED;
use super::search;
use crate::store::entity::licenses::{self, Column as L};
use crate::{Actor, Service};

/// All words for what somebody decided about a license.
const STATES: [&str; 3] = ["active", "suspended", "revoked"];

/// The order of a page, which one turns around to go back.
pub(super) fn direction(query: &LicenseQuery) -> Order {
    let backward = query.cursor.is_some_and(|cursor| cursor.backward);
    if (query.sort == Sort::Newest) == backward { Order::Asc } else { Order::Desc }
}

/// What a page is in order of. No more is read of a row to find its place: the indexes hold it.
fn sort_columns(query: &LicenseQuery) -> &'static [L] {
    if query.sort == Sort::Expiry { &[L::ExpiresAt, L::Id] } else { &[L::Id] }
}

/// Puts rows into the order of a page.
pub(super) fn apply_order(select: &mut SelectStatement, query: &LicenseQuery, of: impl Fn(L) -> Expr) {
    for key in sort_columns(query) {
        select.order_by_expr(of(*key), direction(query));
    }
}

/// The page, and one more to tell whether there is another.
pub(super) fn page_of_ids(
    service: &Service,
    actor: &Actor,
    query: &LicenseQuery,
    now: Timestamp,
    rows: u64,
) -> SelectStatement {
    if query.search.is_empty() {
        return by_states(actor, query, now, rows);
    }
    let found = search::matching_ids(service, actor, &query.search);
    if query.product.is_none() && query.standing.is_none() && query.sort != Sort::Expiry {
        return matching_page(found, query, rows);
    }
    filtered_matches(service, actor, query, now, found).limit(rows).to_owned()
}

/// What was found is read first, each by its id, and only then held against the rest: the limit
/// is a fence, which planners don't move conditions over. They would walk through all that
/// expire, or all of a product.
fn filtered_matches(
    service: &Service,
    actor: &Actor,
    query: &LicenseQuery,
    now: Timestamp,
    found: SelectStatement,
) -> SelectStatement {
    let read = Query::select()
        .columns([L::Id, L::AccountId, L::ProductId, L::State, L::ExpiresAt])
        .from(licenses::Entity)
        .and_where(search::in_matches(service, Expr::col(L::Id), found))
        .limit(search::MAX_MATCHES)
        .to_owned();
    let mut page = Query::select();
    page.columns(sort_columns(query).iter().copied()).from_subquery(read, "rows");
    state_page(&mut page, actor, query.standing.map(state_of_standing), query, now);
    page
}

/// Those of the found that are on the page, where their ids tell: the others' rows need
/// not be read.
fn matching_page(found: SelectStatement, query: &LicenseQuery, rows: u64) -> SelectStatement {
    let mut page = Query::select();
    page.column(L::Id).from_subquery(found, "found");
    if let Some(cursor) = query.cursor {
        page.and_where(after_cursor(query, cursor));
    }
    apply_order(&mut page, query, Expr::col);
    page.limit(rows).to_owned()
}

/// Without a search: each state is a range of its own, of which no more than a page is read.
fn by_states(actor: &Actor, query: &LicenseQuery, now: Timestamp, rows: u64) -> SelectStatement {
    let range = |state: &str| {
        let mut range = Query::select();
        range.columns(sort_columns(query).iter().copied()).from(licenses::Entity);
        let in_force = query.standing == Some(Standing::Active) && query.sort != Sort::Expiry;
        if in_force {
            range.and_where(Expr::cust(NOT_MARKED_EXPIRED));
        }
        state_page(&mut range, actor, (!in_force).then_some(state), query, now);
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

/// What is asked of licenses, where the page begins, and its order.
fn state_page(
    select: &mut SelectStatement,
    actor: &Actor,
    state: Option<&str>,
    query: &LicenseQuery,
    now: Timestamp,
) {
    let col = |column: L| Expr::col(column);
    select.and_where(col(L::AccountId).eq(actor.account.0));
    if let Some(product) = query.product {
        select.and_where(col(L::ProductId).eq(product.0));
    }
    if let Some(state) = state {
        // As text: an index of one state serves no parameter.
        select.and_where(Expr::cust(format!("state = '{state}'")));
    }
    if query.standing == Some(Standing::Expired) {
        select.and_where(col(L::ExpiresAt).lte(now.millis()));
    } else if query.sort == Sort::Expiry {
        select.and_where(col(L::ExpiresAt).gt(now.millis()));
    } else if query.standing == Some(Standing::Active) {
        // In one expression too: by its parts PostgreSQL would collect all of a product.
        let ends = Func::coalesce([col(L::ExpiresAt), Expr::val(i64::MAX)]);
        select.and_where(Expr::from(ends).gt(now.millis()));
    }
    if let Some(cursor) = query.cursor {
        select.and_where(after_cursor(query, cursor));
    }
    apply_order(select, query, col);
}

/// What comes after a cursor.
fn after_cursor(query: &LicenseQuery, cursor: PageCursor) -> Expr {
    let (row, from) = if query.sort == Sort::Expiry {
        let row = [L::ExpiresAt, L::Id].map(Expr::col);
        (Expr::tuple(row), Expr::tuple([Expr::val(cursor.value), Expr::val(cursor.id.0)]))
    } else {
        (Expr::col(L::Id), Expr::val(cursor.id.0))
    };
    if direction(query) == Order::Desc { row.lt(from) } else { row.gt(from) }
}
