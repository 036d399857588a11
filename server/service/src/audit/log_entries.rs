//! Audit entries as the event log and the activation log read them: in the order of their ids, which is that of time.

use domain::AccountId;
use domain::filter::ListSort;
use sea_orm::{FromQueryResult as _, Statement, Value};
use uuid::Uuid;

use crate::Result;
use crate::listing::Position;
use crate::store::Store;
use crate::store::entity::audit_entries::Model;
use crate::store::row_values::{ColumnType, in_rows_sql, row, rows_to_json};

/// What a log reads: conditions with their values, and the index.
pub(crate) struct LogConditions {
    pub conditions: Vec<String>,
    pub values: Vec<Value>,
    /// The index behind `ix_audit_entries_`. SQLite would read the whole account by its primary key, because it knows
    /// no distribution of values. `None` if no entry can meet the conditions.
    pub index: Option<&'static str>,
}

impl LogConditions {
    /// Reads at most `rows` entries, after a position, without the first `offset`.
    pub async fn read(
        mut self,
        store: &Store,
        sort: ListSort,
        after: Option<&Position>,
        (offset, rows): (u64, u64),
    ) -> Result<Vec<Model>> {
        let (direction, beyond) = if sort.descending { ("DESC", "<") } else { ("ASC", ">") };
        // All ids meet the condition without a position: the range of the index is then the whole account.
        let (beyond, id) = after.map_or((">=", Uuid::nil()), |after| (beyond, after.id));
        self.values.push(id.into());
        self.conditions.push(format!("id {beyond} ${}", self.values.len()));
        let hint = match self.index {
            Some(index) if store.is_sqlite() => format!("INDEXED BY ix_audit_entries_{index} "),
            _ => String::new(),
        };
        let sql = format!(
            "SELECT * FROM audit_entries {hint}WHERE {} ORDER BY id {direction} LIMIT {rows} OFFSET {offset}",
            self.conditions.join(" AND ")
        );
        let statement = Statement::from_sql_and_values(store.backend(), sql, self.values);
        Ok(Model::find_by_statement(statement).all(store.list_reader()).await?)
    }
}

/// Loads the entries of the account with these ids that meet a condition.
pub(crate) async fn load_entries(
    store: &Store,
    account: AccountId,
    ids: &[Uuid],
    condition: &str,
) -> Result<Vec<Model>> {
    let columns = &[("account_id", ColumnType::Uuid), ("id", ColumnType::Uuid)];
    let is_of_ids = in_rows_sql(store.backend(), columns);
    let rows: Vec<_> = ids.iter().map(|id| row![account.0, *id]).collect();
    let sql = format!("SELECT * FROM audit_entries WHERE {is_of_ids} AND {condition}");
    let statement = Statement::from_sql_and_values(store.backend(), sql, [rows_to_json(&rows)?.into()]);
    Ok(Model::find_by_statement(statement).all(store.list_reader()).await?)
}
