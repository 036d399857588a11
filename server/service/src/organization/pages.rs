//! Organizations on the pages of the dashboard.

use domain::filter::{ListRequest, ListSort};
use domain::permission::Permission;
use domain::view::{
    CustomerHitRow, MAX_LICENSES_COUNTED, OrganizationPage, OrganizationQuery, OrganizationRow,
    OrganizationView,
};
use domain::{CustomerId, OrganizationId, text_key};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Statement,
};
use uuid::Uuid;

use super::list::list;
use super::show::show;
use crate::store::entity::{customers, organizations};
use crate::store::scope;
use crate::unicode_host::email_to_unicode;
use crate::{Actor, Error, Result, Service};

/// Organizations per page.
const PAGE_SIZE: u64 = 25;
/// Customers on the page of an organization.
const CUSTOMERS_SHOWN: u64 = 25;
/// Organizations that a form suggests.
const MAX_NAMES: u64 = 30;

/// Returns a page of the organizations, by name.
///
/// # Errors
/// Returns an error if the role lacks the permission, too many rows would have to be read, or the database fails.
pub async fn page(service: &Service, actor: &Actor, query: &OrganizationQuery) -> Result<OrganizationPage> {
    actor.require(Permission::Read)?;
    let request = ListRequest {
        page: 1,
        limit: PAGE_SIZE,
        sort: ListSort { field: "name", descending: false },
        after: query.after.map(|id| id.0),
        search: Some(query.search.clone()),
        count: false,
        filters: Vec::new(),
    };
    let found = list(service, actor, &request).await?;
    let more = found.items.last().filter(|_| found.has_more).map(|last| last.id);
    let items = found.items.into_iter().map(|record| OrganizationRow {
        id: record.id,
        name: record.organization.name.to_string(),
        email: record.organization.email,
        created_at: record.created_at,
    });
    Ok(OrganizationPage { items: items.collect(), more })
}

/// Returns an organization with its newest customers.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such organization, or the database fails.
pub async fn view(service: &Service, actor: &Actor, id: OrganizationId) -> Result<OrganizationView> {
    actor.require(Permission::Read)?;
    let record = show(service, actor, id).await?;
    let rows = customers::Entity::find()
        .filter(customers::Column::OrganizationId.eq(id.0))
        .order_by_desc(customers::Column::Id)
        .limit(CUSTOMERS_SHOWN)
        .all(service.store.list_reader())
        .await?;
    let newest = rows.into_iter().map(|row| CustomerHitRow {
        id: CustomerId(row.id),
        label: row.name.or(row.email.map(email_to_unicode)).unwrap_or_else(|| "Erased customer".to_owned()),
    });
    Ok(OrganizationView {
        id,
        stored: (&record.organization).into(),
        customers: count(service, "customers", id).await?,
        licenses: count(service, "licenses", id).await?,
        newest_customers: newest.collect(),
        created_at: record.created_at,
    })
}

/// Counts the rows of an organization, up to [`MAX_LICENSES_COUNTED`] and one.
async fn count(service: &Service, table: &str, id: OrganizationId) -> Result<u32> {
    let sql = format!(
        "SELECT count(*) AS n FROM (SELECT 1 FROM {table} WHERE organization_id = $1 LIMIT {}) AS counted",
        MAX_LICENSES_COUNTED + 1
    );
    let statement = Statement::from_sql_and_values(service.store.backend(), sql, [id.0.into()]);
    let row = service.store.list_reader().query_one_raw(statement).await?;
    let row = row.ok_or_else(|| Error::Internal("a count returned no row".into()))?;
    Ok(u32::try_from(row.try_get::<i64>("", "n")?).unwrap_or(0))
}

/// Returns the first organizations by name, which a form suggests.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
pub async fn names(service: &Service, actor: &Actor) -> Result<Vec<String>> {
    actor.require(Permission::Read)?;
    let names = organizations::Entity::find()
        .select_only()
        .column(organizations::Column::Name)
        .filter(organizations::Column::AccountId.eq(actor.account.0))
        .order_by_asc(organizations::Column::Name)
        .limit(MAX_NAMES)
        .into_tuple()
        .all(service.store.list_reader())
        .await?;
    Ok(names)
}

/// Returns the organization with a name, in any case.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
pub async fn find_by_name(service: &Service, actor: &Actor, name: &str) -> Result<Option<OrganizationId>> {
    actor.require(Permission::Read)?;
    let found: Option<Uuid> = organizations::Entity::find()
        .select_only()
        .column(organizations::Column::Id)
        .filter(organizations::Column::AccountId.eq(actor.account.0))
        .filter(organizations::Column::NameKey.eq(text_key::key(name.trim())))
        .into_tuple()
        .one(service.store.read())
        .await?;
    Ok(found.map(OrganizationId))
}

/// Returns the name of an organization, for the filter of a list. `None` if the account has no such organization.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
pub async fn name_of(service: &Service, actor: &Actor, id: OrganizationId) -> Result<Option<String>> {
    actor.require(Permission::Read)?;
    match scope::organization(service.store.read(), actor.account, id).await {
        Ok(row) => Ok(Some(row.name)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
