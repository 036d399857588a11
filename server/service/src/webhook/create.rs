//! Makes a webhook.

use domain::event::Event;
use domain::permission::Permission;
use domain::view::WebhookView;
use domain::webhook::{MAX_WEBHOOKS, WebhookSecret, WebhookSettings, WebhookStatus};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _,
    QueryFilter as _,
};

use super::audit_event::audit_event;
use super::{sealed, view};
use crate::store::entity::webhooks;
use crate::store::scope::lock_account;
use crate::{Actor, Error, Result, Service, new_id, random};

/// A webhook that was made, or got a new secret.
pub struct NewWebhook {
    /// The webhook.
    pub webhook: WebhookView,
    /// The secret in clear, which is shown once.
    pub secret: WebhookSecret,
}

/// Makes a webhook. Without a secret, one is generated.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails; [`Error::Conflict`] if the account
/// has 50 webhooks.
#[tracing::instrument(name = "webhook.create", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn create(
    service: &Service,
    actor: &Actor,
    settings: WebhookSettings,
    secret: Option<WebhookSecret>,
) -> Result<NewWebhook> {
    actor.require(Permission::ManageWebhooks)?;
    service.webhooks()?;
    let secret = secret.unwrap_or_else(generate_secret);
    let mut txn = service.begin_write().await?;
    lock_account(&txn, actor.account).await?;
    let of_account = webhooks::Entity::find().filter(webhooks::Column::AccountId.eq(actor.account.0));
    if of_account.count(txn.conn()).await? >= MAX_WEBHOOKS {
        return Err(Error::Conflict(format!("An account has at most {MAX_WEBHOOKS} webhooks.")));
    }
    let (id, now) = (new_id(), txn.now().millis());
    let row = webhooks::Model {
        id,
        account_id: actor.account.0,
        name: settings.name.to_string(),
        url: settings.url.to_string(),
        secret_sealed: sealed::seal_secret(&service.keys, id, &secret)?,
        secret_last_four: secret.last_four(),
        previous_secret_sealed: None,
        previous_secret_until: None,
        scheme: settings.scheme.as_str().to_owned(),
        is_enabled: settings.is_enabled,
        events: settings.events.to_storage(),
        events_since: now,
        status: WebhookStatus::Healthy.as_str().to_owned(),
        consecutive_failures: 0,
        failing_since: None,
        last_succeeded_at: None,
        created_at: now,
        updated_at: now,
    };
    let webhook = view::webhook(&row)?;
    let insert = row.into_active_model().reset_all();
    webhooks::Entity::insert(insert).exec_without_returning(txn.conn()).await?;
    txn.record_about(actor, id, audit_event(Event::WebhookCreated, id, webhook.name.clone()));
    txn.invalidate(actor.account.0);
    txn.commit().await?;
    Ok(NewWebhook { webhook, secret })
}

/// Generates a secret of the form of Standard Webhooks: `whsec_` and base64 of 32 random bytes.
pub(super) fn generate_secret() -> WebhookSecret {
    let bytes = data_encoding::BASE64.encode(&random::bytes::<32>());
    WebhookSecret::from_storage(format!("whsec_{bytes}"))
}
