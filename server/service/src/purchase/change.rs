//! Changes a connection to a shop.

use domain::ShopConnectionId;
use domain::event::Event;
use domain::permission::Permission;
use domain::purchase::{ShopSecret, ShopSettings};
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _};

use super::audit_event::audit_event;
use super::{scope, sealed};
use crate::store::entity::shop_connections;
use crate::{Actor, Result, Service};

/// What changes. Has no `Debug`, because of its secret.
pub struct ShopChange {
    /// The settings; `None` leaves them.
    pub settings: Option<ShopSettings>,
    /// A new secret, which replaces the former one at once; `None` leaves it.
    pub secret: Option<ShopSecret>,
}

/// Changes a connection. Events that were applied before stay as they are.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such connection, or the database fails.
#[tracing::instrument(name = "purchase.change", skip_all, fields(account = %actor.account, connection = %id), err(level = "debug"))]
pub async fn change(
    service: &Service,
    actor: &Actor,
    id: ShopConnectionId,
    change: ShopChange,
) -> Result<()> {
    actor.require(Permission::ManageWebhooks)?;
    let mut txn = service.begin_write().await?;
    let before = scope::lock_connection(&txn, actor.account, id).await?;
    let mut after = before.clone();
    if let Some(settings) = change.settings {
        apply(&mut after, settings);
    }
    if let Some(secret) = change.secret {
        after.secret_sealed = Some(sealed::seal_secret(&service.keys, id.0, &secret)?);
        after.secret_last_four = Some(secret.last_four());
    }
    if after == before {
        return Ok(());
    }
    after.updated_at = txn.now().millis();
    let name = after.name.clone();
    shop_connections::Entity::update(after.into_active_model().reset_all()).exec(txn.conn()).await?;
    txn.record_about(actor, id.0, audit_event(Event::ShopConnectionUpdated, id.0, name));
    txn.commit().await
}

fn apply(row: &mut shop_connections::Model, settings: ShopSettings) {
    let ShopSettings {
        name,
        issues_unmapped,
        on_payment_failed,
        on_refund,
        on_cancellation,
        grace_days,
        sends_keys,
        accepts_test_events,
    } = settings;
    row.name = name.to_string();
    row.issues_unmapped = issues_unmapped;
    on_payment_failed.as_str().clone_into(&mut row.on_payment_failed);
    on_refund.as_str().clone_into(&mut row.on_refund);
    on_cancellation.as_str().clone_into(&mut row.on_cancellation);
    row.grace_days = i32::try_from(grace_days).unwrap_or(0);
    row.sends_keys = sends_keys;
    row.accepts_test_events = accepts_test_events;
}
