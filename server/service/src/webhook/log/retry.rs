//! Sends a delivery again, by hand.

use domain::event::Event;
use domain::permission::Permission;
use domain::view::WebhookLogEntry;
use domain::{WebhookAttemptId, WebhookDeliveryId, WebhookId};

use super::schedule::{Again, is_ended, schedule};
use super::show_log_entry::{find, show_log_entry};
use crate::webhook::audit_event::audit_event;
use crate::webhook::scope;
use crate::{Actor, Error, Result, Service};

/// Sends a delivery again at once: the same body and id, with a new time. Also while its webhook is suspended or
/// disabled. Returns the id of the new entry in the log.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such delivery or its webhook is deleted,
/// or the database fails; [`Error::Conflict`] if the delivery waits already.
#[tracing::instrument(name = "webhook.retry", skip_all, fields(account = %actor.account, delivery = %id), err(level = "debug"))]
pub async fn retry(service: &Service, actor: &Actor, id: WebhookDeliveryId) -> Result<WebhookAttemptId> {
    actor.require(Permission::ManageWebhooks)?;
    let webhooks = service.webhooks()?;
    let mut txn = service.begin_write().await?;
    let delivery = scope::lock_delivery(&txn, actor.account, id).await?;
    let webhook = scope::webhook(txn.conn(), actor.account, WebhookId(delivery.webhook_id)).await?;
    if !is_ended(&delivery) {
        return Err(Error::Conflict("This delivery waits for its next attempt already.".into()));
    }
    let again = Again { id: delivery.id, event: delivery.event };
    let detail = format!("{}: {}", webhook.name, again.event);
    let entries = schedule(&mut txn, &webhook, &[again]);
    txn.record(actor, audit_event(Event::WebhookRequested, webhook.id, detail));
    txn.commit().await?;
    webhooks.wake.notify_one();
    let entry = entries.into_iter().next();
    entry.map(WebhookAttemptId).ok_or_else(|| Error::Internal("a delivery was not scheduled".into()))
}

/// Sends the delivery of an entry of the log again. Returns the new entry. Errors as [`retry`].
///
/// # Errors
/// See [`retry`].
pub async fn retry_entry(service: &Service, actor: &Actor, id: WebhookAttemptId) -> Result<WebhookLogEntry> {
    actor.require(Permission::ManageWebhooks)?;
    let entry = find(service.store.read(), actor.account, id).await?;
    let new = retry(service, actor, WebhookDeliveryId(entry.delivery_id)).await?;
    show_log_entry(service, actor, new).await
}
