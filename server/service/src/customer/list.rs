//! Customer lists: keyset pages by id, newest first.

use domain::permission::Permission;
use domain::view::{CustomerCursor, CustomerPage, CustomerQuery, CustomerRow, MAX_CUSTOMER_MATCHES};
use domain::{CustomerId, Timestamp};
use sea_orm::{FromQueryResult, Statement, Value};
use uuid::Uuid;

use super::search::search;
use super::show::counted_licenses;
use crate::store::row_values::{self, ColumnType, row};
use crate::unicode_host::email_to_unicode;
use crate::{Actor, Result, Service};

/// Customers per page.
const PAGE_SIZE: usize = 50;

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    name: Option<String>,
    email: Option<String>,
    created_at: i64,
    licenses: i64,
}

/// Returns one page of the account's customers.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "customer.list", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list(service: &Service, actor: &Actor, query: &CustomerQuery) -> Result<CustomerPage> {
    actor.require(Permission::Read)?;
    let backward = query.cursor.is_some_and(|cursor| cursor.backward);
    let (mut rows, is_cut) = if query.search.trim().is_empty() {
        (page_of_all(service, actor, query.cursor).await?, false)
    } else {
        page_of_matches(service, actor, query).await?
    };
    let more = rows.len() > PAGE_SIZE;
    rows.truncate(PAGE_SIZE);
    if backward {
        rows.reverse();
    }
    let cursor = |row: &Row, backward| CustomerCursor { backward, id: CustomerId(row.id) };
    let has_previous = if backward { more } else { query.cursor.is_some() };
    let previous = rows.first().filter(|_| has_previous).map(|row| cursor(row, true));
    let next = rows.last().filter(|_| backward || more).map(|row| cursor(row, false));
    Ok(CustomerPage { items: rows.into_iter().map(view).collect(), previous, next, is_cut })
}

fn view(row: Row) -> CustomerRow {
    CustomerRow {
        id: CustomerId(row.id),
        name: row.name,
        email: row.email.map(email_to_unicode),
        licenses: u32::try_from(row.licenses).unwrap_or(0),
        created_at: Timestamp::from_millis(row.created_at),
    }
}

/// Returns the rows that a condition selects, in the direction of the page, and one more.
async fn load(service: &Service, condition: &str, values: Vec<Value>, ascending: bool) -> Result<Vec<Row>> {
    let order = if ascending { "ASC" } else { "DESC" };
    // The limits are literals, because a generic plan of PostgreSQL guesses a parameter.
    let sql = format!(
        "SELECT id, name, email, created_at, {} AS licenses FROM customers WHERE {condition} \
         ORDER BY id {order} LIMIT {}",
        counted_licenses("customers.id"),
        PAGE_SIZE + 1
    );
    let statement = Statement::from_sql_and_values(service.store.backend(), sql, values);
    Ok(Row::find_by_statement(statement).all(service.store.list_reader()).await?)
}

/// Without a search: a range of the index by account and id.
async fn page_of_all(service: &Service, actor: &Actor, cursor: Option<CustomerCursor>) -> Result<Vec<Row>> {
    let account = actor.account.0.into();
    match cursor {
        Some(CustomerCursor { backward: true, id }) => {
            load(service, "account_id = $1 AND id > $2", vec![account, id.0.into()], true).await
        }
        Some(CustomerCursor { id, .. }) => {
            load(service, "account_id = $1 AND id < $2", vec![account, id.0.into()], false).await
        }
        None => load(service, "account_id = $1 AND id <= $2", vec![account, Uuid::max().into()], false).await,
    }
}

/// With a search: the page of the ids that match, and whether more match than were read.
async fn page_of_matches(
    service: &Service,
    actor: &Actor,
    query: &CustomerQuery,
) -> Result<(Vec<Row>, bool)> {
    let found = search(service, actor, &query.search, MAX_CUSTOMER_MATCHES).await?;
    let (backward, ids): (bool, Vec<Uuid>) = match query.cursor {
        Some(CustomerCursor { backward: true, id }) => {
            (true, found.ids.into_iter().filter(|found| *found > id.0).collect())
        }
        Some(CustomerCursor { id, .. }) => {
            (false, found.ids.into_iter().rev().filter(|found| *found < id.0).collect())
        }
        None => (false, found.ids.into_iter().rev().collect()),
    };
    let rows: Vec<_> = ids.into_iter().take(PAGE_SIZE + 1).map(|id| row![id]).collect();
    if rows.is_empty() {
        return Ok((Vec::new(), found.is_cut));
    }
    let condition = row_values::in_rows_sql(service.store.backend(), &[("id", ColumnType::Uuid)]);
    let values = vec![row_values::rows_to_json(&rows)?.into()];
    Ok((load(service, &condition, values, backward).await?, found.is_cut))
}
