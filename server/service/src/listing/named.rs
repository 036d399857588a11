//! Lists of small objects with a unique name, such as tags.

use std::collections::BTreeSet;
use std::marker::PhantomData;

use domain::filter::{Cell, Filter, FilterRow, FilterValue, ListSort, Operator};
use domain::{AccountId, Timestamp, text_key};
use sea_orm::{FromQueryResult, Statement};
use uuid::Uuid;

use super::keyset::{SortColumn, count_rows, ids_of, ids_statement, keyset_statement, sort_column};
use super::{ListRow, ListSource, Position, SearchWords, SortValue};
use crate::store::Store;
use crate::store::row_values::{ColumnType, in_rows_sql, row, rows_to_json};
use crate::{Result, Service};

/// The orders of such a list.
const SORTS: [SortColumn; 3] = [
    SortColumn::new("createdAt", "created_at"),
    SortColumn::new("updatedAt", "updated_at"),
    SortColumn::text("name", "name"),
];

/// An object of the list. Its table has the columns `account_id`, `name_key`, and those of the orders.
pub(crate) trait Named: FromQueryResult + Send + Sync {
    /// The table.
    const TABLE: &str;

    fn id(&self) -> Uuid;
    fn account(&self) -> Uuid;
    fn name(&self) -> &str;
    /// Creation and last change, in milliseconds.
    fn times(&self) -> (i64, i64);
    /// The values of a field that other objects lack.
    fn other_cells(&self, field: &str) -> Vec<Cell>;
    /// What a search finds it by.
    fn terms(&self) -> BTreeSet<String>;
}

/// The objects of an account.
pub(crate) struct NamedSource<'a, M> {
    service: &'a Service,
    account: AccountId,
    of: PhantomData<fn() -> M>,
}

impl<'a, M: Named> NamedSource<'a, M> {
    /// Returns the objects of an account.
    pub fn new(service: &'a Service, account: AccountId) -> Self {
        Self { service, account, of: PhantomData }
    }

    fn store(&self) -> &Store {
        &self.service.store
    }

    /// Returns the objects with the names of a filter.
    async fn with_names(&self, filter: &Filter) -> Result<Vec<Uuid>> {
        let keys = filter.values.iter().filter_map(|value| match value {
            FilterValue::Text(text) => Some(row![self.account.0, text_key::key(text)]),
            _ => None,
        });
        let columns = &[("account_id", ColumnType::Uuid), ("name_key", ColumnType::Text)];
        let condition = in_rows_sql(self.store().backend(), columns);
        let sql = format!("SELECT * FROM {} WHERE {condition}", M::TABLE);
        let keys = rows_to_json(&keys.collect::<Vec<_>>())?;
        let statement = Statement::from_sql_and_values(self.store().backend(), sql, [keys.into()]);
        let found = M::find_by_statement(statement).all(self.store().list_reader()).await?;
        Ok(found.iter().map(Named::id).collect())
    }
}

/// A row of the list.
pub(crate) struct NamedRow<M>(pub M);

impl<M: Named> FilterRow for NamedRow<M> {
    fn cells(&self, field: &str) -> Vec<Cell> {
        let (created_at, updated_at) = self.0.times();
        match field {
            "id" => vec![Cell::Id(self.0.id())],
            "createdAt" => vec![Cell::Time(Timestamp::from_millis(created_at))],
            "updatedAt" => vec![Cell::Time(Timestamp::from_millis(updated_at))],
            "name" => vec![Cell::Text(self.0.name().to_owned())],
            field => self.0.other_cells(field),
        }
    }

    fn pairs(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

impl<M: Named> ListRow for NamedRow<M> {
    fn position(&self, sort: ListSort) -> Position {
        let (created_at, updated_at) = self.0.times();
        let value = match sort.field {
            "name" => SortValue::Text(self.0.name().to_owned()),
            "updatedAt" => SortValue::Number(updated_at),
            _ => SortValue::Number(created_at),
        };
        Position { value, id: self.0.id() }
    }

    fn is_found_by(&self, words: &SearchWords) -> bool {
        words.are_found_in(self.0.id(), &self.0.terms())
    }
}

impl<M: Named> ListSource for NamedSource<'_, M> {
    type Row = NamedRow<M>;

    async fn read(
        &self,
        sort: ListSort,
        after: Option<&Position>,
        offset: u64,
        rows: u64,
    ) -> Result<Vec<NamedRow<M>>> {
        let order = (sort_column(&SORTS, sort), sort.descending);
        let statement = keyset_statement(self.store(), M::TABLE, self.account, order, after, (offset, rows));
        let found = M::find_by_statement(statement).all(self.store().list_reader()).await?;
        Ok(found.into_iter().map(NamedRow).collect())
    }

    async fn load(&self, ids: &[Uuid]) -> Result<Vec<NamedRow<M>>> {
        let statement = ids_statement(self.store(), M::TABLE, ids)?;
        let found = M::find_by_statement(statement).all(self.store().list_reader()).await?;
        Ok(found.into_iter().filter(|row| row.account() == self.account.0).map(NamedRow).collect())
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
        count_rows(self.store(), M::TABLE, self.account, most).await
    }
}
