//! The list of organizations of the management API.

use std::collections::BTreeSet;

use domain::AccountId;
use domain::filter::{Cell, Filter, FilterRow, FilterValue, ListPage, ListRequest, ListSort, Operator};
use domain::folding::{email_terms, name_terms};
use domain::permission::Permission;
use domain::{Timestamp, text_key};
use sea_orm::{ColumnTrait as _, EntityTrait as _, FromQueryResult as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use super::record::{OrganizationRecord, record};
use crate::listing::{
    ListRow, ListSource, Position, SearchWords, SortColumn, SortValue, count_rows, ids_of, ids_statement,
    keyset_statement, sort_column,
};
use crate::store::entity::organizations::{self, Model};
use crate::{Actor, Result, Service, listing};

/// The orders of the list.
const SORTS: [SortColumn; 3] = [
    SortColumn::new("createdAt", "created_at"),
    SortColumn::new("updatedAt", "updated_at"),
    SortColumn::new("name", "name"),
];

/// Returns a page of the account's organizations.
///
/// # Errors
/// Returns an error if the role lacks the permission, too many rows would have to be read, or the database fails.
#[tracing::instrument(name = "organization.list", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list(
    service: &Service,
    actor: &Actor,
    request: &ListRequest,
) -> Result<ListPage<OrganizationRecord>> {
    actor.require(Permission::Read)?;
    let source = Source { service, account: actor.account };
    Ok(listing::list(&source, request).await?.map(|row| record(row.0)))
}

struct Source<'a> {
    service: &'a Service,
    account: AccountId,
}

struct Row(Model);

impl FilterRow for Row {
    fn cells(&self, field: &str) -> Vec<Cell> {
        let row = &self.0;
        match field {
            "id" => vec![Cell::Id(row.id)],
            "createdAt" => vec![Cell::Time(Timestamp::from_millis(row.created_at))],
            "updatedAt" => vec![Cell::Time(Timestamp::from_millis(row.updated_at))],
            "name" => vec![Cell::Text(row.name.clone())],
            "email" => vec![Cell::Text(row.email.clone())],
            _ => Vec::new(),
        }
    }

    fn pairs(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

impl ListRow for Row {
    fn position(&self, sort: ListSort) -> Position {
        let row = &self.0;
        let value = match sort.field {
            "name" => SortValue::Text(row.name.clone()),
            "updatedAt" => SortValue::Number(row.updated_at),
            _ => SortValue::Number(row.created_at),
        };
        Position { value, id: row.id }
    }

    fn is_found_by(&self, words: &SearchWords) -> bool {
        let mut terms: BTreeSet<String> = name_terms(&self.0.name);
        terms.extend(email_terms(&self.0.email));
        terms.extend(email_terms(&self.0.domain));
        words.are_found_in(self.0.id, &terms)
    }
}

impl ListSource for Source<'_> {
    type Row = Row;

    async fn read(
        &self,
        sort: ListSort,
        after: Option<&Position>,
        offset: u64,
        rows: u64,
    ) -> Result<Vec<Row>> {
        let order = (sort_column(&SORTS, sort), sort.descending);
        let store = &self.service.store;
        let statement = keyset_statement(store, "organizations", self.account, order, after, (offset, rows));
        let found = Model::find_by_statement(statement).all(store.list_reader()).await?;
        Ok(found.into_iter().map(Row).collect())
    }

    async fn load(&self, ids: &[Uuid]) -> Result<Vec<Row>> {
        let store = &self.service.store;
        let statement = ids_statement(store, "organizations", ids)?;
        let found = Model::find_by_statement(statement).all(store.list_reader()).await?;
        Ok(found.into_iter().filter(|row| row.account_id == self.account.0).map(Row).collect())
    }

    async fn candidates(&self, filters: &[Filter], words: &SearchWords) -> Result<Option<Vec<Uuid>>> {
        if let Some(id) = words.id() {
            return Ok(Some(vec![id]));
        }
        for filter in filters.iter().filter(|f| matches!(f.operator, Operator::Equal | Operator::In)) {
            if filter.field.name == "id" {
                return Ok(Some(ids_of(filter)));
            }
            if filter.field.name == "name" {
                return self.with_names(filter).await.map(Some);
            }
        }
        Ok(None)
    }

    async fn count(&self, most: u64) -> Result<u64> {
        count_rows(&self.service.store, "organizations", self.account, most).await
    }
}

impl Source<'_> {
    /// Returns the organizations with the names of a filter, which are unique.
    async fn with_names(&self, filter: &Filter) -> Result<Vec<Uuid>> {
        let keys = filter.values.iter().filter_map(|value| match value {
            FilterValue::Text(text) => Some(text_key::key(text)),
            _ => None,
        });
        let found = organizations::Entity::find()
            .select_only()
            .column(organizations::Column::Id)
            .filter(organizations::Column::AccountId.eq(self.account.0))
            .filter(organizations::Column::NameKey.is_in(keys))
            .into_tuple()
            .all(self.service.store.list_reader())
            .await?;
        Ok(found)
    }
}
