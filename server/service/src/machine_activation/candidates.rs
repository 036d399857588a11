//! The machines that an index finds for a filter.

use std::collections::HashMap;

use domain::LicenseKey;
use domain::activation::Kind;
use domain::filter::{Filter, FilterValue};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, FromQueryResult, QueryFilter as _, QuerySelect as _, Statement,
};
use uuid::Uuid;

use super::source::{Source, is_equal};
use crate::Result;
use crate::activation::lookup;
use crate::listing::{MAX_ROWS_READ, SearchWords, ids_of};
use crate::store::entity::licenses;
use crate::store::row_values::{ColumnType, Columns, RowValues, in_rows_sql, row, rows_to_json};

#[derive(FromQueryResult)]
struct IdRow {
    id: Uuid,
}

impl Source<'_> {
    /// Returns the ids among which all machines of the filters are, the shortest list that an index gives.
    pub(super) async fn find_candidates(
        &self,
        filters: &[Filter],
        words: &SearchWords,
    ) -> Result<Option<Vec<Uuid>>> {
        if let Some(id) = words.id() {
            return Ok(Some(vec![id]));
        }
        if self.has_no_license() {
            return Ok(Some(Vec::new()));
        }
        let mut best: Option<Vec<Uuid>> = None;
        for filter in filters.iter().filter(|filter| is_equal(filter)) {
            if filter.field.name == "id" {
                return Ok(Some(ids_of(filter)));
            }
            if let Some(found) = self.of_filter(filter).await?
                && best.as_ref().is_none_or(|best| found.len() < best.len())
            {
                best = Some(found);
            }
        }
        // The machines of one license are walked instead, however many they are.
        if let Some(licenses) = self.licenses.as_ref().filter(|licenses| licenses.len() > 1) {
            let rows: Vec<_> = licenses.iter().map(|id| row![self.account.0, *id]).collect();
            let columns: Columns = &[("account_id", ColumnType::Uuid), ("license_id", ColumnType::Uuid)];
            let condition = in_rows_sql(self.service.store.backend(), columns);
            if let Some(found) = self.machines(&condition, &rows).await?
                && best.as_ref().is_none_or(|best| found.len() < best.len())
            {
                best = Some(found);
            }
        }
        Ok(best)
    }

    async fn of_filter(&self, filter: &Filter) -> Result<Option<Vec<Uuid>>> {
        let (columns, more): (Columns, &str) = match filter.field.name {
            "userId" => (&[("customer_id", ColumnType::Uuid)], ""),
            "organizationId" => {
                (&[("organization_id", ColumnType::Uuid)], "organization_id IS NOT NULL AND ")
            }
            "productId" => (&[("account_id", ColumnType::Uuid), ("product_id", ColumnType::Uuid)], ""),
            _ => return Ok(None),
        };
        let with_account = columns.len() == 2;
        let rows = ids_of(filter).into_iter();
        let rows: Vec<RowValues> =
            rows.map(|id| if with_account { row![self.account.0, id] } else { row![id] }).collect();
        let condition = in_rows_sql(self.service.store.backend(), columns);
        let condition = format!("license_id IN (SELECT id FROM licenses WHERE {more}{condition})");
        self.machines(&condition, &rows).await
    }

    /// Returns the machines of a condition. `None` if they are more than a list reads.
    async fn machines(&self, condition: &str, rows: &[RowValues]) -> Result<Option<Vec<Uuid>>> {
        let store = &self.service.store;
        let sql = format!(
            "SELECT id FROM activations WHERE kind = '{}' AND {condition} LIMIT {}",
            Kind::Machine.as_str(),
            MAX_ROWS_READ + 1
        );
        let statement = Statement::from_sql_and_values(store.backend(), sql, [rows_to_json(rows)?.into()]);
        let found = IdRow::find_by_statement(statement).all(store.list_reader()).await?;
        let is_narrow = found.len() <= MAX_ROWS_READ;
        Ok(is_narrow.then(|| found.into_iter().map(|row| row.id).collect()))
    }

    /// Returns the licenses of the account with the keys of a filter, by one statement.
    pub(super) async fn with_keys(&self, filter: &Filter) -> Result<Vec<(String, Uuid)>> {
        use licenses::Column as L;
        let mut by_digest: HashMap<Vec<u8>, &str> = HashMap::new();
        for value in &filter.values {
            let FilterValue::Text(text) = value else { continue };
            let Ok(key) = LicenseKey::parse(text) else { continue };
            let Some(digests) = lookup::digests(&self.service.keys, &key) else { continue };
            by_digest.extend(digests.iter().map(|digest| (digest.to_vec(), text.as_str())));
        }
        if by_digest.is_empty() {
            return Ok(Vec::new());
        }
        let found: Vec<(Uuid, Uuid, Vec<u8>)> = licenses::Entity::find()
            .select_only()
            .columns([L::Id, L::AccountId, L::KeyDigest])
            .filter(L::KeyDigest.is_in(by_digest.keys().cloned()))
            .into_tuple()
            .all(self.service.store.list_reader())
            .await?;
        let own = found.into_iter().filter(|(_, account, _)| *account == self.account.0);
        let key = |(id, _, digest): (Uuid, Uuid, Vec<u8>)| Some(((*by_digest.get(&digest)?).to_owned(), id));
        Ok(own.filter_map(key).collect())
    }
}
