//! The length and the age of the deliveries that wait, for the metrics.

use domain::Timestamp;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, FromQueryResult, QueryFilter as _, QuerySelect as _, Statement, Value,
};
use uuid::Uuid;

use super::claim::suspended_accounts;
use super::waiting::{WEBHOOKS_PER_READ, Waiting, waiting_after};
use crate::store::entity::webhooks;
use crate::{Result, Service};

/// Deliveries that are counted at most, so that a long queue makes no long statement.
const MAX_COUNTED: u64 = 10_000;
/// Reads of webhooks at most. Deliveries of the webhooks behind the first 2,048 do not show.
const MAX_READS: usize = 8;

/// The deliveries that wait, on all nodes, of the first 2,048 webhooks that have any. Those of suspended accounts are
/// left out, because none of them is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryBacklog {
    /// Their number, up to 10,000.
    pub length: u64,
    /// When the first of them is due.
    pub first_due_at: Option<Timestamp>,
}

#[derive(FromQueryResult)]
struct Length {
    length: i64,
}

/// Returns how many deliveries wait, and since when the first is due.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn backlog(service: &Service) -> Result<DeliveryBacklog> {
    let (mut length, mut first_due_at) = (0, None::<i64>);
    let mut after = Uuid::nil();
    for _ in 0..MAX_READS {
        let found = waiting_after(service, after).await?;
        let last = found.last().filter(|_| found.len() == WEBHOOKS_PER_READ).map(|last| last.webhook_id);
        let sending = of_active_accounts(service, found).await?;
        first_due_at = sending.iter().map(|webhook| webhook.due_at).chain(first_due_at).min();
        if length < MAX_COUNTED {
            length += count(service, &sending, MAX_COUNTED - length).await?;
        }
        let Some(last) = last else { break };
        after = last;
    }
    Ok(DeliveryBacklog { length, first_due_at: first_due_at.map(Timestamp::from_millis) })
}

/// Returns the webhooks whose accounts are not suspended. Those of a webhook that is gone are left out too.
async fn of_active_accounts(service: &Service, found: Vec<Waiting>) -> Result<Vec<Waiting>> {
    if found.is_empty() {
        return Ok(found);
    }
    let accounts: Vec<(Uuid, Uuid)> = webhooks::Entity::find()
        .select_only()
        .columns([webhooks::Column::Id, webhooks::Column::AccountId])
        .filter(webhooks::Column::Id.is_in(found.iter().map(|webhook| webhook.webhook_id)))
        .into_tuple()
        .all(service.store.read())
        .await?;
    let ids = accounts.iter().map(|(_, account)| *account).collect();
    let suspended = suspended_accounts(service.store.read(), ids).await?;
    let is_sending = |waiting: &Waiting| {
        accounts
            .iter()
            .any(|(webhook, account)| *webhook == waiting.webhook_id && !suspended.contains(account))
    };
    Ok(found.into_iter().filter(is_sending).collect())
}

async fn count(service: &Service, webhooks: &[Waiting], limit: u64) -> Result<u64> {
    if webhooks.is_empty() {
        return Ok(0);
    }
    let places: Vec<String> = (1..=webhooks.len()).map(|place| format!("${place}")).collect();
    // Literals, because the index is partial.
    let sql = format!(
        "SELECT COUNT(*) AS length FROM (SELECT webhook_id FROM webhook_deliveries WHERE state = 'pending' \
         AND webhook_id IN ({}) LIMIT {limit}) AS pending",
        places.join(", ")
    );
    let values = webhooks.iter().map(|webhook| Value::from(webhook.webhook_id));
    let statement = Statement::from_sql_and_values(service.store.backend(), sql, values);
    let length = Length::find_by_statement(statement).one(service.store.read()).await?;
    Ok(length.map_or(0, |row| u64::try_from(row.length).unwrap_or(0)))
}
