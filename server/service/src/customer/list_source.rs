//! What the list of customers of the management API reads.

use std::collections::HashMap;

use domain::filter::{Cell, Filter, FilterRow, ListSort, Operator, PairFilter};
use domain::{AccountId, Timestamp};
use sea_orm::{FromQueryResult, Statement};
use uuid::Uuid;

use super::record::{person_name, updated_at};
use super::{metadata, terms};
use crate::listing::{
    ListRow, ListSource, Position, SearchWords, SortColumn, SortValue, count_rows, ids_of, ids_statement,
    keyset_statement, sort_column,
};
use crate::store::entity::customers::Model;
use crate::store::row_values::{ColumnType, in_rows_sql, row, rows_to_json};
use crate::{Result, Service, tag};

/// The orders of the list, each with its index.
const SORTS: [SortColumn; 4] = [
    SortColumn::new("createdAt", "created_at"),
    SortColumn::new("updatedAt", "(CASE WHEN updated_at > created_at THEN updated_at ELSE created_at END)"),
    SortColumn {
        field: "name",
        sqlite: "coalesce(name, '')",
        postgres: "(coalesce(name, '') COLLATE \"C\")",
        is_text: true,
    },
    SortColumn {
        field: "email",
        sqlite: "coalesce(email, '')",
        postgres: "(coalesce(email, '') COLLATE \"C\")",
        is_text: true,
    },
];

/// The customers of an account.
pub(super) struct Source<'a> {
    pub service: &'a Service,
    pub account: AccountId,
    /// What the filters need beside the row.
    pub needs: Needs,
}

/// What filters compare beside the columns of a customer.
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools, reason = "one switch for each statement")]
pub(super) struct Needs {
    tags: bool,
    metadata: bool,
    products: bool,
    app_versions: bool,
}

impl Needs {
    /// Returns what filters need.
    pub fn of(filters: &[Filter]) -> Self {
        let has = |name: &str| filters.iter().any(|filter| filter.field.name == name);
        Self {
            tags: has("tag") || has("tags"),
            metadata: PairFilter::among(filters).is_some(),
            products: has("productId"),
            app_versions: has("activation.appVersion"),
        }
    }
}

/// A customer with what filters compare.
pub(super) struct Row {
    pub model: Model,
    tags: Vec<String>,
    metadata: Vec<(String, String)>,
    products: Vec<Uuid>,
    app_versions: Vec<String>,
}

impl FilterRow for Row {
    fn cells(&self, field: &str) -> Vec<Cell> {
        let row = &self.model;
        let texts = |texts: &[String]| -> Vec<Cell> { texts.iter().cloned().map(Cell::Text).collect() };
        match field {
            "id" => vec![Cell::Id(row.id)],
            "createdAt" => vec![Cell::Time(Timestamp::from_millis(row.created_at))],
            "updatedAt" => vec![Cell::Time(Timestamp::from_millis(updated_at(row)))],
            "email" => vec![Cell::Text(row.email.clone().unwrap_or_default())],
            "name" => vec![Cell::Text(person_name(row).joined())],
            "company" => vec![Cell::Text(row.company.clone().unwrap_or_default())],
            "role" => vec![Cell::Text(row.role.clone())],
            "organizationId" => row.organization_id.map(Cell::Id).into_iter().collect(),
            "lastSeenAt" => {
                row.last_seen_at.map(Timestamp::from_millis).map(Cell::Time).into_iter().collect()
            }
            "tag" | "tags" => texts(&self.tags),
            "productId" => self.products.iter().copied().map(Cell::Id).collect(),
            "activation.appVersion" => texts(&self.app_versions),
            _ => Vec::new(),
        }
    }

    fn pairs(&self) -> Vec<(String, String)> {
        self.metadata.clone()
    }
}

impl ListRow for Row {
    fn position(&self, sort: ListSort) -> Position {
        let row = &self.model;
        let value = match sort.field {
            "name" => SortValue::Text(row.name.clone().unwrap_or_default()),
            "email" => SortValue::Text(row.email.clone().unwrap_or_default()),
            "updatedAt" => SortValue::Number(updated_at(row)),
            _ => SortValue::Number(row.created_at),
        };
        Position { value, id: row.id }
    }

    fn is_found_by(&self, words: &SearchWords) -> bool {
        words.is_empty() || words.are_found_in(self.model.id, &terms::terms_of_row(&self.model))
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
        let statement = keyset_statement(store, "customers", self.account, order, after, (offset, rows));
        let found = Model::find_by_statement(statement).all(store.list_reader()).await?;
        self.complete(found).await
    }

    async fn load(&self, ids: &[Uuid]) -> Result<Vec<Row>> {
        let store = &self.service.store;
        let statement = ids_statement(store, "customers", ids)?;
        let mut found = Model::find_by_statement(statement).all(store.list_reader()).await?;
        found.retain(|row| row.account_id == self.account.0);
        self.complete(found).await
    }

    async fn candidates(&self, filters: &[Filter], words: &SearchWords) -> Result<Option<Vec<Uuid>>> {
        if let Some(id) = words.id() {
            return Ok(Some(vec![id]));
        }
        let mut best: Option<Vec<Uuid>> = None;
        for filter in filters.iter().filter(|f| matches!(f.operator, Operator::Equal | Operator::In)) {
            // An id or an address leaves few others.
            if filter.field.name == "id" {
                return Ok(Some(ids_of(filter)));
            }
            let found = self.with_value(filter, filters).await?;
            best = fewer(best, found);
        }
        for meanings in words.prefixes() {
            let found = self.with_terms(&meanings).await?;
            best = fewer(best, found);
        }
        Ok(best)
    }

    async fn count(&self, most: u64) -> Result<u64> {
        count_rows(&self.service.store, "customers", self.account, most).await
    }
}

/// Returns the shorter one of two lists of candidates.
fn fewer(best: Option<Vec<Uuid>>, found: Option<Vec<Uuid>>) -> Option<Vec<Uuid>> {
    match (best, found) {
        (Some(best), Some(found)) => Some(if found.len() < best.len() { found } else { best }),
        (best, found) => best.or(found),
    }
}

impl Source<'_> {
    /// Adds what the filters need, by one statement each.
    async fn complete(&self, models: Vec<Model>) -> Result<Vec<Row>> {
        let db = self.service.store.list_reader();
        let ids: Vec<Uuid> = models.iter().map(|row| row.id).collect();
        let mut tags = HashMap::new();
        if self.needs.tags {
            tags = tag::names_of_customers(db, ids.clone()).await?;
        }
        let mut fields = HashMap::new();
        if self.needs.metadata {
            fields = metadata::load_many(db, ids.clone()).await?;
        }
        let mut products = HashMap::new();
        if self.needs.products {
            products = self.products(&ids).await?;
        }
        let mut app_versions = HashMap::new();
        if self.needs.app_versions {
            app_versions = self.app_versions(&ids).await?;
        }
        let rows = models.into_iter().map(|model| {
            let id = model.id;
            let pairs =
                fields.remove(&id).unwrap_or_default().into_iter().map(|field| (field.key, field.value));
            Row {
                model,
                tags: tags.remove(&id).unwrap_or_default(),
                metadata: pairs.collect(),
                products: products.remove(&id).unwrap_or_default(),
                app_versions: app_versions.remove(&id).unwrap_or_default(),
            }
        });
        Ok(rows.collect())
    }

    async fn products(&self, customers: &[Uuid]) -> Result<HashMap<Uuid, Vec<Uuid>>> {
        #[derive(FromQueryResult)]
        struct ProductRow {
            customer_id: Uuid,
            product_id: Uuid,
        }
        let sql = |condition: &str| {
            format!("SELECT DISTINCT customer_id, product_id FROM licenses WHERE {condition}")
        };
        let Some(statement) = self.of_customers(customers, sql)? else { return Ok(HashMap::new()) };
        let mut products: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
        for row in ProductRow::find_by_statement(statement).all(self.service.store.list_reader()).await? {
            products.entry(row.customer_id).or_default().push(row.product_id);
        }
        Ok(products)
    }

    async fn app_versions(&self, customers: &[Uuid]) -> Result<HashMap<Uuid, Vec<String>>> {
        #[derive(FromQueryResult)]
        struct VersionRow {
            customer_id: Uuid,
            app_version: String,
        }
        let sql = |condition: &str| {
            format!(
                "SELECT DISTINCT customer_id, app_version FROM licenses JOIN activations \
                 ON activations.license_id = licenses.id WHERE app_version IS NOT NULL AND {condition}"
            )
        };
        let Some(statement) = self.of_customers(customers, sql)? else { return Ok(HashMap::new()) };
        let mut versions: HashMap<Uuid, Vec<String>> = HashMap::new();
        for row in VersionRow::find_by_statement(statement).all(self.service.store.list_reader()).await? {
            versions.entry(row.customer_id).or_default().push(row.app_version);
        }
        Ok(versions)
    }

    /// Builds a statement of the rows that belong to customers. `None` without customers.
    fn of_customers(&self, customers: &[Uuid], sql: impl Fn(&str) -> String) -> Result<Option<Statement>> {
        if customers.is_empty() {
            return Ok(None);
        }
        let backend = self.service.store.backend();
        let condition = in_rows_sql(backend, &[("customer_id", ColumnType::Uuid)]);
        let rows: Vec<_> = customers.iter().map(|id| row![*id]).collect();
        Ok(Some(Statement::from_sql_and_values(backend, sql(&condition), [rows_to_json(&rows)?.into()])))
    }
}
