//! The licenses that a list selects, without their rows: their number, and their ids in batches.

use domain::permission::Permission;
use domain::unicode::strip_deceptive;
use domain::view::{LicenseQuery, PageCursor, SelectedCount, Sort};
use domain::{CustomerId, LicenseId, Timestamp};
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DbErr, EntityTrait as _, QueryFilter as _, QueryResult, Statement,
};
use uuid::Uuid;

use super::keyset;
use crate::store::entity::customers;
use crate::store::{inline_limits, scope};
use crate::unicode_host::email_to_unicode;
use crate::{Actor, Error, Result, Service};

/// Licenses that a count reads at most, because it runs with each page.
const MAX_COUNT: u64 = 10_000;

/// The id of a selected license, with its expiry if the list is ordered by it.
pub(crate) struct SelectedId {
    pub id: Uuid,
    expires_at: Option<i64>,
}

impl SelectedId {
    /// Returns the cursor of the licenses after this one.
    pub fn cursor(&self) -> PageCursor {
        PageCursor { backward: false, value: self.expires_at.unwrap_or(0), id: LicenseId(self.id) }
    }
}

/// Counts the licenses of a list, up to 10,000.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "license.count", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn count(service: &Service, actor: &Actor, query: &LicenseQuery) -> Result<SelectedCount> {
    actor.require(Permission::Read)?;
    let found = count_selected(service, actor, query, service.now(), MAX_COUNT + 1).await?;
    Ok(if found > MAX_COUNT { SelectedCount::MoreThan(MAX_COUNT) } else { SelectedCount::Exactly(found) })
}

/// Counts the licenses of a list at a time, up to `most`.
pub(crate) async fn count_selected(
    service: &Service,
    actor: &Actor,
    query: &LicenseQuery,
    now: Timestamp,
    most: u64,
) -> Result<u64> {
    let query = LicenseQuery { cursor: None, search: search_text(query), ..query.normalized() };
    if !owns_owners(service, actor, &query).await? {
        return Ok(0);
    }
    let ids = keyset::page_of_ids(service, actor, &query, now, most);
    let count = Query::select().expr_as(Expr::cust("COUNT(*)"), "n").from_subquery(ids, "found").to_owned();
    let row = service.store.list_reader().query_one_raw(statement(service, &count)).await?;
    let row = row.ok_or_else(|| Error::Internal("a count returned no row".into()))?;
    Ok(row.try_get::<i64>("", "n")?.unsigned_abs())
}

/// Returns at most `most` licenses of a list after its cursor, in the list's order.
pub(crate) async fn selected_ids(
    service: &Service,
    actor: &Actor,
    query: &LicenseQuery,
    now: Timestamp,
    most: u64,
) -> Result<Vec<SelectedId>> {
    let query = LicenseQuery { search: search_text(query), ..query.normalized() };
    if !owns_owners(service, actor, &query).await? {
        return Ok(Vec::new());
    }
    let ids = keyset::page_of_ids(service, actor, &query, now, most);
    let rows = service.store.list_reader().query_all_raw(statement(service, &ids)).await?;
    let by_expiry = query.sort == Sort::Expiry;
    let selected = |row: &QueryResult| -> Result<SelectedId, DbErr> {
        let expires_at = if by_expiry { row.try_get("", "expires_at")? } else { None };
        Ok(SelectedId { id: row.try_get("", "id")?, expires_at })
    };
    Ok(rows.iter().map(selected).collect::<Result<_, _>>()?)
}

/// Returns the name or address of a customer, for the filter of a list. `None` if the account has no
/// such customer.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
pub async fn customer_name(service: &Service, actor: &Actor, id: CustomerId) -> Result<Option<String>> {
    actor.require(Permission::Read)?;
    let customer = find_customer(service, actor, id).await?;
    Ok(customer.and_then(|row| row.name.or(row.email.map(email_to_unicode))))
}

/// Returns whether the customer, the organization and the tag of a query, if any, are the account's. The licenses
/// are then found by them alone.
pub(super) async fn owns_owners(service: &Service, actor: &Actor, query: &LicenseQuery) -> Result<bool> {
    if let Some(customer) = query.customer
        && find_customer(service, actor, customer).await?.is_none()
    {
        return Ok(false);
    }
    let (db, account) = (service.store.read(), actor.account);
    if let Some(organization) = query.organization
        && !is_found(scope::organization(db, account, organization).await.map(drop))?
    {
        return Ok(false);
    }
    match query.tag {
        Some(tag) => is_found(scope::tag(db, account, tag).await.map(drop)),
        None => Ok(true),
    }
}

fn is_found(found: Result<()>) -> Result<bool> {
    match found {
        Ok(()) => Ok(true),
        Err(Error::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}

async fn find_customer(service: &Service, actor: &Actor, id: CustomerId) -> Result<Option<customers::Model>> {
    let find = customers::Entity::find_by_id(id.0).filter(customers::Column::AccountId.eq(actor.account.0));
    Ok(find.one(service.store.read()).await?)
}

pub(super) fn statement(service: &Service, select: &SelectStatement) -> Statement {
    let statement = service.store.backend().build(select);
    if service.store.is_sqlite() { statement } else { inline_limits::inline_limits(statement) }
}

/// Returns the search text without the characters that no stored name has. PostgreSQL refuses NUL
/// in a text.
pub(super) fn search_text(query: &LicenseQuery) -> String {
    strip_deceptive(&query.search).trim().to_owned()
}
