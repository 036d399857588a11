//! Write-behind times of the last use of API tokens, to the minute, and of the last visits of customers.

use std::collections::{BTreeMap, HashMap};

use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::visits::{VISIT_INTERVAL_MS, Visit};
use crate::store::bulk_write::{BulkWrite, execute_all};
use crate::store::entity::{api_tokens, customers};
use crate::store::row_values::{ColumnType, Columns, RowValues, in_rows, row};
use crate::{Result, Service};

/// Tokens updated by one statement.
const TOKENS_PER_STATEMENT: usize = 500;

/// Customers updated by one transaction, so that other writers do not wait long.
const CUSTOMERS_PER_TXN: usize = 100;

const ID_COLUMN: Columns = &[("id", ColumnType::Uuid)];
const VISIT_COLUMNS: Columns =
    &[("customer_id", ColumnType::Uuid), ("seen_at", ColumnType::Int), ("login_at", ColumnType::Int)];

/// Writes the times of last uses and visits to the database, for a background worker.
///
/// # Errors
/// Returns an error if the database fails. The times stay in memory.
pub async fn flush_last_uses(service: &Service) -> Result<()> {
    flush_uses(service).await?;
    flush_visits(service).await
}

async fn flush_uses(service: &Service) -> Result<()> {
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

async fn flush_visits(service: &Service) -> Result<()> {
    let mut visits = service.access.visits.take();
    loop {
        let batch = visits.first(CUSTOMERS_PER_TXN);
        if batch.is_empty() {
            return Ok(());
        }
        write_visits(service, &batch).await?;
        visits.set_written(&batch);
    }
}

/// Writes the visits that are later than the stored ones. A stored visit stays for five minutes, whatever number of nodes
/// saw the customer.
async fn write_visits(service: &Service, visits: &[(Uuid, Visit)]) -> Result<()> {
    let ids: Vec<RowValues> = visits.iter().map(|(id, _)| row![*id]).collect();
    let stored: Vec<(Uuid, Option<i64>, Option<i64>)> = customers::Entity::find()
        .select_only()
        .columns([customers::Column::Id, customers::Column::LastSeenAt, customers::Column::LastLoginAt])
        .filter(in_rows(service.store.backend(), ID_COLUMN, &ids)?)
        .into_tuple()
        .all(service.store.read())
        .await?;
    let stored: HashMap<Uuid, (Option<i64>, Option<i64>)> =
        stored.into_iter().map(|(id, seen_at, login_at)| (id, (seen_at, login_at))).collect();
    let stored_of = |id: &Uuid| stored.get(id).copied();
    let later: Vec<&(Uuid, Visit)> = visits
        .iter()
        .filter(|(id, visit)| stored_of(id).is_some_and(|stored| is_later(visit, stored)))
        .collect();
    if later.is_empty() {
        return Ok(());
    }
    let rows = later.iter().map(|(id, visit)| row![*id, visit.seen_at, visit.login_at]).collect();
    let ids: Vec<RowValues> = later.iter().map(|(id, _)| row![*id]).collect();
    let txn = service.begin_write().await?;
    // In the order in which all transactions lock customers.
    customers::Entity::find()
        .select_only()
        .column(customers::Column::Id)
        .filter(in_rows(service.store.backend(), ID_COLUMN, &ids)?)
        .order_by_asc(customers::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .into_tuple::<Uuid>()
        .all(txn.conn())
        .await?;
    let write = BulkWrite::new(VISIT_COLUMNS, rows, |from| {
        // Another node may have written meanwhile. An erased customer has neither a name nor an address, and gets no time
        // again.
        format!(
            "UPDATE customers SET \
             last_seen_at = CASE WHEN last_seen_at > v.seen_at THEN last_seen_at ELSE v.seen_at END, \
             last_login_at = CASE WHEN v.login_at IS NULL OR last_login_at > v.login_at \
             THEN last_login_at ELSE v.login_at END \
             FROM {from} WHERE customers.id = v.customer_id \
             AND (customers.email IS NOT NULL OR customers.name IS NOT NULL)"
        )
    });
    execute_all(txn.conn(), vec![write.allow_any_row_count()], Vec::new()).await?;
    txn.commit().await
}

/// Returns whether a visit is written over the stored times of the last visit and of the last sign-in.
fn is_later(visit: &Visit, (seen_at, login_at): (Option<i64>, Option<i64>)) -> bool {
    let is_due = |stored: Option<i64>, at: i64| stored.is_none_or(|stored| stored < at);
    // A sign-in is never later than the last visit.
    let pause = if visit.login_at.is_some() { 0 } else { VISIT_INTERVAL_MS };
    is_due(seen_at, visit.seen_at - pause) || visit.login_at.is_some_and(|at| is_due(login_at, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visits_are_not_written_over_later_or_recent_ones() {
        let pause = VISIT_INTERVAL_MS;
        let seen = |seen_at| Visit { seen_at, login_at: None };
        assert!(is_later(&seen(1), (None, None)));
        assert!(!is_later(&seen(pause), (Some(0), None)));
        assert!(is_later(&seen(pause + 1), (Some(0), None)));
        let login = Visit { seen_at: 7, login_at: Some(7) };
        assert!(is_later(&login, (Some(6), Some(6))));
        assert!(is_later(&login, (Some(9), Some(6))), "another node saw the customer later");
        assert!(!is_later(&login, (Some(7), Some(7))), "it is stored");
        assert!(!is_later(&login, (Some(9), Some(8))), "another node has a later one");
    }
}
