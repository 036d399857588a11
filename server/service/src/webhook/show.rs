//! One webhook.

use domain::WebhookId;
use domain::permission::Permission;
use domain::view::WebhookView;

use super::{scope, view};
use crate::{Actor, Result, Service};

/// Returns a webhook.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such webhook, or the database fails.
#[tracing::instrument(name = "webhook.show", skip_all, fields(account = %actor.account, webhook = %id), err(level = "debug"))]
pub async fn show(service: &Service, actor: &Actor, id: WebhookId) -> Result<WebhookView> {
    actor.require(Permission::Read)?;
    view::webhook(&scope::webhook(service.store.read(), actor.account, id).await?)
}
