//! What the event log reads.

use std::collections::{BTreeSet, HashMap};

use domain::event_words::event_words;
use domain::filter::{Cell, Filter, FilterRow, ListSort, Operator};
use domain::{AccountId, Timestamp};
use sea_orm::{
    ColumnTrait as _, DatabaseBackend, EntityTrait as _, FromQueryResult, QueryFilter as _, QuerySelect as _,
    Statement, Value,
};
use uuid::Uuid;

use super::narrow::Narrowed;
use super::subscription_event::event_of;
use crate::audit::{LogConditions, load_entries};
use crate::listing::{
    ListRow, ListSource, MAX_ROWS_READ, Position, SearchWords, SortValue, count_rows_where, ids_of,
};
use crate::store::entity::audit_entries::Model;
use crate::store::entity::{customers, licenses, memberships, users};
use crate::store::row_values::{ColumnType, in_rows, in_rows_sql, json_rows_table, row, rows_to_json};
use crate::{Result, Service};

/// The condition of the partial index of changes, exactly as there.
pub(super) const CHANGES: &str =
    "action NOT IN ('activation.created', 'activation.deleted', 'activation.lease_expired')";
/// Starts of trials are in the activation log.
pub(super) const NO_TRIALS: &str = "action <> 'trial.started'";

/// The entries of an account.
pub(super) struct Source<'a> {
    pub service: &'a Service,
    pub account: AccountId,
    pub narrowed: Narrowed,
    /// Whether filters compare addresses of principals.
    pub needs_emails: bool,
    /// Whether filters compare the ends of license keys.
    pub needs_key_ends: bool,
}

/// An entry with its changes.
pub(super) struct Row {
    pub model: Model,
    pub resource: String,
    pub action: String,
    pub resource_id: Option<Uuid>,
    pub changes: String,
    /// The webhook event of the change, if it is not that of the action.
    pub event: Option<String>,
    email: Option<String>,
    /// The last four characters of the license's key.
    key_end: Option<String>,
}

#[derive(FromQueryResult)]
struct ChangesRow {
    entry_id: Uuid,
    resource_id: Option<Uuid>,
    changes: String,
    event: Option<String>,
}

#[derive(FromQueryResult)]
struct IdRow {
    id: Uuid,
}

/// Returns whether the principal of an entry is a person.
pub(super) fn is_person(row: &Model) -> bool {
    matches!(row.actor_kind.as_str(), "member" | "customer")
}

impl FilterRow for Row {
    fn cells(&self, field: &str) -> Vec<Cell> {
        let row = &self.model;
        let id = |id: Option<Uuid>| -> Vec<Cell> { id.map(Cell::Id).into_iter().collect() };
        let text = |text: &str| vec![Cell::Text(text.to_owned())];
        match field {
            "id" => id(Some(row.id)),
            "createdAt" | "updatedAt" => vec![Cell::Time(Timestamp::from_millis(row.created_at))],
            "resourceId" => id(self.resource_id),
            "licenseId" => id(row.license_id),
            // The end of any key. No filter has NUL, so that none takes the end for the whole key.
            "licenseKey" => self.key_end.iter().map(|end| Cell::Text(format!("\0{end}"))).collect(),
            "event" => {
                let event = event_of(&row.action, row.detail.as_deref(), self.event.as_deref());
                event.map(|word| Cell::Text(word.to_owned())).into_iter().collect()
            }
            "resource" => text(&self.resource),
            "action" => text(&self.action),
            "userId" => id(row.actor_id.filter(|_| is_person(row))),
            "actorId" => id(row.actor_id),
            "user.email" => self.email.iter().filter(|_| is_person(row)).cloned().map(Cell::Text).collect(),
            "actorEmail" => self.email.iter().cloned().map(Cell::Text).collect(),
            "actorKind" => text(&row.actor_kind),
            "actorName" => text(&row.actor_name),
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
        if words.is_empty() {
            return true;
        }
        let mut terms = domain::folding::name_terms(&self.model.actor_name);
        terms.extend(domain::folding::name_terms(self.model.detail.as_deref().unwrap_or_default()));
        words.are_found_in(self.model.id, &terms)
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
        let mut conditions = vec!["account_id = $1".to_owned(), CHANGES.to_owned(), NO_TRIALS.to_owned()];
        let mut values: Vec<Value> = vec![self.account.0.into()];
        let index = self.narrowed.add_to(&mut conditions, &mut values);
        let entries = LogConditions { conditions, values, index: Some(index) };
        let found = entries.read(&self.service.store, sort, after, (offset, rows)).await?;
        self.complete(found).await
    }

    async fn load(&self, ids: &[Uuid]) -> Result<Vec<Row>> {
        let condition = format!("{CHANGES} AND {NO_TRIALS}");
        let found = load_entries(&self.service.store, self.account, ids, &condition).await?;
        self.complete(found).await
    }

    async fn candidates(&self, filters: &[Filter], words: &SearchWords) -> Result<Option<Vec<Uuid>>> {
        if let Some(id) = words.id() {
            return Ok(Some(vec![id]));
        }
        for filter in filters.iter().filter(|f| matches!(f.operator, Operator::Equal | Operator::In)) {
            match filter.field.name {
                "id" => return Ok(Some(ids_of(filter))),
                "resourceId" => return self.of_objects(ids_of(filter)).await,
                "licenseId" => return self.of_licenses(ids_of(filter)).await,
                _ => {}
            }
        }
        Ok(None)
    }

    async fn count(&self, most: u64) -> Result<u64> {
        let condition = format!("{CHANGES} AND {NO_TRIALS}");
        count_rows_where(&self.service.store, "audit_entries", self.account, Some(&condition), most).await
    }
}

impl Source<'_> {
    /// Returns the entries about licenses, by one statement, unless they are too many.
    async fn of_licenses(&self, licenses: Vec<Uuid>) -> Result<Option<Vec<Uuid>>> {
        if licenses.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let (store, most) = (&self.service.store, MAX_ROWS_READ + 1);
        let rows: Vec<_> = licenses.into_iter().map(|id| row![id]).collect();
        // The joins fix the plan: each license is looked up by the index of its changes.
        let sql = if store.backend() == DatabaseBackend::Sqlite {
            format!(
                "SELECT a.id AS id FROM jsonb_each(?) AS e CROSS JOIN audit_entries AS a \
                 WHERE a.license_id = unhex(e.value ->> 0) AND {CHANGES} LIMIT {most}"
            )
        } else {
            let rows = json_rows_table(&[("license_id", ColumnType::Uuid)], 1);
            format!(
                "SELECT a.id FROM {rows} CROSS JOIN LATERAL (SELECT id FROM audit_entries \
                 WHERE license_id = v.license_id AND {CHANGES} ORDER BY id LIMIT {most}) AS a LIMIT {most}"
            )
        };
        let statement = Statement::from_sql_and_values(store.backend(), sql, [rows_to_json(&rows)?.into()]);
        let found = IdRow::find_by_statement(statement).all(store.list_reader()).await?;
        let mut found: Vec<Uuid> = found.into_iter().map(|row| row.id).collect();
        found.sort_unstable();
        found.dedup();
        Ok((found.len() <= MAX_ROWS_READ).then_some(found))
    }

    /// Returns the entries about objects, unless they are too many. Each object is of one kind.
    async fn of_objects(&self, objects: Vec<Uuid>) -> Result<Option<Vec<Uuid>>> {
        let most = MAX_ROWS_READ + 1;
        let of_entries = |column: &str| {
            format!("SELECT id FROM audit_entries WHERE {column} = $1 AND {CHANGES} ORDER BY id LIMIT {most}")
        };
        let statements = [
            of_entries("license_id"),
            of_entries("product_id"),
            of_entries("customer_id"),
            format!(
                "SELECT entry_id AS id FROM audit_changes WHERE resource_id = $1 ORDER BY entry_id LIMIT {most}"
            ),
        ];
        let store = &self.service.store;
        let mut found = Vec::new();
        for object in objects {
            for sql in &statements {
                let statement = Statement::from_sql_and_values(store.backend(), sql, [object.into()]);
                let rows = IdRow::find_by_statement(statement).all(store.list_reader()).await?;
                found.extend(rows.into_iter().map(|row| row.id));
            }
        }
        found.sort_unstable();
        found.dedup();
        Ok((found.len() <= MAX_ROWS_READ).then_some(found))
    }

    /// Adds the changes of entries, by one statement.
    async fn complete(&self, models: Vec<Model>) -> Result<Vec<Row>> {
        let mut changes: HashMap<Uuid, ChangesRow> = HashMap::new();
        if !models.is_empty() {
            let store = &self.service.store;
            let columns = &[("account_id", ColumnType::Uuid), ("entry_id", ColumnType::Uuid)];
            let condition = in_rows_sql(store.backend(), columns);
            let rows: Vec<_> = models.iter().map(|model| row![self.account.0, model.id]).collect();
            let sql =
                format!("SELECT entry_id, resource_id, changes, event FROM audit_changes WHERE {condition}");
            let statement =
                Statement::from_sql_and_values(store.backend(), sql, [rows_to_json(&rows)?.into()]);
            let found = ChangesRow::find_by_statement(statement).all(store.list_reader()).await?;
            changes = found.into_iter().map(|row| (row.entry_id, row)).collect();
        }
        let ends = if self.needs_key_ends { self.key_ends(&models).await? } else { HashMap::new() };
        let emails = if self.needs_emails { self.emails(&models).await? } else { HashMap::new() };
        let rows = models.into_iter().map(|model| {
            let (other, changes, event) = match changes.remove(&model.id) {
                Some(row) => (row.resource_id, row.changes, row.event),
                None => (None, "[]".to_owned(), None),
            };
            let (resource, action) = event_words(&model.action, event.as_deref());
            let resource_id = match resource.as_str() {
                "license" => model.license_id,
                "product" | "signingKey" => model.product_id,
                "user" if model.action.starts_with("customer.") => model.customer_id,
                _ => other,
            };
            let email = model.actor_id.and_then(|id| emails.get(&id).cloned());
            let key_end = model.license_id.and_then(|id| ends.get(&id).cloned());
            Row { model, resource, action, resource_id, changes, event, email, key_end }
        });
        Ok(rows.collect())
    }

    /// Returns the last four characters of the keys of the licenses of entries.
    async fn key_ends(&self, models: &[Model]) -> Result<HashMap<Uuid, String>> {
        let ids: BTreeSet<Uuid> = models.iter().filter_map(|model| model.license_id).collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let store = &self.service.store;
        let rows: Vec<_> = ids.into_iter().map(|id| row![id]).collect();
        let found: Vec<(Uuid, String)> = licenses::Entity::find()
            .select_only()
            .columns([licenses::Column::Id, licenses::Column::LastFour])
            .filter(in_rows(store.backend(), &[("id", ColumnType::Uuid)], &rows)?)
            .into_tuple()
            .all(store.list_reader())
            .await?;
        Ok(found.into_iter().collect())
    }

    /// Returns the addresses of the persons of entries. A former member has none here, as in the answer.
    async fn emails(&self, models: &[Model]) -> Result<HashMap<Uuid, String>> {
        let db = self.service.store.list_reader();
        let ids: BTreeSet<Uuid> =
            models.iter().filter(|row| is_person(row)).filter_map(|row| row.actor_id).collect();
        let own: Vec<Uuid> = memberships::Entity::find()
            .select_only()
            .column(memberships::Column::UserId)
            .filter(memberships::Column::AccountId.eq(self.account.0))
            .filter(memberships::Column::UserId.is_in(ids.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        let members: Vec<(Uuid, String)> = users::Entity::find()
            .select_only()
            .columns([users::Column::Id, users::Column::Email])
            .filter(users::Column::Id.is_in(own))
            .into_tuple()
            .all(db)
            .await?;
        let customers: Vec<(Uuid, Option<String>)> = customers::Entity::find()
            .select_only()
            .columns([customers::Column::Id, customers::Column::Email])
            .filter(customers::Column::Id.is_in(ids))
            .into_tuple()
            .all(db)
            .await?;
        let of_customers = customers.into_iter().filter_map(|(id, email)| Some((id, email?)));
        Ok(members.into_iter().chain(of_customers).collect())
    }
}
