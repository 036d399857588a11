//! License search: ids of matching licenses, one index range per search path.

use domain::activation::Kind;
use domain::license_key::extract::{extract_keys, last_characters};
use domain::view::{MAX_CUSTOMER_RESULTS, MAX_SEARCH_RESULTS};
use domain::{DomainName, LicenseId, LicenseKey};
use sea_orm::sea_query::{Expr, ExprTrait as _, IntoIden, Query, SelectStatement, UnionType};

use crate::activation::lookup::has_key;
use crate::store::entity::{activations, customer_terms, licenses};
use crate::{Actor, Service};

/// Maximum number of license keys searched for in one text.
const MAX_KEYS: usize = 4;
/// Maximum number of matches of all search paths together.
pub(super) const MAX_MATCHES: u64 = 5 * MAX_SEARCH_RESULTS + MAX_CUSTOMER_RESULTS;

/// Selects the ids of matching licenses, each path by an index: full key in any pasted form, last
/// four characters, license id, start of a word of the customer's name, of the address or its host,
/// or start of a domain.
pub(super) fn matching_ids(service: &Service, actor: &Actor, search: &str) -> SelectStatement {
    use licenses::Column as L;
    let account = actor.account.0;
    let licenses_where = |condition: Expr| {
        Query::select()
            .column(L::Id)
            .from(licenses::Entity)
            .and_where(Expr::col(L::AccountId).eq(account))
            .and_where(condition)
            .to_owned()
    };
    let tail = last_characters(search).unwrap_or_else(|| search.to_ascii_uppercase());
    let mut found = limited(licenses_where(Expr::col(L::LastFour).eq(tail)), L::Id, MAX_SEARCH_RESULTS);
    for key in keys_in(search) {
        let digests = service.keys.license_key_digests(key.expose().as_bytes());
        found.union(UnionType::Distinct, licenses_where(has_key(&digests)));
    }
    if let Ok(id) = search.parse::<LicenseId>() {
        found.union(UnionType::Distinct, licenses_where(Expr::col(L::Id).eq(id.0)));
    }
    let customers = Query::select()
        .column(customer_terms::Column::CustomerId)
        .from(customer_terms::Entity)
        .and_where(Expr::col(customer_terms::Column::AccountId).eq(account))
        .and_where(starts_with(customer_terms::Column::Term, &search.to_lowercase()))
        .to_owned();
    // Uses the customer index only; its customers belong to the account. With the account in the
    // condition, SQLite scans all licenses of the account.
    let theirs = Query::select()
        .column(L::Id)
        .from(licenses::Entity)
        .and_where(in_matches(
            service,
            Expr::col(L::CustomerId),
            limited(customers, customer_terms::Column::CustomerId, MAX_SEARCH_RESULTS),
        ))
        .to_owned();
    found.union(UnionType::Distinct, limited(theirs, L::Id, MAX_CUSTOMER_RESULTS));
    for domain in domain_prefixes(search) {
        let active_there = Query::select()
            .column(activations::Column::LicenseId)
            .from(activations::Entity)
            .and_where(Expr::col(activations::Column::AccountId).eq(account))
            .and_where(is_domain())
            .and_where(starts_with(activations::Column::Subject, &domain))
            .to_owned();
        found.union(
            UnionType::Distinct,
            limited(active_there, activations::Column::LicenseId, MAX_SEARCH_RESULTS),
        );
    }
    found
}

/// Returns the license keys that a text contains or may be.
pub(super) fn keys_in(search: &str) -> Vec<LicenseKey> {
    let mut keys = extract_keys(search);
    keys.truncate(MAX_KEYS);
    if let Ok(key) = LicenseKey::parse(search)
        && key.is_plausible()
        && !keys.contains(&key)
    {
        keys.push(key);
    }
    keys
}

/// Restricts a column to the matches of a query that runs first. On PostgreSQL the matches are an
/// array, because a generic plan of a subquery scans all licenses.
pub(super) fn in_matches(service: &Service, column: Expr, found: SelectStatement) -> Expr {
    if service.store.is_sqlite() {
        return column.in_subquery(found);
    }
    let found = Expr::SubQuery(None, Box::new(found.into()));
    Expr::cust_with_exprs("$1 = ANY (ARRAY ($2))", [column, found])
}

/// Limits one search path to `max` rows; a user with more matches refines the query. For one
/// customer the oldest licenses win.
fn limited(mut select: SelectStatement, column: impl IntoIden + Copy, most: u64) -> SelectStatement {
    select.limit(most);
    Query::select().column(column).from_subquery(select, "found").to_owned()
}

/// Returns the spellings of a domain that a search may mean: as typed, normalized, and with `www.`.
fn domain_prefixes(search: &str) -> Vec<String> {
    let typed = search.to_lowercase();
    let stored = DomainName::parse(search).ok().map(|d| d.as_str().to_owned());
    let mut domains = vec![format!("www.{typed}"), typed];
    domains.extend(stored.filter(|d| !domains.contains(d)));
    domains
}

/// The kind as a literal, because a planner cannot match a parameter to the partial index.
fn is_domain() -> Expr {
    Expr::cust(format!("kind = '{}'", Kind::Domain.as_str()))
}

/// Restricts a column to a prefix as an index range.
fn starts_with<C: sea_orm::sea_query::IntoColumnRef + Copy>(column: C, prefix: &str) -> Expr {
    Expr::col(column).gte(prefix).and(Expr::col(column).lt(format!("{prefix}\u{10FFFF}")))
}
