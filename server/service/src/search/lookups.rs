//! Look-ups of searches: each is a point or a range of an index within the account, and is limited.

use domain::activation::Kind;
use domain::search::SearchText;
use domain::view::{MAX_CUSTOMER_RESULTS, MAX_SEARCH_RESULTS};
use sea_orm::FromQueryResult;
use sea_orm::sea_query::{
    Asterisk, Expr, ExprTrait as _, IntoColumnRef, IntoIden, Query, SelectStatement, UnionType, Value,
};
use uuid::Uuid;

use crate::activation::former_digest;
use crate::activation::lookup::{digests, has_key};
use crate::store::entity::{
    activations, customer_terms, customers, former_license_keys, license_metadata, licenses,
};
use crate::store::inline_limits::inline_limits;
use crate::{Actor, Result, Service};

/// Maximum number of matches of all look-ups of a license search together.
pub(crate) const MAX_MATCHES: u64 = 20 * MAX_SEARCH_RESULTS + MAX_CUSTOMER_RESULTS;
/// Maximum number of sub-domains with the same end that are read, such as those of a hoster.
const MAX_CANDIDATES: u64 = 2000;
/// Length of the suffix by which sub-domains are indexed: see the migration.
const SUFFIX_LEN: usize = 7;

/// The columns of machines.
const MACHINE_COLUMNS: [activations::Column; 3] =
    [activations::Column::LicenseId, activations::Column::Subject, activations::Column::Hostname];

/// The condition of the index of sub-domains, as the migration has it.
const HAS_PARENT: &str = "length(subject) - length(replace(subject, '.', '')) \
                          >= CASE WHEN substr(subject, 1, 4) = 'www.' THEN 3 ELSE 2 END";

/// The look-ups of one search.
pub(crate) struct Lookups<'a> {
    service: &'a Service,
    account: Uuid,
    text: &'a SearchText,
    /// Maximum number of rows of each look-up.
    limit: u64,
}

impl<'a> Lookups<'a> {
    /// Returns the look-ups of a text in the actor's account, each limited to `limit` rows.
    pub fn new(service: &'a Service, actor: &Actor, text: &'a SearchText, limit: u64) -> Self {
        Self { service, account: actor.account.0, text, limit }
    }

    /// Selects the ids of the licenses that every look-up finds. At least one look-up exists.
    pub fn license_ids(&self) -> SelectStatement {
        use activations::Column as A;
        let mut all: Vec<SelectStatement> =
            self.licenses().into_iter().map(|select| only(select, licenses::Column::Id)).collect();
        if let Some(customers) = self.customers() {
            let theirs = self.licenses_of(customers, MAX_CUSTOMER_RESULTS);
            all.push(only(theirs, licenses::Column::Id));
        }
        let activations = self.domains().into_iter().chain(self.machines());
        all.extend(activations.map(|select| only(select, A::LicenseId)));
        let nothing = || {
            only(self.licenses_where(Expr::col(licenses::Column::Id).eq(Uuid::nil())), licenses::Column::Id)
        };
        union(all).unwrap_or_else(nothing)
    }

    /// Selects the ids of licenses by key, id, last characters of the key, and metadata.
    pub fn licenses(&self) -> Vec<SelectStatement> {
        use licenses::Column as L;
        let keys = self.text.keys.iter().filter_map(|key| digests(&self.service.keys, key));
        let mut found: Vec<_> = keys.map(|digests| self.licenses_where(has_key(&digests))).collect();
        if !self.text.ids.is_empty() {
            found.push(self.licenses_where(Expr::col(L::Id).is_in(self.text.ids.iter().copied())));
        }
        found.extend(
            self.text.last_four.iter().map(|four| self.licenses_where(Expr::col(L::LastFour).eq(four))),
        );
        found.extend(self.by_former_key());
        found.extend(self.by_metadata());
        found
    }

    /// Selects the ids of licenses that had one of the keys before.
    fn by_former_key(&self) -> Option<SelectStatement> {
        use former_license_keys::Column as F;
        let digests: Vec<_> =
            self.text.keys.iter().map(|key| former_digest(&self.service.keys, key).to_vec()).collect();
        (!digests.is_empty()).then(|| {
            let mut select = Query::select();
            select.expr_as(Expr::col(F::LicenseId), licenses::Column::Id).from(former_license_keys::Entity);
            select.and_where(Expr::col(F::AccountId).eq(self.account));
            select.and_where(Expr::col(F::KeyDigest).is_in(digests)).limit(self.limit).to_owned()
        })
    }

    /// Selects the ids of licenses with a metadata value that begins with the text, such as an order number.
    fn by_metadata(&self) -> Option<SelectStatement> {
        use license_metadata::Column as M;
        let value = &self.text.metadata_value;
        (!value.is_empty()).then(|| {
            let mut select = Query::select();
            select.expr_as(Expr::col(M::LicenseId), licenses::Column::Id).from(license_metadata::Entity);
            select.and_where(Expr::col(M::AccountId).eq(self.account));
            select.and_where(starts_with(M::SearchValue, value)).limit(self.limit).to_owned()
        })
    }

    /// Selects the ids of the customers whose terms begin with a term of the text.
    pub fn customers(&self) -> Option<SelectStatement> {
        use customer_terms::Column as T;
        let by_term = self.text.customer_terms.iter().map(|term| {
            let mut select = Query::select();
            select.column(T::CustomerId).from(customer_terms::Entity);
            select.and_where(Expr::col(T::AccountId).eq(self.account)).and_where(starts_with(T::Term, term));
            only(select.limit(self.limit).to_owned(), T::CustomerId)
        });
        union(by_term.collect())
    }

    /// Selects at most `most` licenses of the customers that `customers` selects in the account.
    pub fn licenses_of(&self, customers: SelectStatement, most: u64) -> SelectStatement {
        // Uses the customer index only; its customers belong to the account. With the account in the
        // condition, SQLite scans all licenses of the account.
        let mut select = Query::select();
        select.column(licenses::Column::Id).from(licenses::Entity);
        select.and_where(in_matches(self.service, Expr::col(licenses::Column::CustomerId), customers));
        select.limit(most).to_owned()
    }

    /// Selects the customers of the account by id.
    pub fn customers_by_id(&self) -> Option<SelectStatement> {
        use customers::Column as C;
        let ids = self.text.ids.iter().copied();
        (!self.text.ids.is_empty()).then(|| {
            let mut select = Query::select();
            select.column(C::Id).from(customers::Entity).and_where(Expr::col(C::Id).is_in(ids));
            select.and_where(Expr::col(C::AccountId).eq(self.account)).limit(self.limit).to_owned()
        })
    }

    /// Selects license and subject of activations of domains: the hosts of the text with their parents,
    /// domains that begin with the text, and sub-domains of its hosts. Each reads its index only.
    pub fn domains(&self) -> Vec<SelectStatement> {
        use activations::Column as A;
        let mut found = Vec::new();
        let related = self.text.related_hosts();
        if !related.is_empty() {
            found.push(self.domains_where(Expr::col(A::Subject).is_in(related)));
        }
        let prefixes = self.text.host_prefixes.iter();
        found.extend(prefixes.map(|prefix| self.domains_where(starts_with(A::Subject, prefix))));
        found.extend(self.text.hosts.iter().filter_map(|host| self.sub_domains(host.as_str())));
        found
    }

    /// Selects license, subject and host name of machines, by the start of the host name and by fingerprint.
    pub fn machines(&self) -> Vec<SelectStatement> {
        let hostname =
            if self.service.store.is_sqlite() { "lower(hostname)" } else { "lower(hostname COLLATE \"C\")" };
        let by_name = self.text.hostnames.iter().map(|name| {
            let condition =
                Expr::cust(hostname).gte(name.as_str()).and(Expr::cust(hostname).lt(end_of(name)));
            let condition = Expr::cust("hostname IS NOT NULL").and(condition);
            self.activations_where(Kind::Machine, &MACHINE_COLUMNS, condition)
        });
        by_name
            .chain(self.text.fingerprints.iter().map(|fingerprint| self.by_fingerprint(fingerprint)))
            .collect()
    }

    /// Selects license, kind, subject and host name of activations by their id.
    pub fn activations_by_id(&self) -> Option<SelectStatement> {
        use activations::Column as A;
        let ids = self.text.ids.iter().copied();
        (!self.text.ids.is_empty()).then(|| {
            let mut select = Query::select();
            select.columns([A::LicenseId, A::Kind, A::Subject, A::Hostname]).from(activations::Entity);
            select.and_where(Expr::col(A::Id).is_in(ids)).and_where(Expr::col(A::AccountId).eq(self.account));
            select.limit(self.limit).to_owned()
        })
    }

    fn licenses_where(&self, condition: Expr) -> SelectStatement {
        use licenses::Column as L;
        let mut select = Query::select();
        select.column(L::Id).from(licenses::Entity);
        select.and_where(Expr::col(L::AccountId).eq(self.account)).and_where(condition);
        select.limit(self.limit).to_owned()
    }

    fn domains_where(&self, condition: Expr) -> SelectStatement {
        use activations::Column as A;
        self.activations_where(Kind::Domain, &[A::LicenseId, A::Subject], condition)
    }

    /// The kind is a literal, because a planner cannot match a parameter to a partial index.
    fn activations_where(
        &self,
        kind: Kind,
        columns: &[activations::Column],
        condition: Expr,
    ) -> SelectStatement {
        let mut select = Query::select();
        select.columns(columns.iter().copied()).from(activations::Entity);
        select.and_where(Expr::col(activations::Column::AccountId).eq(self.account));
        select.and_where(Expr::cust(format!("kind = '{}'", kind.as_str()))).and_where(condition);
        select.limit(self.limit).to_owned()
    }

    /// Selects the activations of hosts below this one. `None` if the host is too short for the index.
    fn sub_domains(&self, host: &str) -> Option<SelectStatement> {
        let suffix = suffix_below(host);
        let is_sqlite = self.service.store.is_sqlite();
        let may_be_below = may_end_with(is_sqlite, &suffix)?;
        let of_host = if is_sqlite { "substr(subject, -?) = ?" } else { "\"right\"(subject, $1) = $2" };
        let length = i32::try_from(suffix.len()).ok()?;
        // Hosts of other sites share the last characters.
        let is_below = Expr::cust_with_values(of_host, [Value::from(length), suffix.as_str().into()]);
        let mut candidates = self.domains_where(may_be_below);
        candidates.reset_limit().limit(MAX_CANDIDATES);
        Some(all_of(candidates).and_where(is_below).limit(self.limit).to_owned())
    }

    /// Selects the activations of a fingerprint, with those of its users where the product tells users
    /// apart.
    fn by_fingerprint(&self, fingerprint: &str) -> SelectStatement {
        let subject = || Expr::col(activations::Column::Subject);
        // A unit separator and the user may follow: no other subject lies before the space.
        let condition = subject().gte(fingerprint).and(subject().lt(format!("{fingerprint} ")));
        self.activations_where(Kind::Machine, &MACHINE_COLUMNS, condition)
    }
}

/// Runs a look-up.
pub(crate) async fn rows<T: FromQueryResult>(service: &Service, select: &SelectStatement) -> Result<Vec<T>> {
    let mut statement = service.store.backend().build(select);
    if !service.store.is_sqlite() {
        statement = inline_limits(statement);
    }
    Ok(T::find_by_statement(statement).all(service.store.list_reader()).await?)
}

/// Restricts a column to the matches of a query that runs first. On PostgreSQL the matches are an
/// array, because a generic plan of a subquery scans all licenses.
pub(crate) fn in_matches(service: &Service, column: Expr, found: SelectStatement) -> Expr {
    if service.store.is_sqlite() {
        return column.in_subquery(found);
    }
    let found = Expr::SubQuery(None, Box::new(found.into()));
    Expr::cust_with_exprs("$1 = ANY (ARRAY ($2))", [column, found])
}

/// Joins look-ups of the same columns, without repeated rows. `None` if there is none.
pub(crate) fn union(selects: Vec<SelectStatement>) -> Option<SelectStatement> {
    selects.into_iter().reduce(|mut all, next| all.union(UnionType::Distinct, next).to_owned())
}

/// Selects one column of a limited query. A limit within a union needs a subquery.
pub(crate) fn only(select: SelectStatement, column: impl IntoIden) -> SelectStatement {
    Query::select().column(column.into_iden()).from_subquery(select, "found").to_owned()
}

/// Selects all columns of a limited query, as [`only`].
pub(crate) fn all_of(select: SelectStatement) -> SelectStatement {
    Query::select().column(Asterisk).from_subquery(select, "found").to_owned()
}

/// Returns the end of all hosts below a host, without its `www.`.
pub(crate) fn suffix_below(host: &str) -> String {
    format!(".{}", host.strip_prefix("www.").unwrap_or(host))
}

/// Restricts subjects to sub-domains that may have this end, by the index of sub-domains. `None` if the end is too
/// short for the index.
pub(crate) fn may_end_with(is_sqlite: bool, suffix: &str) -> Option<Expr> {
    let key = suffix.get(suffix.len().checked_sub(SUFFIX_LEN)?..)?;
    let of_key = if is_sqlite { "substr(subject, -7)" } else { "\"right\"(subject, 7)" };
    Some(Expr::cust(HAS_PARENT).and(Expr::cust(of_key).eq(key)))
}

/// Restricts a column to a prefix as an index range.
pub(crate) fn starts_with<C: IntoColumnRef + Copy>(column: C, prefix: &str) -> Expr {
    Expr::col(column).gte(prefix).and(Expr::col(column).lt(end_of(prefix)))
}

/// Returns the first text after all texts with this prefix.
fn end_of(prefix: &str) -> String {
    format!("{prefix}\u{10FFFF}")
}
