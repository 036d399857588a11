//! Changes a connection to a shop.

use domain::event::Event;
use domain::permission::Permission;
use domain::purchase::{ShopSecret, ShopSettings};
use domain::time::DAY_MS;
use domain::{ShopConnectionId, Timestamp};
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _};

use super::audit_event::audit_event;
use super::{scope, sealed};
use crate::store::entity::shop_connections;
use crate::{Actor, Result, Service};

/// How long the former secret is taken beside the new one, in milliseconds.
const FORMER_SECRET_MS: i64 = DAY_MS;

/// What changes. Has no `Debug`, because of its secret.
pub struct ShopChange {
    /// The settings; `None` leaves them.
    pub settings: Option<ShopSettings>,
    /// A new secret; `None` leaves it, and so does the present one. The former one is taken for a day more.
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
        replace_secret(service, &mut after, &secret, txn.now())?;
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

/// Replaces the secret. The present one is kept for a day, because the provider signs by it until the seller has set the
/// new one there. Events that wait to be sent again are signed by it, too. Of several changes, the last former one is
/// kept. A form that is sent twice changes nothing.
fn replace_secret(
    service: &Service,
    row: &mut shop_connections::Model,
    next: &ShopSecret,
    now: Timestamp,
) -> Result<()> {
    let present = sealed::open_replaced_secret(&service.keys, row);
    if present.as_ref().is_some_and(|present| present.expose() == next.expose()) {
        return Ok(());
    }
    (row.former_secret_sealed, row.former_secret_until) = (None, None);
    if let Some(present) = present {
        row.former_secret_sealed = Some(sealed::seal_former_secret(&service.keys, row.id, &present)?);
        row.former_secret_until = Some(now.plus_millis(FORMER_SECRET_MS).millis());
    }
    row.secret_sealed = Some(sealed::seal_secret(&service.keys, row.id, next)?);
    row.secret_last_four = Some(next.last_four());
    Ok(())
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
