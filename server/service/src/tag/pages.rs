//! Tags on the pages of the dashboard.

use std::collections::HashMap;

use domain::TagId;
use domain::filter::{ListRequest, ListSort};
use domain::permission::Permission;
use domain::view::{MAX_LICENSES_COUNTED, TagPage, TagRow};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, FromQueryResult, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    Statement,
};
use uuid::Uuid;

use super::list::list;
use super::record::{TagRecord, record};
use crate::store::entity::tags;
use crate::store::row_values::{ColumnType, in_rows_sql, row, rows_to_json};
use crate::store::scope;
use crate::{Actor, Error, Result, Service};

/// Tags per page.
const PAGE_SIZE: u64 = 25;
/// Tags that a form suggests.
const MAX_NAMES: u64 = 30;

#[derive(FromQueryResult)]
struct Counts {
    id: Uuid,
    licenses: i64,
    customers: i64,
}

/// Returns a page of the tags, by name, with the numbers of licenses and customers that have them.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
pub async fn page(service: &Service, actor: &Actor, after: Option<TagId>) -> Result<TagPage> {
    actor.require(Permission::Read)?;
    let request = ListRequest {
        page: 1,
        limit: PAGE_SIZE,
        sort: ListSort { field: "name", descending: false },
        after: after.map(|id| id.0),
        search: None,
        count: false,
        filters: Vec::new(),
    };
    let found = list(service, actor, &request).await?;
    let more = found.items.last().filter(|_| found.has_more).map(|last| last.id);
    let mut counts = counts(service, &found.items).await?;
    let items = found.items.into_iter().map(|tag| {
        let (licenses, customers) = counts.remove(&tag.id.0).unwrap_or_default();
        TagRow { id: tag.id, name: tag.name, description: tag.description, licenses, customers }
    });
    Ok(TagPage { items: items.collect(), more })
}

/// Counts the licenses and the customers with tags, by one statement. Each count ends at a hundred and one rows of an
/// index.
async fn counts(service: &Service, tags: &[TagRecord]) -> Result<HashMap<Uuid, (u32, u32)>> {
    if tags.is_empty() {
        return Ok(HashMap::new());
    }
    let most = MAX_LICENSES_COUNTED + 1;
    let count = |table: &str| {
        format!(
            "(SELECT count(*) FROM (SELECT 1 FROM {table} WHERE tag_id = tags.id LIMIT {most}) AS counted_{table})"
        )
    };
    let condition = in_rows_sql(service.store.backend(), &[("id", ColumnType::Uuid)]);
    let sql = format!(
        "SELECT id, {} AS licenses, {} AS customers FROM tags WHERE {condition}",
        count("license_tags"),
        count("customer_tags")
    );
    let rows: Vec<_> = tags.iter().map(|tag| row![tag.id.0]).collect();
    let statement =
        Statement::from_sql_and_values(service.store.backend(), sql, [rows_to_json(&rows)?.into()]);
    let found = Counts::find_by_statement(statement).all(service.store.list_reader()).await?;
    let number = |count: i64| u32::try_from(count).unwrap_or(0);
    Ok(found.into_iter().map(|row| (row.id, (number(row.licenses), number(row.customers)))).collect())
}

/// Returns the first tags by name, which a form suggests.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
pub async fn names(service: &Service, actor: &Actor) -> Result<Vec<String>> {
    actor.require(Permission::Read)?;
    let names = tags::Entity::find()
        .select_only()
        .column(tags::Column::Name)
        .filter(tags::Column::AccountId.eq(actor.account.0))
        .order_by_asc(tags::Column::Name)
        .limit(MAX_NAMES)
        .into_tuple()
        .all(service.store.list_reader())
        .await?;
    Ok(names)
}

/// Returns the name of a tag, for the filter of a list. `None` if the account has no such tag.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
pub async fn name_of(service: &Service, actor: &Actor, id: TagId) -> Result<Option<String>> {
    actor.require(Permission::Read)?;
    match scope::tag(service.store.read(), actor.account, id).await {
        Ok(row) => Ok(Some(row.name)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns a tag as a row of the list, for the form that changes it.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such tag, or the database fails.
pub async fn row(service: &Service, actor: &Actor, id: TagId) -> Result<TagRow> {
    actor.require(Permission::Read)?;
    let tag = record(scope::tag(service.store.read(), actor.account, id).await?);
    let mut counts = counts(service, std::slice::from_ref(&tag)).await?;
    let (licenses, customers) = counts.remove(&id.0).unwrap_or_default();
    Ok(TagRow { id, name: tag.name, description: tag.description, licenses, customers })
}
