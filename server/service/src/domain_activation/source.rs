//! What the list of a license's domains reads.

use domain::activation::Kind;
use domain::filter::{Cell, Filter, FilterRow, ListSort, Operator};
use domain::folding::name_terms;
use domain::{AccountId, LicenseId, Timestamp};
use sea_orm::{ConnectionTrait as _, FromQueryResult as _, Statement, Value};
use uuid::Uuid;

use crate::listing::{
    ListRow, ListSource, MAX_ROWS_READ, Position, SearchWords, SortValue, ids_of, ids_statement, too_wide,
};
use crate::store::entity::activations::Model;
use crate::{Error, Result, Service};

/// The expression of the last verification, which has no index.
const VERIFIED: &str = "COALESCE(last_verified_at, created_at)";

/// The domains of a license of the account.
pub(super) struct Source<'a> {
    pub service: &'a Service,
    pub account: AccountId,
    pub license: LicenseId,
}

/// A domain.
pub(super) struct Row(pub Model);

impl Row {
    fn updated_at(&self) -> i64 {
        self.0.last_verified_at.unwrap_or(self.0.created_at)
    }
}

impl FilterRow for Row {
    fn cells(&self, field: &str) -> Vec<Cell> {
        let time = |millis: i64| Cell::Time(Timestamp::from_millis(millis));
        match field {
            "id" => vec![Cell::Id(self.0.id)],
            "createdAt" => vec![time(self.0.created_at)],
            "updatedAt" => vec![time(self.updated_at())],
            "lastVerifiedAt" => self.0.last_verified_at.map(time).into_iter().collect(),
            "domain" => vec![Cell::Text(self.0.subject.clone())],
            _ => Vec::new(),
        }
    }

    fn pairs(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

impl ListRow for Row {
    fn position(&self, sort: ListSort) -> Position {
        let value = if sort.field == "updatedAt" { self.updated_at() } else { self.0.created_at };
        Position { value: SortValue::Number(value), id: self.0.id }
    }

    fn is_found_by(&self, words: &SearchWords) -> bool {
        words.is_empty() || words.are_found_in(self.0.id, &name_terms(&self.0.subject))
    }
}

impl Source<'_> {
    fn conditions(&self) -> (Vec<String>, Vec<Value>) {
        let kind = format!("kind = '{}'", Kind::Domain.as_str());
        let conditions = vec!["account_id = $1".to_owned(), "license_id = $2".to_owned(), kind];
        (conditions, vec![self.account.0.into(), self.license.0.into()])
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
        let by_update = sort.field == "updatedAt";
        if by_update && self.count(MAX_ROWS_READ as u64 + 1).await? > MAX_ROWS_READ as u64 {
            return Err(too_wide());
        }
        let key = if by_update { VERIFIED } else { "created_at" };
        let (mut conditions, mut values) = self.conditions();
        let (direction, from, beyond) =
            if sort.descending { ("DESC", "<=", "<") } else { ("ASC", ">=", ">") };
        if let Some(Position { value: SortValue::Number(value), id }) = after {
            values.extend([Value::from(*value), Value::from(*id)]);
            // The first condition is the range of the index.
            conditions.push(format!("{key} {from} $3 AND ({key} {beyond} $3 OR id {beyond} $4)"));
        }
        let sql = format!(
            "SELECT * FROM activations WHERE {} ORDER BY {key} {direction}, id {direction} LIMIT {rows} OFFSET {offset}",
            conditions.join(" AND ")
        );
        let store = &self.service.store;
        let statement = Statement::from_sql_and_values(store.backend(), sql, values);
        let found = Model::find_by_statement(statement).all(store.list_reader()).await?;
        Ok(found.into_iter().map(Row).collect())
    }

    async fn load(&self, ids: &[Uuid]) -> Result<Vec<Row>> {
        let store = &self.service.store;
        let statement = ids_statement(store, "activations", ids)?;
        let found = Model::find_by_statement(statement).all(store.list_reader()).await?;
        let own = found.into_iter().filter(|row| {
            row.account_id == self.account.0
                && row.license_id == self.license.0
                && row.kind == Kind::Domain.as_str()
        });
        Ok(own.map(Row).collect())
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
        let (conditions, values) = self.conditions();
        let sql = format!(
            "SELECT count(*) AS n FROM (SELECT 1 FROM activations WHERE {} LIMIT {most}) AS counted",
            conditions.join(" AND ")
        );
        let store = &self.service.store;
        let statement = Statement::from_sql_and_values(store.backend(), sql, values);
        let row = store.list_reader().query_one_raw(statement).await?;
        let row = row.ok_or_else(|| Error::Internal("a count returned no row".into()))?;
        Ok(row.try_get::<i64>("", "n")?.unsigned_abs())
    }
}
