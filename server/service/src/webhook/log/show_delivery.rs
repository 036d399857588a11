//! One delivery with its payload and attempts.

use domain::permission::Permission;
use domain::view::DeliveryView;
use domain::{WebhookDeliveryId, WebhookId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use crate::store::entity::{webhook_attempts, webhook_deliveries};
use crate::webhook::view::DeliverySummary;
use crate::webhook::{scope, sealed, view};
use crate::{Actor, Error, Result, Service};

/// Attempts on the page.
const MAX_ATTEMPTS: u64 = 50;

/// Returns a delivery. Roles that may not see license keys get neither the payload nor the answers.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such delivery or its webhook is deleted,
/// or the database fails.
#[tracing::instrument(name = "webhook.show_delivery", skip_all, fields(account = %actor.account, delivery = %id), err(level = "debug"))]
pub async fn show_delivery(service: &Service, actor: &Actor, id: WebhookDeliveryId) -> Result<DeliveryView> {
    actor.require(Permission::Read)?;
    let db = service.store.read();
    let row = webhook_deliveries::Entity::find_by_id(id.0)
        .filter(webhook_deliveries::Column::AccountId.eq(actor.account.0))
        .one(db)
        .await?
        .ok_or(Error::NotFound)?;
    let webhook = scope::webhook(db, actor.account, WebhookId(row.webhook_id)).await?;
    let attempts = webhook_attempts::Entity::find()
        .filter(webhook_attempts::Column::DeliveryId.eq(id.0))
        .order_by_desc(webhook_attempts::Column::Id)
        .limit(MAX_ATTEMPTS)
        .all(db)
        .await?;
    let sees_keys = actor.allows(Permission::RevealKey);
    let attempts = attempts.iter().map(|attempt| view::attempt(&service.keys, attempt, sees_keys));
    let payload =
        sees_keys.then(|| sealed::open_body(&service.keys, row.id, &row.body_sealed)).transpose()?;
    let summary = DeliverySummary {
        id: row.id,
        event: row.event,
        state: row.state,
        attempts: row.attempts,
        due_at: row.due_at,
        created_at: row.created_at,
    };
    Ok(DeliveryView {
        webhook: view::webhook(&webhook)?,
        delivery: view::delivery(&summary)?,
        payload,
        attempts: attempts.collect::<Result<_>>()?,
    })
}
