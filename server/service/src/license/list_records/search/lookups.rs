//! The licenses that a word finds, each way by an index.

use std::collections::HashSet;

use sea_orm::FromQueryResult;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use uuid::Uuid;

use super::super::limits::{MAX_CANDIDATES, MOST};
use super::super::lookup::{ids, is_one_of, rows};
use super::names::Names;
use super::word::Word;
use crate::search::lookups::{may_end_with, starts_with, suffix_below};
use crate::store::entity::{activations, customer_terms, licenses};
use crate::store::row_values::{ColumnType, Columns};
use crate::{Actor, Result, Service};

const CUSTOMER: Columns = &[("customer_id", ColumnType::Uuid)];
const ORGANIZATION: Columns = &[("organization_id", ColumnType::Uuid)];
const TAG: Columns = &[("tag_id", ColumnType::Uuid)];

#[derive(FromQueryResult)]
struct DomainRow {
    id: Uuid,
    subject: String,
}

/// The look-ups of one search.
pub(super) struct Lookups<'a> {
    service: &'a Service,
    account: Uuid,
    organizations: Names<'a>,
    tags: Names<'a>,
}

impl<'a> Lookups<'a> {
    /// Prepares the look-ups in the actor's account.
    pub async fn load(service: &'a Service, actor: &Actor) -> Result<Self> {
        Ok(Self {
            service,
            account: actor.account.0,
            organizations: Names::load(service, actor.account, "organizations").await?,
            tags: Names::load(service, actor.account, "tags").await?,
        })
    }

    /// Returns the licenses of a word. `None` if they are more than a list looks at.
    pub async fn licenses(&self, word: &Word) -> Result<Option<HashSet<Uuid>>> {
        let mut all = HashSet::new();
        for found in [
            self.of_customers(word).await?,
            self.of_organizations(word).await?,
            self.with_tags(word).await?,
            self.on_domains(word).await?,
            self.below_hosts(word).await?,
        ] {
            let Some(found) = found else { return Ok(None) };
            all.extend(found);
        }
        Ok(Some(all).filter(|all| all.len() <= MAX_CANDIDATES))
    }

    async fn of_customers(&self, word: &Word) -> Result<Option<Vec<Uuid>>> {
        use customer_terms::Column as T;
        let mut customers = Vec::new();
        for beginning in word.beginnings() {
            let mut select = Query::select();
            select
                .expr_as(Expr::col(T::CustomerId), "id")
                .from(customer_terms::Entity)
                .and_where(Expr::col(T::AccountId).eq(self.account))
                .and_where(starts_with(T::Term, beginning))
                .limit(MOST);
            let found = ids(self.service, &select).await?;
            if found.len() > MAX_CANDIDATES {
                return Ok(None);
            }
            customers.extend(found);
        }
        self.licenses_of(CUSTOMER, customers).await
    }

    async fn of_organizations(&self, word: &Word) -> Result<Option<Vec<Uuid>>> {
        let Some(organizations) = self.organizations.with(word).await? else { return Ok(None) };
        self.licenses_of(ORGANIZATION, organizations).await
    }

    async fn with_tags(&self, word: &Word) -> Result<Option<Vec<Uuid>>> {
        let Some(tags) = self.tags.with(word).await? else { return Ok(None) };
        if tags.is_empty() {
            return Ok(Some(tags));
        }
        let mut select = Query::select();
        select
            .expr_as(Expr::col("license_id"), "id")
            .from("license_tags")
            .and_where(is_one_of(self.service, TAG, &tags)?)
            .limit(MOST);
        self.unless_too_many(&select).await
    }

    /// Returns the licenses whose `column` is one of some ids, which are of one account.
    async fn licenses_of(&self, column: Columns, mut of: Vec<Uuid>) -> Result<Option<Vec<Uuid>>> {
        of.sort_unstable();
        of.dedup();
        if of.is_empty() {
            return Ok(Some(of));
        }
        let mut select = Query::select();
        select
            .column(licenses::Column::Id)
            .from(licenses::Entity)
            .and_where(is_one_of(self.service, column, &of)?)
            .limit(MOST);
        for (name, _) in column {
            // The condition of a partial index.
            select.and_where(Expr::col(*name).is_not_null());
        }
        self.unless_too_many(&select).await
    }

    async fn unless_too_many(&self, select: &SelectStatement) -> Result<Option<Vec<Uuid>>> {
        let found = ids(self.service, select).await?;
        Ok(Some(found).filter(|found| found.len() <= MAX_CANDIDATES))
    }

    /// Finds licenses by the beginnings of their domains.
    async fn on_domains(&self, word: &Word) -> Result<Option<Vec<Uuid>>> {
        let mut all = Vec::new();
        for beginning in word.beginnings_of_domains() {
            let select = self.domains(starts_with(activations::Column::Subject, beginning));
            let found: Vec<DomainRow> = rows(self.service, &select).await?;
            if found.len() > MAX_CANDIDATES {
                return Ok(None);
            }
            all.extend(found.into_iter().map(|row| row.id));
        }
        Ok(Some(all))
    }

    /// Finds licenses by sub-domains of a host.
    async fn below_hosts(&self, word: &Word) -> Result<Option<Vec<Uuid>>> {
        let mut all = Vec::new();
        for host in word.hosts() {
            let suffix = suffix_below(host);
            // No index finds sub-domains of a shorter host.
            let Some(condition) = may_end_with(self.service.store.is_sqlite(), &suffix) else { continue };
            let found: Vec<DomainRow> = rows(self.service, &self.domains(condition)).await?;
            if found.len() > MAX_CANDIDATES {
                return Ok(None);
            }
            all.extend(found.into_iter().filter(|row| row.subject.ends_with(&suffix)).map(|row| row.id));
        }
        Ok(Some(all))
    }

    /// Selects domains. The kind is a literal, because a planner cannot match a parameter to a partial index.
    fn domains(&self, condition: Expr) -> SelectStatement {
        use activations::Column as A;
        let mut select = Query::select();
        select
            .expr_as(Expr::col(A::LicenseId), "id")
            .column(A::Subject)
            .from(activations::Entity)
            .and_where(Expr::col(A::AccountId).eq(self.account))
            .and_where(Expr::cust("kind = 'domain'"))
            .and_where(condition)
            .limit(MOST);
        select
    }
}
