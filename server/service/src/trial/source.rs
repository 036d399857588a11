//! What the list of trials reads.

use domain::filter::{Cell, Filter, FilterRow, ListSort, Operator};
use domain::folding::name_terms;
use domain::machine::MetadataEntry;
use domain::{AccountId, Timestamp};
use sea_orm::{ColumnTrait as _, EntityTrait as _, FromQueryResult as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use crate::listing::{
    ListRow, ListSource, MAX_ROWS_READ, Position, SearchWords, SortColumn, SortValue, count_rows, ids_of,
    ids_statement, keyset_statement, sort_column,
};
use crate::store::convert;
use crate::store::entity::trials::{Column, Entity, Model};
use crate::{Result, Service};

/// The orders of the list, each with its index. Trials of the former release have no time of their last change.
const SORTS: [SortColumn; 2] = [
    SortColumn::new("createdAt", "created_at"),
    SortColumn::new("updatedAt", "coalesce(updated_at, created_at)"),
];

/// The trials of an account.
pub(super) struct Source<'a> {
    pub service: &'a Service,
    pub account: AccountId,
    pub now: Timestamp,
}

/// A trial, and whether it has ended.
pub(super) struct Row {
    pub model: Model,
    expired: bool,
}

impl FilterRow for Row {
    fn cells(&self, field: &str) -> Vec<Cell> {
        let row = &self.model;
        let time = |millis: i64| vec![Cell::Time(Timestamp::from_millis(millis))];
        match field {
            "id" => vec![Cell::Id(row.id)],
            "createdAt" => time(row.created_at),
            "updatedAt" => time(row.changed_at()),
            "expiresAt" => time(row.expires_at),
            "productId" => vec![Cell::Id(row.product_id)],
            "expired" => vec![Cell::Boolean(self.expired)],
            "os" => vec![Cell::Text(row.os.clone())],
            "hostname" => vec![Cell::Text(row.hostname.clone())],
            "appVersion" => vec![Cell::Text(row.app_version.clone())],
            _ => Vec::new(),
        }
    }

    fn pairs(&self) -> Vec<(String, String)> {
        let metadata: Vec<MetadataEntry> = convert::json_or_default(self.model.metadata.as_deref());
        metadata.into_iter().map(|entry| (entry.key, entry.value)).collect()
    }
}

impl ListRow for Row {
    fn position(&self, sort: ListSort) -> Position {
        let row = &self.model;
        let at = if sort.field == "updatedAt" { row.changed_at() } else { row.created_at };
        Position { value: SortValue::Number(at), id: row.id }
    }

    fn is_found_by(&self, words: &SearchWords) -> bool {
        words.is_empty() || words.are_found_in(self.model.id, &name_terms(&self.model.hostname))
    }
}

impl<'a> Source<'a> {
    pub fn new(service: &'a Service, account: AccountId) -> Self {
        Self { service, account, now: service.now() }
    }

    fn row(&self, model: Model) -> Row {
        Row { expired: model.expires_at <= self.now.millis(), model }
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
        let statement = keyset_statement(store, "trials", self.account, order, after, (offset, rows));
        let found = Model::find_by_statement(statement).all(store.list_reader()).await?;
        Ok(found.into_iter().map(|model| self.row(model)).collect())
    }

    async fn load(&self, ids: &[Uuid]) -> Result<Vec<Row>> {
        let store = &self.service.store;
        let statement = ids_statement(store, "trials", ids)?;
        let found = Model::find_by_statement(statement).all(store.list_reader()).await?;
        let own = found.into_iter().filter(|row| row.account_id == self.account.0);
        Ok(own.map(|model| self.row(model)).collect())
    }

    async fn candidates(&self, filters: &[Filter], words: &SearchWords) -> Result<Option<Vec<Uuid>>> {
        if let Some(id) = words.id() {
            return Ok(Some(vec![id]));
        }
        let mut of_products = None;
        for filter in filters.iter().filter(|f| matches!(f.operator, Operator::Equal | Operator::In)) {
            match filter.field.name {
                "id" => return Ok(Some(ids_of(filter))),
                "productId" => of_products = Some(ids_of(filter)),
                _ => {}
            }
        }
        let Some(products) = of_products else { return Ok(None) };
        // By the product alone, which is of one account.
        let found: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::ProductId.is_in(products))
            .limit(MAX_ROWS_READ as u64 + 1)
            .into_tuple()
            .all(self.service.store.list_reader())
            .await?;
        Ok((found.len() <= MAX_ROWS_READ).then_some(found))
    }

    async fn count(&self, most: u64) -> Result<u64> {
        count_rows(&self.service.store, "trials", self.account, most).await
    }
}
