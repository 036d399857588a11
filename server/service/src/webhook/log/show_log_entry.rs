//! One entry of the log.

use std::collections::HashMap;

use domain::permission::Permission;
use domain::view::WebhookLogEntry;
use domain::{AccountId, WebhookAttemptId, WebhookDeliveryId, WebhookId};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use crate::secrets::Keyring;
use crate::store::entity::{webhook_attempts, webhook_deliveries};
use crate::webhook::{sealed, view};
use crate::{Actor, Error, Result, Service};

/// Returns an entry of the log.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such entry, or the database fails.
#[tracing::instrument(name = "webhook.show_log_entry", skip_all, fields(account = %actor.account, attempt = %id), err(level = "debug"))]
pub async fn show_log_entry(
    service: &Service,
    actor: &Actor,
    id: WebhookAttemptId,
) -> Result<WebhookLogEntry> {
    actor.require(Permission::Read)?;
    let db = service.store.read();
    let row = find(db, actor.account, id).await?;
    let sees_keys = actor.allows(Permission::RevealKey);
    let mut entries = entries(db, &service.keys, vec![row], sees_keys).await?;
    entries.pop().ok_or(Error::NotFound)
}

/// Loads the row of an entry of the account.
pub(super) async fn find(
    db: &impl ConnectionTrait,
    account: AccountId,
    id: WebhookAttemptId,
) -> Result<webhook_attempts::Model> {
    let find =
        webhook_attempts::Entity::find_by_id(id.0).filter(webhook_attempts::Column::AccountId.eq(account.0));
    find.one(db).await?.ok_or(Error::NotFound)
}

/// Converts rows of the log, with the payloads of their deliveries.
pub(super) async fn entries(
    db: &impl ConnectionTrait,
    keys: &Keyring,
    rows: Vec<webhook_attempts::Model>,
    sees_keys: bool,
) -> Result<Vec<WebhookLogEntry>> {
    let payloads = if sees_keys { payloads(db, keys, &rows).await? } else { HashMap::new() };
    let entry = |row: &webhook_attempts::Model| {
        // A payload that was deleted before its attempts is empty.
        let payload = sees_keys.then(|| payloads.get(&row.delivery_id).cloned().unwrap_or_default());
        entry_of(keys, row, payload)
    };
    rows.iter().map(entry).collect()
}

/// Converts a row of the log. Without a payload, the answer is left out too.
fn entry_of(
    keys: &Keyring,
    row: &webhook_attempts::Model,
    payload: Option<String>,
) -> Result<WebhookLogEntry> {
    Ok(WebhookLogEntry {
        attempt: view::attempt(keys, row, payload.is_some())?,
        webhook: WebhookId(row.webhook_id),
        delivery: WebhookDeliveryId(row.delivery_id),
        event: row.event.clone(),
        url: row.url.clone(),
        payload,
    })
}

async fn payloads(
    db: &impl ConnectionTrait,
    keys: &Keyring,
    rows: &[webhook_attempts::Model],
) -> Result<HashMap<Uuid, String>> {
    let found: Vec<(Uuid, Vec<u8>)> = webhook_deliveries::Entity::find()
        .select_only()
        .columns([webhook_deliveries::Column::Id, webhook_deliveries::Column::BodySealed])
        .filter(webhook_deliveries::Column::Id.is_in(rows.iter().map(|row| row.delivery_id)))
        .into_tuple()
        .all(db)
        .await?;
    found.into_iter().map(|(id, sealed)| Ok((id, sealed::open_body(keys, id, &sealed)?))).collect()
}
