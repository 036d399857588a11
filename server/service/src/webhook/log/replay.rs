//! Sends the deliveries of a span of time again.

use domain::event::Event;
use domain::permission::Permission;
use domain::webhook::DeliveryState;
use domain::{Timestamp, WebhookId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use super::schedule::{Again, schedule};
use crate::store::WriteTxn;
use crate::store::entity::webhook_deliveries;
use crate::webhook::audit_event::audit_event;
use crate::webhook::scope;
use crate::{Actor, Result, Service, random};

/// Most deliveries of one replay.
pub const MAX_REPLAYED: u64 = 10_000;
/// Deliveries scheduled by one transaction, so that other writers do not wait long.
const DELIVERIES_PER_TXN: u64 = 500;

/// The deliveries of a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replay {
    /// Events that happened at this time or later.
    pub from: Timestamp,
    /// Events that happened before this time. `None`: until now.
    pub to: Option<Timestamp>,
    /// Failed and skipped deliveries alone.
    pub only_failed: bool,
}

/// Sends deliveries of a webhook again, the oldest first. Returns their number, at most 10,000.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such webhook, or the database fails. Some
/// deliveries may be scheduled then.
#[tracing::instrument(name = "webhook.replay", skip_all, fields(account = %actor.account, webhook = %id), err(level = "debug"))]
pub async fn replay(service: &Service, actor: &Actor, id: WebhookId, replay: Replay) -> Result<u64> {
    actor.require(Permission::ManageWebhooks)?;
    let webhooks = service.webhooks()?;
    let now = service.now();
    let to = replay.to.unwrap_or(now.plus_seconds(1));
    let (mut after, last) = (random::first_id_at(replay.from), random::first_id_at(to));
    let mut scheduled = 0;
    while scheduled < MAX_REPLAYED {
        let mut txn = service.begin_write().await?;
        let webhook = scope::webhook(txn.conn(), actor.account, id).await?;
        let limit = DELIVERIES_PER_TXN.min(MAX_REPLAYED - scheduled);
        let batch = next_deliveries(&txn, id, (after, last), replay.only_failed, limit).await?;
        let Some(end) = batch.last().map(|delivery| delivery.id) else { break };
        after = next_id(end);
        scheduled += schedule(&mut txn, &webhook, &batch).len() as u64;
        if batch.len() as u64 == scheduled {
            txn.record(
                actor,
                audit_event(Event::WebhookRequested, id.0, format!("{}: replay", webhook.name)),
            );
        }
        txn.commit().await?;
        webhooks.wake.notify_one();
    }
    Ok(scheduled)
}

/// Loads and locks the next deliveries that do not wait, from an id to before another.
async fn next_deliveries(
    txn: &WriteTxn,
    webhook: WebhookId,
    (from, to): (Uuid, Uuid),
    only_failed: bool,
    limit: u64,
) -> Result<Vec<Again>> {
    use webhook_deliveries::Column as D;
    let failed = [DeliveryState::Failed, DeliveryState::Skipped];
    let all = [DeliveryState::Failed, DeliveryState::Skipped, DeliveryState::Succeeded];
    let states = if only_failed { failed.as_slice() } else { all.as_slice() };
    let mut find = webhook_deliveries::Entity::find()
        .select_only()
        .columns([D::Id, D::Event])
        .filter(D::WebhookId.eq(webhook.0))
        .filter(D::Id.gte(from))
        .filter(D::Id.lt(to))
        .filter(D::State.is_in(states.iter().map(|state| state.as_str())))
        .order_by_asc(D::Id)
        .limit(limit);
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    let rows: Vec<(Uuid, String)> = find.into_tuple().all(txn.conn()).await?;
    Ok(rows.into_iter().map(|(id, event)| Again { id, event }).collect())
}

/// Returns the id that follows.
fn next_id(id: Uuid) -> Uuid {
    Uuid::from_u128(id.as_u128().saturating_add(1))
}
