//! What the list of machines reads.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use domain::activation::Kind;
use domain::filter::{Cell, Filter, FilterRow, ListSort, Operator};
use domain::folding::name_terms;
use domain::machine::MetadataEntry;
use domain::{AccountId, Timestamp};
use sea_orm::{
    ConnectionTrait as _, EntityTrait as _, FromQueryResult as _, QueryFilter as _, Statement, Value,
};
use uuid::Uuid;

use crate::listing::{
    ListRow, ListSource, MAX_ROWS_READ, Position, SearchWords, SortValue, ids_of, ids_statement, too_wide,
};
use crate::store::convert;
use crate::store::entity::activations::Model;
use crate::store::entity::licenses;
use crate::store::row_values::{ColumnType, in_rows, row};
use crate::{Error, Result, Service};

/// The expression of the last sync. It has no index, because each sync would write it.
const SYNCED: &str = "COALESCE(last_synced_at, created_at)";

/// The machines of an account.
pub(super) struct Source<'a> {
    pub service: &'a Service,
    pub account: AccountId,
    /// The licenses that filters leave; `None` is any.
    pub licenses: Option<BTreeSet<Uuid>>,
    /// The licenses with the keys that filters ask for, by key.
    keys: Vec<(String, Uuid)>,
}

/// A machine with its license.
pub(super) struct Row {
    pub model: Model,
    pub license: Arc<licenses::Model>,
    keys: Vec<String>,
}

/// Returns whether the values of a filter are the only ones that meet it.
pub(super) fn is_equal(filter: &Filter) -> bool {
    matches!(filter.operator, Operator::Equal | Operator::In)
}

/// Returns the time of the last sync in milliseconds, or of the activation.
fn synced_at(model: &Model) -> i64 {
    model.last_synced_at.unwrap_or(model.created_at)
}

/// Returns the times of a machine by the names of filters.
pub(super) fn times(model: &Model, field: &str) -> Option<Vec<Cell>> {
    let time = |millis: i64| Cell::Time(Timestamp::from_millis(millis));
    match field {
        "createdAt" => Some(vec![time(model.created_at)]),
        "updatedAt" => Some(vec![time(synced_at(model))]),
        "lastSyncedAt" => Some(model.last_synced_at.map(time).into_iter().collect()),
        _ => None,
    }
}

impl FilterRow for Row {
    fn cells(&self, field: &str) -> Vec<Cell> {
        let (row, license) = (&self.model, &self.license);
        let id = |id: Option<Uuid>| -> Vec<Cell> { id.map(Cell::Id).into_iter().collect() };
        let text = |text: &Option<String>| vec![Cell::Text(text.clone().unwrap_or_default())];
        match field {
            "id" => id(Some(row.id)),
            "licenseId" => id(Some(row.license_id)),
            "productId" => id(Some(license.product_id)),
            "userId" => id(license.customer_id),
            "organizationId" => id(license.organization_id),
            // Whole keys that were asked for, and the end of any key. No filter has NUL, so that none takes the end
            // for the whole key.
            "license.key" => {
                let end = format!("\0{}", license.last_four);
                self.keys.iter().cloned().chain([end]).map(Cell::Text).collect()
            }
            "os" => text(&row.os),
            "hostname" => text(&row.hostname),
            "appVersion" => text(&row.app_version),
            "releaseVersion" => text(&row.release_version),
            // The server has no file of places.
            "location.countryCode" => text(&None),
            field => times(row, field).unwrap_or_default(),
        }
    }

    fn pairs(&self) -> Vec<(String, String)> {
        let metadata: Vec<MetadataEntry> = convert::json_or_default(self.model.metadata.as_deref());
        metadata.into_iter().map(|entry| (entry.key, entry.value)).collect()
    }
}

impl ListRow for Row {
    fn position(&self, sort: ListSort) -> Position {
        let value = if is_by_sync(sort) { synced_at(&self.model) } else { self.model.created_at };
        Position { value: SortValue::Number(value), id: self.model.id }
    }

    fn is_found_by(&self, words: &SearchWords) -> bool {
        let hostname = self.model.hostname.as_deref().unwrap_or_default();
        words.is_empty() || words.are_found_in(self.model.id, &name_terms(hostname))
    }
}

fn is_by_sync(sort: ListSort) -> bool {
    matches!(sort.field, "updatedAt" | "lastSyncedAt")
}

impl<'a> Source<'a> {
    /// Prepares the reads that filters leave.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn of(service: &'a Service, account: AccountId, filters: &[Filter]) -> Result<Self> {
        let mut source = Self { service, account, licenses: None, keys: Vec::new() };
        for filter in filters {
            match filter.field.name {
                "licenseId" if is_equal(filter) => source.restrict(ids_of(filter)),
                "license.key" if filter.operator != Operator::EndsWith => {
                    let found = source.with_keys(filter).await?;
                    if is_equal(filter) {
                        source.restrict(found.iter().map(|(_, id)| *id).collect());
                    }
                    source.keys.extend(found);
                }
                _ => {}
            }
        }
        Ok(source)
    }

    fn restrict(&mut self, ids: Vec<Uuid>) {
        let ids: BTreeSet<Uuid> = ids.into_iter().collect();
        self.licenses = Some(match self.licenses.take() {
            None => ids,
            Some(before) => before.intersection(&ids).copied().collect(),
        });
    }

    /// Returns the license if the filters leave one alone: its machines are the range of an index.
    fn only_license(&self) -> Option<Uuid> {
        let licenses = self.licenses.as_ref().filter(|licenses| licenses.len() == 1)?;
        licenses.first().copied()
    }

    /// Returns whether the filters leave no license.
    pub fn has_no_license(&self) -> bool {
        self.licenses.as_ref().is_some_and(BTreeSet::is_empty)
    }

    /// Adds the licenses of machines, by one statement.
    async fn complete(&self, models: Vec<Model>) -> Result<Vec<Row>> {
        if models.is_empty() {
            return Ok(Vec::new());
        }
        let store = &self.service.store;
        let ids: BTreeSet<Uuid> = models.iter().map(|model| model.license_id).collect();
        let rows: Vec<_> = ids.into_iter().map(|id| row![id]).collect();
        let found = licenses::Entity::find()
            .filter(in_rows(store.backend(), &[("id", ColumnType::Uuid)], &rows)?)
            .all(store.list_reader())
            .await?;
        let licenses: HashMap<Uuid, Arc<licenses::Model>> =
            found.into_iter().map(|license| (license.id, Arc::new(license))).collect();
        let row = |model: Model| {
            // A license that was deleted meanwhile has no machines.
            let license = Arc::clone(licenses.get(&model.license_id)?);
            let of_license = |(_, id): &&(String, Uuid)| *id == license.id;
            let keys = self.keys.iter().filter(of_license).map(|(key, _)| key.clone()).collect();
            Some(Row { model, license, keys })
        };
        Ok(models.into_iter().filter_map(row).collect())
    }

    /// Returns the conditions of the machines that are read, with their values and the index.
    fn scope(&self) -> (Vec<String>, Vec<Value>, &'static str) {
        let mut conditions =
            vec!["account_id = $1".to_owned(), format!("kind = '{}'", Kind::Machine.as_str())];
        let mut values: Vec<Value> = vec![self.account.0.into()];
        let Some(license) = self.only_license() else {
            // The condition of the partial index.
            conditions.push(format!("kind || '' = '{}'", Kind::Machine.as_str()));
            return (conditions, values, "ix_activations_machines");
        };
        conditions.push("license_id = $2".to_owned());
        values.push(license.into());
        (conditions, values, "ix_activations_license_kind_created")
    }

    /// Returns the hint of an index. A planner of SQLite without statistics may choose another one.
    fn hint(&self, index: &str) -> String {
        if self.service.store.is_sqlite() { format!("INDEXED BY {index} ") } else { String::new() }
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
        if self.has_no_license() {
            return Ok(Vec::new());
        }
        let key = if is_by_sync(sort) { SYNCED } else { "created_at" };
        if is_by_sync(sort) && self.count(MAX_ROWS_READ as u64 + 1).await? > MAX_ROWS_READ as u64 {
            return Err(too_wide());
        }
        let (mut conditions, mut values, index) = self.scope();
        let (direction, from, beyond) =
            if sort.descending { ("DESC", "<=", "<") } else { ("ASC", ">=", ">") };
        if let Some(Position { value: SortValue::Number(value), id }) = after {
            values.push((*value).into());
            let value = values.len();
            values.push((*id).into());
            let id = values.len();
            // The first condition is the range of the index.
            conditions
                .push(format!("{key} {from} ${value} AND ({key} {beyond} ${value} OR id {beyond} ${id})"));
        }
        let (conditions, hint) = (conditions.join(" AND "), self.hint(index));
        let sql = format!(
            "SELECT * FROM activations {hint}WHERE {conditions} ORDER BY {key} {direction}, id {direction} \
             LIMIT {rows} OFFSET {offset}"
        );
        let store = &self.service.store;
        let statement = Statement::from_sql_and_values(store.backend(), sql, values);
        let found = Model::find_by_statement(statement).all(store.list_reader()).await?;
        self.complete(found).await
    }

    async fn load(&self, ids: &[Uuid]) -> Result<Vec<Row>> {
        let store = &self.service.store;
        let statement = ids_statement(store, "activations", ids)?;
        let mut found = Model::find_by_statement(statement).all(store.list_reader()).await?;
        found.retain(|row| row.account_id == self.account.0 && row.kind == Kind::Machine.as_str());
        self.complete(found).await
    }

    async fn candidates(&self, filters: &[Filter], words: &SearchWords) -> Result<Option<Vec<Uuid>>> {
        self.find_candidates(filters, words).await
    }

    async fn count(&self, most: u64) -> Result<u64> {
        let (conditions, values, index) = self.scope();
        let (conditions, hint) = (conditions.join(" AND "), self.hint(index));
        let sql = format!(
            "SELECT count(*) AS n FROM (SELECT 1 FROM activations {hint}WHERE {conditions} LIMIT {most}) AS counted"
        );
        let store = &self.service.store;
        let statement = Statement::from_sql_and_values(store.backend(), sql, values);
        let row = store.list_reader().query_one_raw(statement).await?;
        let row = row.ok_or_else(|| Error::Internal("a count returned no row".into()))?;
        Ok(row.try_get::<i64>("", "n")?.unsigned_abs())
    }
}
