//! Write-behind times of the last use of API tokens, to the minute, and of the last visits of customers.

use std::collections::BTreeMap;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::visits::{VISIT_INTERVAL_MS, Visit};
use crate::store::entity::{api_tokens, customers};
use crate::store::row_values::{ColumnType, in_rows, row};
use crate::{Result, Service};

/// Tokens updated by one statement.
const TOKENS_PER_STATEMENT: usize = 500;

/// Customers updated by one transaction, so that other writers do not wait long.
const CUSTOMERS_PER_TXN: usize = 100;

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
    let visits = service.access.visits.take();
    let mut rest: Vec<(Uuid, Visit)> = visits.into_iter().collect();
    while !rest.is_empty() {
        let later = rest.split_off(rest.len().min(CUSTOMERS_PER_TXN));
        let written = write_visits(service, &rest).await;
        if let Err(error) = written {
            service.access.visits.restore(rest.into_iter().chain(later).collect());
            return Err(error);
        }
        rest = later;
    }
    Ok(())
}

/// Writes visits in the order of the customers, in which all transactions lock them. A stored visit stays for five
/// minutes, whatever number of nodes saw the customer.
async fn write_visits(service: &Service, visits: &[(Uuid, Visit)]) -> Result<()> {
    use customers::Column as C;
    let txn = service.begin_write().await?;
    for (customer, visit) in visits {
        // An erased customer has neither a name nor an address, and gets no time again.
        let is_person = || Condition::any().add(C::Email.is_not_null()).add(C::Name.is_not_null());
        let update = || customers::Entity::update_many().filter(C::Id.eq(*customer)).filter(is_person());
        let is_older = |column: C, at: i64| Condition::any().add(column.is_null()).add(column.lt(at));
        // A sign-in is never later than the last visit.
        let pause = if visit.login_at.is_some() { 0 } else { VISIT_INTERVAL_MS };
        update()
            .col_expr(C::LastSeenAt, Expr::value(visit.seen_at))
            .filter(is_older(C::LastSeenAt, visit.seen_at - pause))
            .exec(txn.conn())
            .await?;
        if let Some(login_at) = visit.login_at {
            update()
                .col_expr(C::LastLoginAt, Expr::value(login_at))
                .filter(is_older(C::LastLoginAt, login_at))
                .exec(txn.conn())
                .await?;
        }
    }
    txn.commit().await
}
