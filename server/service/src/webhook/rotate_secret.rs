//! Gives a webhook a new secret.

use domain::WebhookId;
use domain::event::Event;
use domain::permission::Permission;
use domain::time::DAY_MS;
use domain::webhook::WebhookSecret;
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _};

use super::audit_event::audit_event;
use super::changes::webhook_changes;
use super::create::{NewWebhook, generate_secret};
use super::{scope, sealed, view};
use crate::store::entity::webhooks;
use crate::{Actor, Result, Service};

/// Longest overlap of two secrets, in milliseconds.
pub const MAX_OVERLAP_MS: i64 = 7 * DAY_MS;

/// Gives a webhook a new secret, which is generated if none is given. Both secrets sign during the overlap.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such webhook, or the database fails.
#[tracing::instrument(name = "webhook.rotate_secret", skip_all, fields(account = %actor.account, webhook = %id), err(level = "debug"))]
pub async fn rotate_secret(
    service: &Service,
    actor: &Actor,
    id: WebhookId,
    secret: Option<WebhookSecret>,
    overlap_ms: i64,
) -> Result<NewWebhook> {
    actor.require(Permission::ManageWebhooks)?;
    let secret = secret.unwrap_or_else(generate_secret);
    let mut txn = service.begin_write().await?;
    let mut row = scope::lock_webhook(&txn, actor.account, id).await?;
    let before = row.clone();
    let now = txn.now();
    let overlap_ms = overlap_ms.clamp(0, MAX_OVERLAP_MS);
    if overlap_ms == 0 {
        (row.previous_secret_sealed, row.previous_secret_until) = (None, None);
    } else {
        let former = sealed::open_secret(&service.keys, &row)?;
        row.previous_secret_sealed = Some(sealed::seal_previous_secret(&service.keys, row.id, &former)?);
        row.previous_secret_until = Some(now.plus_millis(overlap_ms).millis());
    }
    row.secret_sealed = sealed::seal_secret(&service.keys, row.id, &secret)?;
    row.secret_last_four = secret.last_four();
    row.updated_at = now.millis();
    let webhook = view::webhook(&row)?;
    let changes = webhook_changes(&before, &row);
    webhooks::Entity::update(row.into_active_model().reset_all()).exec(txn.conn()).await?;
    let entry = audit_event(Event::WebhookSecretRotated, id.0, webhook.name.clone());
    txn.record_about(actor, id.0, entry.changes(changes));
    // Nodes that have leased deliveries read the secrets anew.
    txn.invalidate(actor.account.0);
    txn.commit().await?;
    Ok(NewWebhook { webhook, secret })
}
