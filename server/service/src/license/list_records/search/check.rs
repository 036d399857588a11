//! Tests licenses for words of which too many licenses are found.

use std::collections::{BTreeSet, HashMap, HashSet};

use domain::folding::name_terms;
use sea_orm::sea_query::{Expr, ExprTrait as _, LikeExpr, Query};
use sea_orm::{Condition, FromQueryResult};
use uuid::Uuid;

use super::super::lookup::{ids, is_one_of, rows};
use super::word::Word;
use crate::customer::search_terms;
use crate::listing::ROWS_PER_READ;
use crate::search::lookups::{may_end_with, starts_with, suffix_below};
use crate::store::entity::{activations, customers, licenses, organizations, tags};
use crate::store::row_values::{ColumnType, Columns};
use crate::{Result, Service};

const LICENSE: Columns = &[("id", ColumnType::Uuid)];
const OF_LICENSE: Columns = &[("license_id", ColumnType::Uuid)];

/// The texts of a license that are searched.
#[derive(FromQueryResult)]
struct TextsRow {
    id: Uuid,
    customer: Option<String>,
    email: Option<String>,
    company: Option<String>,
    organization: Option<String>,
}

#[derive(FromQueryResult)]
struct TagRow {
    id: Uuid,
    name: String,
}

/// Returns the licenses that each of the words finds.
///
/// # Errors
/// Returns an error if the database fails.
pub(in crate::license::list_records) async fn keep_found(
    service: &Service,
    licenses: Vec<Uuid>,
    words: &[Word],
) -> Result<Vec<Uuid>> {
    if words.is_empty() {
        return Ok(licenses);
    }
    let mut kept = Vec::new();
    for some in licenses.chunks(ROWS_PER_READ) {
        let terms = terms_of(service, some).await?;
        let mut left: Vec<Uuid> = some.to_vec();
        for word in words {
            let on_domain = on_domains(service, &left, word).await?;
            left.retain(|id| {
                on_domain.contains(id) || terms.get(id).is_some_and(|terms| word.is_found_in(*id, terms))
            });
        }
        kept.extend(left);
    }
    Ok(kept)
}

/// Returns the search terms of customers, organizations and tags of some licenses.
async fn terms_of(service: &Service, some: &[Uuid]) -> Result<HashMap<Uuid, BTreeSet<String>>> {
    use licenses::Column as L;
    let mut found = Query::select();
    found.columns([L::Id, L::CustomerId, L::OrganizationId]).from(licenses::Entity);
    found.and_where(is_one_of(service, LICENSE, some)?);
    let of_customer = |column: customers::Column| Expr::col((customers::Entity, column));
    let mut select = Query::select();
    select
        .expr_as(Expr::col(("found", L::Id)), "id")
        .expr_as(of_customer(customers::Column::Name), "customer")
        .expr_as(of_customer(customers::Column::Email), "email")
        .expr_as(of_customer(customers::Column::Company), "company")
        .expr_as(Expr::col((organizations::Entity, organizations::Column::Name)), "organization")
        .from_subquery(found, "found")
        .left_join(customers::Entity, of_customer(customers::Column::Id).equals(("found", L::CustomerId)))
        .left_join(
            organizations::Entity,
            Expr::col((organizations::Entity, organizations::Column::Id))
                .equals(("found", L::OrganizationId)),
        );
    let mut terms = HashMap::new();
    for row in rows::<TextsRow>(service, &select).await? {
        let mut of_row = search_terms(row.customer.as_deref(), row.email.as_deref());
        for name in [row.company, row.organization].into_iter().flatten() {
            of_row.extend(name_terms(&name));
        }
        terms.insert(row.id, of_row);
    }
    let mut links = Query::select();
    links.columns(["license_id", "tag_id"]).from("license_tags");
    links.and_where(is_one_of(service, OF_LICENSE, some)?);
    let mut select = Query::select();
    select
        .expr_as(Expr::col(("found", "license_id")), "id")
        .expr_as(Expr::col((tags::Entity, tags::Column::Name)), "name")
        .from_subquery(links, "found")
        .inner_join(tags::Entity, Expr::col((tags::Entity, tags::Column::Id)).equals(("found", "tag_id")));
    for row in rows::<TagRow>(service, &select).await? {
        terms.entry(row.id).or_default().extend(name_terms(&row.name));
    }
    Ok(terms)
}

/// Returns those of the licenses of which a domain begins with the word, or is below it.
async fn on_domains(service: &Service, some: &[Uuid], word: &Word) -> Result<HashSet<Uuid>> {
    use activations::Column as A;
    let mut any = Condition::any();
    for beginning in word.beginnings_of_domains() {
        any = any.add(starts_with(A::Subject, beginning));
    }
    for host in word.hosts() {
        let suffix = suffix_below(host);
        // As the look-ups: not of a host that is too short for their index.
        let Some(condition) = may_end_with(service.store.is_sqlite(), &suffix) else { continue };
        let pattern = format!("%{}", suffix.replace('!', "!!").replace('%', "!%").replace('_', "!_"));
        any = any.add(condition.and(Expr::col(A::Subject).like(LikeExpr::new(pattern).escape('!'))));
    }
    if some.is_empty() || any.is_empty() {
        return Ok(HashSet::new());
    }
    let mut select = Query::select();
    select
        .expr_as(Expr::col(A::LicenseId), "id")
        .distinct()
        .from(activations::Entity)
        .and_where(is_one_of(service, OF_LICENSE, some)?)
        .and_where(Expr::cust("kind = 'domain'"))
        .cond_where(any);
    Ok(ids(service, &select).await?.into_iter().collect())
}
