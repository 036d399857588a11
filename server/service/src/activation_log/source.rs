//! What the activation log reads.

use std::collections::{BTreeSet, HashMap};

use domain::filter::{Cell, Filter, FilterRow, FilterValue, ListSort, Operator, matches};
use domain::{AccountId, LicenseKey, Timestamp};
use sea_orm::{EntityTrait as _, FromQueryResult, QueryFilter as _, QuerySelect as _, Value};
use uuid::Uuid;

use super::ActivationAction;
use crate::activation::lookup;
use crate::audit::{LogConditions, load_entries};
use crate::listing::{ListRow, ListSource, Position, SearchWords, SortValue, count_rows_where, ids_of};
use crate::store::entity::audit_entries::Model;
use crate::store::entity::licenses;
use crate::store::row_values::{ColumnType, in_rows, row};
use crate::{Error, Result, Service};

/// The condition of the partial index of the log, exactly as there.
const OF_LOG: &str =
    "action IN ('activation.created', 'activation.deleted', 'activation.lease_expired', 'trial.started')";

/// The entries of an account.
pub(super) struct Source<'a> {
    pub service: &'a Service,
    pub account: AccountId,
    /// The licenses that filters leave; `None` is any.
    pub licenses: Option<BTreeSet<Uuid>>,
    /// The stored actions that filters leave.
    pub actions: Vec<&'static str>,
    /// The licenses with the keys that filters ask for, by key.
    pub keys: Vec<(String, Uuid)>,
}

/// An entry with what its license says.
pub(super) struct Row {
    pub model: Model,
    pub action: ActivationAction,
    pub product: Option<Uuid>,
    /// The customer who holds the license.
    pub customer: Option<Uuid>,
    /// The organization that holds the license.
    pub organization: Option<Uuid>,
    keys: Vec<String>,
    /// The last four characters of the license's key.
    key_end: Option<String>,
}

/// What entries say of a license.
#[derive(FromQueryResult)]
struct LicenseParts {
    id: Uuid,
    product_id: Uuid,
    customer_id: Option<Uuid>,
    organization_id: Option<Uuid>,
    last_four: String,
}

impl FilterRow for Row {
    fn cells(&self, field: &str) -> Vec<Cell> {
        let row = &self.model;
        let id = |id: Option<Uuid>| -> Vec<Cell> { id.map(Cell::Id).into_iter().collect() };
        match field {
            "id" => id(Some(row.id)),
            "createdAt" | "updatedAt" => vec![Cell::Time(Timestamp::from_millis(row.created_at))],
            "action" => vec![Cell::Text(self.action.as_str().to_owned())],
            "licenseId" => id(row.license_id),
            "productId" => id(self.product),
            // Whole keys that were asked for, and the end of any key. No filter has NUL, so that none takes the end
            // for the whole key.
            "licenseKey" | "license.key" => {
                let end = self.key_end.as_ref().map(|end| format!("\0{end}"));
                self.keys.iter().cloned().chain(end).map(Cell::Text).collect()
            }
            _ => Vec::new(),
        }
    }

    fn pairs(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

impl ListRow for Row {
    /// Ids are in the order of time.
    fn position(&self, _: ListSort) -> Position {
        Position { value: SortValue::Number(0), id: self.model.id }
    }

    fn is_found_by(&self, words: &SearchWords) -> bool {
        let terms = domain::folding::name_terms(self.model.detail.as_deref().unwrap_or_default());
        words.is_empty() || words.are_found_in(self.model.id, &terms)
    }
}

/// The word of an action, as a row.
struct Word(ActivationAction);

impl FilterRow for Word {
    fn cells(&self, _: &str) -> Vec<Cell> {
        vec![Cell::Text(self.0.as_str().to_owned())]
    }

    fn pairs(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

/// Returns the stored actions that the filters of actions select.
fn actions(filters: &[Filter]) -> Vec<&'static str> {
    let of_action: Vec<Filter> =
        filters.iter().filter(|filter| filter.field.name == "action").cloned().collect();
    let selected = ActivationAction::ALL.into_iter().filter(|action| matches(&of_action, &Word(*action)));
    selected.map(|action| action.event().as_str()).collect()
}

impl<'a> Source<'a> {
    /// Prepares the reads that filters leave.
    ///
    /// # Errors
    /// Returns an error of the field `license_key` for an operator that keys do not have, or an error of the database.
    pub async fn of(service: &'a Service, account: AccountId, filters: &[Filter]) -> Result<Self> {
        let actions = actions(filters);
        let mut source = Self { service, account, licenses: None, actions, keys: Vec::new() };
        for filter in filters {
            let is_equal = matches!(filter.operator, Operator::Equal | Operator::In);
            match filter.field.name {
                "licenseId" if is_equal => source.restrict(ids_of(filter)),
                "licenseKey" | "license.key" if filter.operator == Operator::EndsWith => {
                    if let Some(found) = source.with_end(filter).await? {
                        source.restrict(found);
                    }
                }
                "licenseKey" | "license.key" => {
                    let found = source.with_keys(filter).await?;
                    if is_equal {
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

    /// Returns the licenses of the account with the keys of a filter.
    async fn with_keys(&self, filter: &Filter) -> Result<Vec<(String, Uuid)>> {
        // The log has no keys: digests tell whole keys alone.
        let is_whole =
            matches!(filter.operator, Operator::Equal | Operator::NotEqual | Operator::In | Operator::NotIn);
        if !is_whole {
            return Err(Error::invalid(
                "license_key",
                "Ask for whole keys or for their last four characters, or for the id of the license.",
            ));
        }
        let mut found = Vec::new();
        for value in &filter.values {
            let FilterValue::Text(text) = value else { continue };
            let Ok(key) = LicenseKey::parse(text) else { continue };
            let Some(digests) = lookup::digests(&self.service.keys, &key) else { continue };
            let license = lookup::find_by_digests(self.service.store.list_reader(), &digests).await?;
            let own = license.filter(|license| license.account_id == self.account.0);
            found.extend(own.map(|license| (text.clone(), license.id)));
        }
        Ok(found)
    }

    /// Returns the licenses of the account with keys that end as a filter says. `None` if they are too many to be
    /// looked up.
    async fn with_end(&self, filter: &Filter) -> Result<Option<Vec<Uuid>>> {
        let ends: Vec<String> = filter.values.iter().filter_map(text_of).collect();
        lookup::find_by_key_ends(self.service.store.list_reader(), self.account, &ends).await
    }

    /// Adds products, holders and ends of keys to entries, by one statement.
    async fn complete(&self, models: Vec<Model>) -> Result<Vec<Row>> {
        let store = &self.service.store;
        let ids: BTreeSet<Uuid> = models.iter().filter_map(|model| model.license_id).collect();
        let mut found_licenses: HashMap<Uuid, LicenseParts> = HashMap::new();
        if !ids.is_empty() {
            use licenses::Column as L;
            let rows: Vec<_> = ids.into_iter().map(|id| row![id]).collect();
            let found: Vec<LicenseParts> = licenses::Entity::find()
                .select_only()
                .columns([L::Id, L::ProductId, L::CustomerId, L::OrganizationId, L::LastFour])
                .filter(in_rows(store.backend(), &[("id", ColumnType::Uuid)], &rows)?)
                .into_model::<LicenseParts>()
                .all(store.list_reader())
                .await?;
            found_licenses.extend(found.into_iter().map(|license| (license.id, license)));
        }
        let rows = models.into_iter().filter_map(|model| {
            let of_license = model.license_id.and_then(|id| found_licenses.get(&id));
            let product = of_license.map(|license| license.product_id).or(model.product_id);
            let customer = of_license.and_then(|license| license.customer_id);
            let organization = of_license.and_then(|license| license.organization_id);
            let key_end = of_license.map(|license| license.last_four.clone());
            let of_entry = |(_, id): &&(String, Uuid)| Some(*id) == model.license_id;
            let keys = self.keys.iter().filter(of_entry).map(|(key, _)| key.clone()).collect();
            let action = ActivationAction::from_storage(&model.action)?;
            Some(Row { model, action, product, customer, organization, keys, key_end })
        });
        Ok(rows.collect())
    }
}

fn text_of(value: &FilterValue) -> Option<String> {
    match value {
        FilterValue::Text(text) => Some(text.clone()),
        _ => None,
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
        let mut conditions = vec!["account_id = $1".to_owned(), OF_LOG.to_owned()];
        let mut values: Vec<Value> = vec![self.account.0.into()];
        let mut index = "activations";
        if let Some(licenses) = &self.licenses {
            let mut ids = Vec::new();
            for license in licenses {
                values.push((*license).into());
                ids.push(format!("${}", values.len()));
            }
            index = "license";
            conditions.push(match &ids[..] {
                [] => "1 = 0".to_owned(),
                [id] => format!("license_id = {id}"),
                ids => format!("license_id IN ({})", ids.join(", ")),
            });
        }
        if self.actions.len() < ActivationAction::ALL.len() {
            let words: Vec<String> = self.actions.iter().map(|action| format!("'{action}'")).collect();
            conditions.push(if words.is_empty() {
                "1 = 0".to_owned()
            } else {
                format!("action IN ({})", words.join(", "))
            });
        }
        let is_none = self.licenses.as_ref().is_some_and(BTreeSet::is_empty) || self.actions.is_empty();
        let entries = LogConditions { conditions, values, index: (!is_none).then_some(index) };
        let found = entries.read(&self.service.store, sort, after, (offset, rows)).await?;
        self.complete(found).await
    }

    async fn load(&self, ids: &[Uuid]) -> Result<Vec<Row>> {
        let found = load_entries(&self.service.store, self.account, ids, OF_LOG).await?;
        self.complete(found).await
    }

    async fn candidates(&self, filters: &[Filter], words: &SearchWords) -> Result<Option<Vec<Uuid>>> {
        if let Some(id) = words.id() {
            return Ok(Some(vec![id]));
        }
        let by_id = filters
            .iter()
            .find(|f| f.field.name == "id" && matches!(f.operator, Operator::Equal | Operator::In));
        Ok(by_id.map(ids_of))
    }

    async fn count(&self, most: u64) -> Result<u64> {
        count_rows_where(&self.service.store, "audit_entries", self.account, Some(OF_LOG), most).await
    }
}
