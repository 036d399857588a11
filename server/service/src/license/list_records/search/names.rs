//! The names of the account's organizations or tags, among which words are looked for.

use domain::{AccountId, text_key};
use sea_orm::{FromQueryResult, Statement, Value};
use uuid::Uuid;

use super::super::limits::{MAX_CANDIDATES, MOST};
use super::word::Word;
use crate::{Result, Service};

#[derive(FromQueryResult)]
struct NameRow {
    id: Uuid,
    name: String,
}

/// Names of objects of one table.
pub(super) struct Names<'a> {
    service: &'a Service,
    account: AccountId,
    table: &'static str,
    /// All of them; `None` if they are more than a list looks at.
    all: Option<Vec<NameRow>>,
}

impl<'a> Names<'a> {
    /// Reads the names of a table with the columns `account_id`, `name` and `name_key`.
    pub async fn load(service: &'a Service, account: AccountId, table: &'static str) -> Result<Self> {
        // With the conditions of the index by name, which no other statement reads.
        let sql = format!(
            "SELECT id, name FROM {table} WHERE account_id = $1 AND name >= '' AND name >= $2 \
             ORDER BY name ASC, id ASC LIMIT {MOST}"
        );
        let rows = read(service, sql, [account.0.into(), "".into()]).await?;
        let all = Some(rows).filter(|rows| rows.len() <= MAX_CANDIDATES);
        Ok(Self { service, account, table, all })
    }

    /// Returns the objects of whose name the word begins a word. Among very many names, those that begin with the word
    /// are found. `None` if they are too many.
    pub async fn with(&self, word: &Word) -> Result<Option<Vec<Uuid>>> {
        if let Some(all) = &self.all {
            return Ok(Some(all.iter().filter(|row| word.is_in_name(&row.name)).map(|row| row.id).collect()));
        }
        let sql = format!(
            "SELECT id, name FROM {} WHERE account_id = $1 AND name_key >= $2 AND name_key < $3 LIMIT {MOST}",
            self.table
        );
        let mut found = Vec::new();
        for beginning in word.beginnings() {
            let key = text_key::key(beginning);
            let end = format!("{key}\u{10FFFF}");
            let rows =
                read(self.service, sql.clone(), [self.account.0.into(), key.into(), end.into()]).await?;
            if rows.len() > MAX_CANDIDATES {
                return Ok(None);
            }
            found.extend(rows.into_iter().map(|row| row.id));
        }
        Ok(Some(found))
    }
}

async fn read(
    service: &Service,
    sql: String,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<NameRow>> {
    let statement = Statement::from_sql_and_values(service.store.backend(), sql, values);
    Ok(NameRow::find_by_statement(statement).all(service.store.list_reader()).await?)
}
