//! Write-behind times of the last use of API tokens, to the minute.

use std::collections::BTreeMap;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use crate::store::entity::api_tokens;
use crate::store::row_values::{ColumnType, in_rows, row};
use crate::{Result, Service};

/// Tokens updated by one statement.
const TOKENS_PER_STATEMENT: usize = 500;

/// Writes the times of last uses to the database, for a background worker.
///
/// # Errors
/// Returns an error if the database fails. The times stay in memory.
pub async fn flush_last_uses(service: &Service) -> Result<()> {
    let uses = service.access.take_uses();
    if uses.is_empty() {
        return Ok(());
    }
    let flushed = write(service, &uses).await;
    if flushed.is_err() {
        service.access.restore_uses(uses);
    }
    flushed
}

async fn write(service: &Service, uses: &BTreeMap<Uuid, i64>) -> Result<()> {
    let mut by_minute: BTreeMap<i64, Vec<Uuid>> = BTreeMap::new();
    for (token, minute) in uses {
        by_minute.entry(*minute).or_default().push(*token);
    }
    let txn = service.begin_write().await?;
    for (minute, tokens) in by_minute {
        for tokens in tokens.chunks(TOKENS_PER_STATEMENT) {
            let rows: Vec<_> = tokens.iter().map(|token| row![*token]).collect();
            let is_older = Condition::any()
                .add(api_tokens::Column::LastUsedAt.is_null())
                .add(api_tokens::Column::LastUsedAt.lt(minute));
            api_tokens::Entity::update_many()
                .col_expr(api_tokens::Column::LastUsedAt, Expr::value(minute))
                .filter(in_rows(service.store.backend(), &[("id", ColumnType::Uuid)], &rows)?)
                .filter(is_older)
                .exec(txn.conn())
                .await?;
        }
    }
    txn.commit().await
}
