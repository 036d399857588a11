//! What a search finds: the ids of licenses, each way by an index.

use domain::activation::Kind;
use domain::view::{MAX_CUSTOMER_RESULTS, MAX_SEARCH_RESULTS};
use domain::{DomainName, LicenseId, LicenseKey, pasted};
use sea_orm::sea_query::{Expr, ExprTrait as _, IntoIden, Query, SelectStatement, UnionType};

use crate::secrets::Purpose;
use crate::store::entity::{activations, customer_terms, licenses};
use crate::{Actor, Service};

/// Keys that are looked for in one text, at most.
const MAX_KEYS: usize = 3;
/// More than all ways together find.
pub(super) const MAX_MATCHES: u64 = 5 * MAX_SEARCH_RESULTS + MAX_CUSTOMER_RESULTS;

/// The ids of licenses that a search finds, each way by an index: the whole key however it
/// was pasted, its last four characters, the license's id, the beginning of a word of the
/// customer's name, of their address or its host, or the beginning of a domain.
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
    let tail = pasted::last_characters(search).unwrap_or_else(|| search.to_ascii_uppercase());
    let mut found = limited(licenses_where(Expr::col(L::LastFour).eq(tail)), L::Id, MAX_SEARCH_RESULTS);
    let mut keys = pasted::extract_keys(search);
    keys.truncate(MAX_KEYS);
    if let Ok(key) = LicenseKey::parse(search)
        && key.is_plausible()
        && !keys.contains(&key)
    {
        keys.push(key);
    }
    for key in keys {
        let digest = service.keys.digest(Purpose::LicenseKey, key.expose().as_bytes());
        found.union(UnionType::Distinct, licenses_where(Expr::col(L::KeyDigest).eq(digest.to_vec())));
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
    // By the customers' index alone, who are the account's: with the account named
    // once more, SQLite walks through all of its licenses instead.
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

/// That a column is one of what a query finds, the query being run first. PostgreSQL,
/// once it plans for whatever may be searched for, thinks that much is found, and
/// would walk through all licenses in search of it; by an array it must go by index.
pub(super) fn in_matches(service: &Service, column: Expr, found: SelectStatement) -> Expr {
    if service.store.is_sqlite() {
        return column.in_subquery(found);
    }
    let found = Expr::SubQuery(None, Box::new(found.into()));
    Expr::cust_with_exprs("$1 = ANY (ARRAY ($2))", [column, found])
}

/// The first of what a search finds one way. Whoever has more than this before them goes on
/// typing; of a customer with more licenses, the oldest are found.
fn limited(mut select: SelectStatement, column: impl IntoIden + Copy, most: u64) -> SelectStatement {
    select.limit(most);
    Query::select().column(column).from_subquery(select, "found").to_owned()
}

/// Spellings of a domain that a search may mean: as typed, as it is stored, and
/// with the `www.` that most people leave out.
fn domain_prefixes(search: &str) -> Vec<String> {
    let typed = search.to_lowercase();
    let stored = DomainName::parse(search).ok().map(|d| d.as_str().to_owned());
    let mut domains = vec![format!("www.{typed}"), typed];
    domains.extend(stored.filter(|d| !domains.contains(d)));
    domains
}

/// In the words of the index of domains: a planner can't tell what a parameter will be.
fn is_domain() -> Expr {
    Expr::cust(format!("kind = '{}'", Kind::Domain.as_str()))
}

/// A prefix as a range, which every index of bytes serves.
fn starts_with<C: sea_orm::sea_query::IntoColumnRef + Copy>(column: C, prefix: &str) -> Expr {
    Expr::col(column).gte(prefix).and(Expr::col(column).lt(format!("{prefix}\u{10FFFF}")))
}
