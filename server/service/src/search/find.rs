//! Finds hits of every kind for a search text.

use domain::activation::Kind;
use domain::folding::name_terms;
use domain::permission::Permission;
use domain::search::SearchText;
use domain::view::{MAX_CUSTOMER_RESULTS, MAX_HITS_PER_KIND, SearchResults};
use sea_orm::sea_query::{Expr, ExprTrait as _, Order, Query, SelectStatement};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, FromQueryResult, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::hits::{ActivationHit, CustomerHit, Hits, ProductHit};
use super::key::license_of_keys;
use super::lookups::{Lookups, all_of, in_matches, only, rows, union};
use crate::store::entity::{customers, licenses, products};
use crate::{Actor, Result, Service};

/// Rows of each look-up: one more than is shown, which tells whether there are more.
const ROWS: u64 = MAX_HITS_PER_KIND as u64 + 1;
/// Products among which a name is searched for.
const MAX_PRODUCTS: u64 = 500;

#[derive(FromQueryResult)]
struct IdRow {
    id: Uuid,
}

#[derive(FromQueryResult)]
struct DomainRow {
    license_id: Uuid,
    subject: String,
}

#[derive(FromQueryResult)]
struct MachineRow {
    license_id: Uuid,
    subject: String,
    hostname: Option<String>,
}

#[derive(FromQueryResult)]
struct ActivationRow {
    license_id: Uuid,
    kind: String,
    subject: String,
    hostname: Option<String>,
}

/// Finds what a text names: licenses, active domains, machines, customers and products of the account. A
/// license key in the text finds its license alone.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "search.find", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn find(service: &Service, actor: &Actor, text: &SearchText) -> Result<SearchResults> {
    actor.require(Permission::Read)?;
    if text.is_empty() {
        return Ok(SearchResults::default());
    }
    let mut hits = Hits::default();
    if let Some(license) = license_of_keys(service, actor, &text.keys).await? {
        hits.licenses.push(license.0);
        return hits.into_results(service, text).await;
    }
    hits.unknown_key = text.key_shown();
    let lookups = Lookups::new(service, actor, text, ROWS);
    if let Some(select) =
        union(lookups.licenses().into_iter().map(|s| only(s, licenses::Column::Id)).collect())
    {
        hits.licenses = ids(rows::<IdRow>(service, &select).await?);
    }
    hits.customers = find_customers(service, &lookups).await?;
    if let Some(select) = newest_licenses_of(&hits.customers) {
        hits.licenses.extend(ids(rows::<IdRow>(service, &select).await?));
    }
    if let Some(select) = union(lookups.domains().into_iter().map(all_of).collect()) {
        let found = rows::<DomainRow>(service, &select).await?;
        hits.domains =
            found.into_iter().map(|row| ActivationHit::new(row.license_id, row.subject, None)).collect();
    }
    if let Some(select) = union(lookups.machines().into_iter().map(all_of).collect()) {
        let found = rows::<MachineRow>(service, &select).await?;
        let hit = |row: MachineRow| ActivationHit::new(row.license_id, row.subject, row.hostname);
        hits.machines = found.into_iter().map(hit).collect();
    }
    if let Some(select) = lookups.activations_by_id() {
        for row in rows::<ActivationRow>(service, &select).await? {
            let of_kind =
                if row.kind == Kind::Domain.as_str() { &mut hits.domains } else { &mut hits.machines };
            of_kind.push(ActivationHit::new(row.license_id, row.subject, row.hostname));
        }
    }
    hits.products = find_products(service, actor, text).await?;
    hits.into_results(service, text).await
}

fn ids(rows: Vec<IdRow>) -> Vec<Uuid> {
    rows.into_iter().map(|row| row.id).collect()
}

async fn find_customers(service: &Service, lookups: &Lookups<'_>) -> Result<Vec<CustomerHit>> {
    use customers::Column as C;
    let by_id = lookups.customers_by_id().map(|select| only(select, C::Id));
    let Some(found) = union(lookups.customers().into_iter().chain(by_id).collect()) else {
        return Ok(Vec::new());
    };
    let mut select = Query::select();
    select.columns([C::Id, C::Name, C::Email]).from(customers::Entity);
    select.and_where(in_matches(service, Expr::col(C::Id), found)).limit(ROWS);
    rows(service, &select).await
}

/// Selects the newest licenses of the customers. The inner limit is an optimization fence: without it, a
/// planner may read licenses by age until enough of them belong to the customers.
fn newest_licenses_of(customers: &[CustomerHit]) -> Option<SelectStatement> {
    use licenses::Column as L;
    if customers.is_empty() {
        return None;
    }
    // Of the account, as the customers are.
    let mut theirs = Query::select();
    theirs.column(L::Id).from(licenses::Entity);
    theirs.and_where(Expr::col(L::CustomerId).is_in(customers.iter().map(|customer| customer.id)));
    let mut newest = only(theirs.limit(MAX_CUSTOMER_RESULTS).to_owned(), L::Id);
    Some(newest.order_by_expr(Expr::col(L::Id), Order::Desc).limit(ROWS).to_owned())
}

/// Finds the products whose name or slug begins with the text. A seller has few.
async fn find_products(service: &Service, actor: &Actor, text: &SearchText) -> Result<Vec<ProductHit>> {
    use products::Column as P;
    let name = text.product_name.as_str();
    if name.is_empty() && text.ids.is_empty() {
        return Ok(Vec::new());
    }
    let all: Vec<ProductHit> = products::Entity::find()
        .select_only()
        .columns([P::Id, P::Name, P::Slug])
        .filter(P::AccountId.eq(actor.account.0))
        .order_by_desc(P::Id)
        .limit(MAX_PRODUCTS)
        .into_model()
        .all(service.store.list_reader())
        .await?;
    let matches = |product: &ProductHit| {
        text.ids.contains(&product.id)
            || !name.is_empty()
                && (product.slug.starts_with(name)
                    || name_terms(&product.name).iter().any(|term| term.starts_with(name)))
    };
    Ok(all.into_iter().filter(matches).collect())
}
