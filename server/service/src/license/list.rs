//! License lists: keyset pages, each by one query that an index serves.

use domain::license::{Limit, standing};
use domain::permission::Permission;
use domain::view::{LicenseQuery, LicenseRow, Page, PageCursor, Sort};
use domain::{LicenseId, Timestamp};
use sea_orm::FromQueryResult;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use uuid::Uuid;

use super::{keyset, page_cut, selection};
use crate::store::entity::{customers, licenses, products};
use crate::store::{convert, inline_limits};
use crate::unicode_host::email_to_unicode;
use crate::{Actor, Result, Service};

/// Rows per page.
const PAGE_SIZE: u64 = 50;

#[derive(FromQueryResult)]
struct LicenseIdRow {
    id: Uuid,
    last_four: String,
    state: String,
    product: String,
    customer_name: Option<String>,
    customer_email: Option<String>,
    domains_used: i32,
    domain_limit: Option<i32>,
    machines_used: i32,
    machine_limit: Option<i32>,
    expires_at: Option<i64>,
    created_at: i64,
    last_verified_at: Option<i64>,
}

/// Returns one page of the account's licenses.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "license.list", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list(service: &Service, actor: &Actor, query: &LicenseQuery) -> Result<Page<LicenseRow>> {
    actor.require(Permission::Read)?;
    load_rows(service, actor, query, PAGE_SIZE).await
}

/// Returns one page of at most `max` rows.
pub(crate) async fn load_rows(
    service: &Service,
    actor: &Actor,
    query: &LicenseQuery,
    most: u64,
) -> Result<Page<LicenseRow>> {
    let now = service.now();
    let query = &LicenseQuery { search: selection::search_text(query), ..query.normalized() };
    if !selection::owns_owners(service, actor, query).await? {
        return Ok(Page { items: Vec::new(), previous: None, next: None });
    }
    let mut statement = service
        .store
        .backend()
        .build(&statement(keyset::page_of_ids(service, actor, query, now, most + 1), query));
    if !service.store.is_sqlite() {
        statement = inline_limits::inline_limits(statement);
    }
    let mut found = LicenseIdRow::find_by_statement(statement).all(service.store.list_reader()).await?;
    let backward = query.cursor.is_some_and(|c| c.backward);
    let more = page_cut::truncate_page(&mut found, most);
    if backward {
        found.reverse();
    }
    let cursor = |row: &LicenseIdRow, backward| PageCursor {
        backward,
        value: if query.sort == Sort::Expiry { row.expires_at.unwrap_or(0) } else { 0 },
        id: LicenseId(row.id),
    };
    let has_previous = if backward { more } else { query.cursor.is_some() };
    let has_next = if backward { true } else { more };
    let previous = found.first().filter(|_| has_previous).map(|row| cursor(row, true));
    let next = found.last().filter(|_| has_next).map(|row| cursor(row, false));
    let items = found.into_iter().map(|row| view(row, now)).collect::<Result<_>>()?;
    Ok(Page { items, previous, next })
}

fn view(row: LicenseIdRow, now: Timestamp) -> Result<LicenseRow> {
    let state = domain::license::State::from_storage(&row.state, None, None)?;
    let expires_at = convert::to_timestamp(row.expires_at);
    Ok(LicenseRow {
        id: LicenseId(row.id),
        last_four: row.last_four,
        standing: standing(&state, expires_at, now),
        product: row.product,
        customer: row.customer_name.or(row.customer_email.map(email_to_unicode)),
        domains_used: convert::to_count(row.domains_used),
        domain_limit: Limit::from_storage(row.domain_limit),
        machines_used: convert::to_count(row.machines_used),
        machine_limit: Limit::from_storage(row.machine_limit),
        expires_at,
        created_at: Timestamp::from_millis(row.created_at),
        last_verified_at: convert::to_timestamp(row.last_verified_at),
    })
}

/// Selects the rows of a page. The ids belong to the account; with the account in the condition, a
/// planner might scan all of its licenses.
fn statement(ids: SelectStatement, query: &LicenseQuery) -> SelectStatement {
    use licenses::Column as L;
    let mut select = Query::select();
    select
        .columns(
            [L::Id, L::LastFour, L::State, L::DomainsUsed, L::DomainLimit, L::MachinesUsed, L::MachineLimit]
                .map(|c| (licenses::Entity, c)),
        )
        .columns([L::ExpiresAt, L::CreatedAt, L::LastVerifiedAt].map(|c| (licenses::Entity, c)))
        .expr_as(Expr::col((products::Entity, products::Column::Name)), "product")
        .expr_as(Expr::col((customers::Entity, customers::Column::Name)), "customer_name")
        .expr_as(Expr::col((customers::Entity, customers::Column::Email)), "customer_email")
        .from_subquery(ids, "page")
        .inner_join(licenses::Entity, Expr::col(("page", L::Id)).equals((licenses::Entity, L::Id)))
        .inner_join(
            products::Entity,
            Expr::col((products::Entity, products::Column::Id)).equals((licenses::Entity, L::ProductId)),
        )
        .left_join(
            customers::Entity,
            Expr::col((customers::Entity, customers::Column::Id)).equals((licenses::Entity, L::CustomerId)),
        );
    keyset::apply_order(&mut select, query, |column| Expr::col(("page", column)));
    select
}
