//! What the list of customers of the management API reads.

use std::collections::{HashMap, HashSet};

use domain::filter::{Cell, Filter, FilterRow, FilterValue, ListSort, Operator, PairFilter};
use domain::folding::fold_name;
use domain::{AccountId, Timestamp, text_key};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, FromQueryResult, QueryFilter as _, QuerySelect as _, Select,
    Statement, Value,
};
use uuid::Uuid;

use super::record::{person_name, updated_at};
use super::{metadata, terms};
use crate::listing::{
    ListRow, ListSource, MAX_ROWS_READ, Position, SearchWords, SortColumn, SortValue, count_rows, ids_of,
    ids_statement, keyset_statement, sort_column,
};
use crate::store::entity::customers::{self, Model};
use crate::store::entity::{customer_metadata, licenses, tags};
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
    },
    SortColumn {
        field: "email",
        sqlite: "coalesce(email, '')",
        postgres: "(coalesce(email, '') COLLATE \"C\")",
    },
];

/// One more than a list reads: then an index does not narrow it.
const MOST: u64 = MAX_ROWS_READ as u64 + 1;

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
    /// Returns the customers of a filter that an index finds, unless they are too many. They may be more than those
    /// that the filter selects, which is decided afterwards.
    async fn with_value(&self, filter: &Filter, all: &[Filter]) -> Result<Option<Vec<Uuid>>> {
        use customers::Column as C;
        let of_account = || customers::Entity::find().filter(C::AccountId.eq(self.account.0));
        match filter.field.name {
            "email" => self.ids(of_account().filter(C::Email.is_in(texts_of(filter)))).await,
            "organizationId" => {
                // By the organization alone, which is of one account.
                let found = customers::Entity::find().filter(C::OrganizationId.is_in(ids_of(filter)));
                self.ids(found).await
            }
            "name" => self.with_name(filter).await,
            "tag" | "tags" => self.with_tags(filter).await,
            "metadata.key" => self.with_metadata(filter, all).await,
            "productId" => self.with_products(filter).await,
            _ => Ok(None),
        }
    }

    async fn ids(&self, find: Select<customers::Entity>) -> Result<Option<Vec<Uuid>>> {
        let find = find.select_only().column(customers::Column::Id).limit(MOST);
        let found: Vec<Uuid> = find.into_tuple().all(self.service.store.list_reader()).await?;
        Ok(unless_too_many(found))
    }

    async fn with_tags(&self, filter: &Filter) -> Result<Option<Vec<Uuid>>> {
        let keys = texts_of(filter).map(|text| text_key::key(&text));
        let of_names = tags::Entity::find()
            .select_only()
            .column(tags::Column::Id)
            .filter(tags::Column::AccountId.eq(self.account.0))
            .filter(tags::Column::NameKey.is_in(keys));
        let tags: Vec<Uuid> = of_names.into_tuple().all(self.service.store.list_reader()).await?;
        let sql = |condition: &str| {
            format!("SELECT customer_id AS id FROM customer_tags WHERE {condition} LIMIT {MOST}")
        };
        self.of_objects("tag_id", tags, sql).await
    }

    async fn with_products(&self, filter: &Filter) -> Result<Option<Vec<Uuid>>> {
        use licenses::Column as L;
        let mut found = Vec::new();
        for product in ids_of(filter) {
            let customers: Vec<Option<Uuid>> = licenses::Entity::find()
                .select_only()
                .column(L::CustomerId)
                .filter(L::AccountId.eq(self.account.0))
                .filter(L::ProductId.eq(product))
                .limit(MOST)
                .into_tuple()
                .all(self.service.store.list_reader())
                .await?;
            if customers.len() > MAX_ROWS_READ {
                return Ok(None);
            }
            found.extend(customers.into_iter().flatten());
        }
        Ok(unless_too_many(found))
    }

    /// Finds customers by the name of a field, and by its value if the filters tell one.
    async fn with_metadata(&self, filter: &Filter, all: &[Filter]) -> Result<Option<Vec<Uuid>>> {
        use customer_metadata::Column as M;
        let mut find = customer_metadata::Entity::find()
            .select_only()
            .column(M::CustomerId)
            .filter(M::AccountId.eq(self.account.0))
            .filter(M::KeyLower.is_in(texts_of(filter).map(|text| text_key::key(&text))));
        let is_of_value = |f: &&Filter| {
            f.field.name == "metadata.value" && matches!(f.operator, Operator::Equal | Operator::In)
        };
        if let Some(value) = all.iter().find(is_of_value) {
            find = find.filter(M::ValueLower.is_in(texts_of(value).map(|text| text_key::bounded_key(&text))));
        }
        let found: Vec<Uuid> = find.limit(MOST).into_tuple().all(self.service.store.list_reader()).await?;
        Ok(unless_too_many(found))
    }

    /// Finds customers by the term of the whole name.
    async fn with_name(&self, filter: &Filter) -> Result<Option<Vec<Uuid>>> {
        let names: Vec<String> =
            texts_of(filter).map(|name| fold_name(&name).trim_end().to_owned()).collect();
        match &names[..] {
            [name] if !name.is_empty() => self.with_terms(&[name]).await,
            _ => Ok(None),
        }
    }

    /// Finds customers with a search term that begins with one of the meanings of a word.
    async fn with_terms(&self, meanings: &[&str]) -> Result<Option<Vec<Uuid>>> {
        let mut found = Vec::new();
        for meaning in meanings {
            let sql = format!(
                "SELECT customer_id AS id FROM customer_terms WHERE account_id = $1 AND term >= $2 AND term < $3 \
                 ORDER BY term, customer_id LIMIT {MOST}"
            );
            let end = format!("{meaning}\u{10FFFF}");
            let values = [self.account.0.into(), (*meaning).into(), end.into()];
            found.extend(self.read_ids(sql, values).await?);
        }
        Ok(unless_too_many(found))
    }

    async fn of_objects(
        &self,
        column: &'static str,
        objects: Vec<Uuid>,
        sql: impl Fn(&str) -> String,
    ) -> Result<Option<Vec<Uuid>>> {
        let mut found = Vec::new();
        for object in objects {
            found.extend(self.read_ids(sql(&format!("{column} = $1")), [object.into()]).await?);
        }
        Ok(unless_too_many(found))
    }

    async fn read_ids(&self, sql: String, values: impl IntoIterator<Item = Value>) -> Result<Vec<Uuid>> {
        #[derive(FromQueryResult)]
        struct IdRow {
            id: Uuid,
        }
        let store = &self.service.store;
        let statement = Statement::from_sql_and_values(store.backend(), sql, values);
        let rows = IdRow::find_by_statement(statement).all(store.list_reader()).await?;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }

    /// Adds what the filters need, by one statement each.
    async fn complete(&self, models: Vec<Model>) -> Result<Vec<Row>> {
        let db = self.service.store.list_reader();
        let ids: Vec<Uuid> = models.iter().map(|row| row.id).collect();
        let mut tags = HashMap::new();
        if self.needs.tags {
            tags = tag::names_of_customers(db, ids.iter().copied()).await?;
        }
        let mut fields = HashMap::new();
        if self.needs.metadata {
            fields = metadata::load_many(db, ids.iter().copied()).await?;
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

/// Returns the texts that a filter compares with.
fn texts_of(filter: &Filter) -> impl Iterator<Item = String> {
    filter.values.iter().filter_map(|value| match value {
        FilterValue::Text(text) => Some(text.clone()),
        _ => None,
    })
}

/// Returns the ids, each once, unless they are more than a list reads.
fn unless_too_many(ids: Vec<Uuid>) -> Option<Vec<Uuid>> {
    let unique: HashSet<Uuid> = ids.into_iter().collect();
    (unique.len() <= MAX_ROWS_READ).then(|| unique.into_iter().collect())
}
