//! Webhooks and deliveries of an account. Those of another account are reported as not found.

use domain::{AccountId, WebhookDeliveryId, WebhookId};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use crate::store::WriteTxn;
use crate::store::entity::{webhook_deliveries, webhooks};
use crate::{Error, Result};

/// Loads a webhook of the account.
pub(super) async fn webhook(
    db: &impl ConnectionTrait,
    account: AccountId,
    id: WebhookId,
) -> Result<webhooks::Model> {
    let find = webhooks::Entity::find_by_id(id.0).filter(webhooks::Column::AccountId.eq(account.0));
    find.one(db).await?.ok_or(Error::NotFound)
}

/// Loads a webhook of the account and locks it until the transaction ends.
pub(super) async fn lock_webhook(
    txn: &WriteTxn,
    account: AccountId,
    id: WebhookId,
) -> Result<webhooks::Model> {
    let mut find = webhooks::Entity::find_by_id(id.0).filter(webhooks::Column::AccountId.eq(account.0));
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    find.one(txn.conn()).await?.ok_or(Error::NotFound)
}

/// Loads a delivery of the account and locks it until the transaction ends.
pub(super) async fn lock_delivery(
    txn: &WriteTxn,
    account: AccountId,
    id: WebhookDeliveryId,
) -> Result<webhook_deliveries::Model> {
    let mut find = webhook_deliveries::Entity::find_by_id(id.0)
        .filter(webhook_deliveries::Column::AccountId.eq(account.0));
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    find.one(txn.conn()).await?.ok_or(Error::NotFound)
}
