//! List of sellers: keyset pages by slug.

use domain::view::{SellerCursor, SellerPage, SellerQuery, SellerRow};
use domain::{AccountId, Timestamp};
use sea_orm::{FromQueryResult, Statement, Value};
use uuid::Uuid;

use super::Operator;
use crate::account::{Member, suspension};
use crate::{Result, Service};

/// Sellers per page.
const PAGE_SIZE: usize = 25;

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    slug: String,
    name: String,
    created_at: i64,
    suspended_at: Option<i64>,
    suspension_reason: Option<String>,
    apps_stopped: bool,
    members: i64,
    products: i64,
    licenses: i64,
}

/// Returns one page of the sellers of this instance.
///
/// # Errors
/// [`crate::Error::NotFound`] if the user is no operator, or another [`crate::Error`] if the database fails.
#[tracing::instrument(name = "operator.list_sellers", skip_all, err(level = "debug"))]
pub async fn list_sellers(service: &Service, member: &Member, query: &SellerQuery) -> Result<SellerPage> {
    Operator::of(member)?;
    let backward = query.cursor.as_ref().is_some_and(|cursor| cursor.backward);
    let (sql, values) = select(query, backward);
    let statement = Statement::from_sql_and_values(service.store.backend(), sql, values);
    let mut rows = Row::find_by_statement(statement).all(service.store.read()).await?;
    let more = rows.len() > PAGE_SIZE;
    rows.truncate(PAGE_SIZE);
    if backward {
        rows.reverse();
    }
    let cursor = |row: &Row, backward| SellerCursor { backward, slug: row.slug.clone() };
    let has_previous = if backward { more } else { query.cursor.is_some() };
    let previous = rows.first().filter(|_| has_previous).map(|row| cursor(row, true));
    let next = rows.last().filter(|_| backward || more).map(|row| cursor(row, false));
    Ok(SellerPage { items: rows.into_iter().map(view).collect(), previous, next })
}

/// Returns the statement of a page and one more row. The index of slugs gives the order; a search reads it up
/// to the last row of the page. Counts are of one account each: of members, and of the counters of its
/// products.
fn select(query: &SellerQuery, backward: bool) -> (String, Vec<Value>) {
    let (mut conditions, mut values) = (Vec::new(), Vec::<Value>::new());
    if let Some(cursor) = &query.cursor {
        values.push(cursor.slug.as_str().into());
        conditions.push(format!("a.slug {} $1", if backward { "<" } else { ">" }));
    }
    let search = query.search.trim().to_lowercase();
    if !search.is_empty() {
        let (length, first) = (search.chars().count(), values.len() + 1);
        // SQLite folds ASCII letters alone, so that another first letter is compared in both cases.
        let capitalized = capitalize(&search).to_ascii_lowercase();
        conditions.push(format!(
            "(substr(a.slug, 1, {length}) = ${first} \
             OR lower(substr(a.name, 1, {length})) IN (${first}, ${}))",
            first + 1
        ));
        values.push(search.into());
        values.push(capitalized.into());
    }
    let condition = if conditions.is_empty() { "TRUE".to_owned() } else { conditions.join(" AND ") };
    let sql = format!(
        "SELECT a.id, a.slug, a.name, a.created_at, a.suspended_at, a.suspension_reason, a.apps_stopped, \
         (SELECT count(*) FROM memberships m WHERE m.account_id = a.id) AS members, \
         (SELECT count(*) FROM products p WHERE p.account_id = a.id) AS products, \
         (SELECT CAST(COALESCE(SUM(p.license_count), 0) AS BIGINT) FROM products p WHERE p.account_id = a.id) \
         AS licenses FROM accounts a WHERE {condition} ORDER BY a.slug {} LIMIT {}",
        if backward { "DESC" } else { "ASC" },
        PAGE_SIZE + 1
    );
    (sql, values)
}

/// Returns a text with its first letter in upper case.
fn capitalize(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn view(row: Row) -> SellerRow {
    SellerRow {
        account: AccountId(row.id),
        name: row.name,
        slug: row.slug,
        members: row.members,
        products: row.products,
        licenses: row.licenses,
        created_at: Timestamp::from_millis(row.created_at),
        suspension: suspension::from_columns(row.suspended_at, row.suspension_reason, row.apps_stopped),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_cursor_and_search_are_numbered() {
        let cursor = Some(SellerCursor { backward: true, slug: "maple".into() });
        let (sql, values) = select(&SellerQuery { search: " Ärzte ".into(), cursor }, true);
        assert!(sql.contains("a.slug < $1 AND (substr(a.slug, 1, 5) = $2"), "{sql}");
        assert_eq!(values, ["maple", "ärzte", "Ärzte"].map(Value::from));
        let (sql, values) = select(&SellerQuery::default(), false);
        assert!(sql.contains("WHERE TRUE ORDER BY a.slug ASC LIMIT 26"), "{sql}");
        assert!(values.is_empty());
    }
}
