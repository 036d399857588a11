//! The accounts whose webhooks take events of expiries.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::webhook::{Subscriptions, WebhookEvent};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use crate::store::entity::webhooks;
use crate::{Result, Service};

/// Webhooks read by one statement.
const WEBHOOKS_PER_READ: u64 = 500;

/// Accounts and events, with the time since which a webhook takes the event.
pub(super) type Subscribed = BTreeMap<(Uuid, WebhookEvent), Timestamp>;

/// Returns the accounts whose enabled webhooks take one of the events.
pub(super) async fn subscribed_to(service: &Service, events: &[WebhookEvent]) -> Result<Subscribed> {
    use webhooks::Column as W;
    let (mut found, mut after) = (Subscribed::new(), Uuid::nil());
    loop {
        let rows: Vec<(Uuid, Uuid, String, i64)> = webhooks::Entity::find()
            .select_only()
            .columns([W::Id, W::AccountId, W::Events, W::EventsSince])
            .filter(W::Id.gt(after))
            .filter(W::IsEnabled.eq(true))
            .order_by_asc(W::Id)
            .limit(WEBHOOKS_PER_READ)
            .into_tuple()
            .all(service.store.read())
            .await?;
        for (_, account, taken, since) in &rows {
            let taken = Subscriptions::from_storage(taken);
            let since = Timestamp::from_millis(*since);
            for event in events.iter().filter(|event| taken.matches(**event)) {
                let first = found.entry((*account, *event)).or_insert(since);
                *first = since.min(*first);
            }
        }
        match rows.last() {
            Some((last, ..)) if rows.len() as u64 == WEBHOOKS_PER_READ => after = *last,
            _ => return Ok(found),
        }
    }
}
