//! Deletes a webhook.

use domain::WebhookId;
use domain::event::Event;
use domain::permission::Permission;
use domain::webhook::Trigger;
use sea_orm::EntityTrait as _;

use super::audit_event::audit_event;
use super::scope;
use crate::store::change_sink::Change;
use crate::store::entity::webhooks;
use crate::{Actor, Result, Service};

/// Deletes a webhook. Workers drop the deliveries that wait; the log stays for 30 days.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such webhook, or the database fails.
#[tracing::instrument(name = "webhook.delete", skip_all, fields(account = %actor.account, webhook = %id), err(level = "debug"))]
pub async fn delete(service: &Service, actor: &Actor, id: WebhookId) -> Result<()> {
    actor.require(Permission::ManageWebhooks)?;
    let mut txn = service.begin_write().await?;
    let row = scope::lock_webhook(&txn, actor.account, id).await?;
    let change = Change::of_object(actor.account, Trigger::Recorded(Event::WebhookDeleted), id.0);
    txn.capture(&[change]).await?;
    webhooks::Entity::delete_by_id(row.id).exec(txn.conn()).await?;
    txn.record_about(actor, id.0, audit_event(Event::WebhookDeleted, id.0, row.name));
    txn.invalidate(actor.account.0);
    txn.commit().await
}
