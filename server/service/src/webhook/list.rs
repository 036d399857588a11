//! The webhooks of an account.

use domain::permission::Permission;
use domain::view::WebhookView;
use domain::webhook::MAX_WEBHOOKS;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use super::view;
use crate::store::entity::webhooks;
use crate::{Actor, Result, Service};

/// Returns the account's webhooks, the oldest first. There are few.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "webhook.list", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list(service: &Service, actor: &Actor) -> Result<Vec<WebhookView>> {
    actor.require(Permission::Read)?;
    let rows = webhooks::Entity::find()
        .filter(webhooks::Column::AccountId.eq(actor.account.0))
        .order_by_asc(webhooks::Column::Id)
        .limit(MAX_WEBHOOKS)
        .all(service.store.read())
        .await?;
    rows.iter().map(view::webhook).collect()
}
