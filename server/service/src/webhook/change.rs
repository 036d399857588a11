//! Changes a webhook.

use domain::WebhookId;
use domain::event::Event;
use domain::permission::Permission;
use domain::view::WebhookView;
use domain::webhook::{
    Health, SignatureScheme, Subscriptions, WebhookName, WebhookSecret, WebhookStatus, WebhookUrl,
};
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _};

use super::audit_event::audit_event;
use super::changes::{status_change, webhook_changes};
use super::{scope, sealed, stored, view};
use crate::secrets::Keyring;
use crate::store::entity::webhooks;
use crate::{Actor, Result, Service};

/// What changes. `None` leaves a value as it is.
#[derive(Default)]
pub struct WebhookChange {
    /// The name.
    pub name: Option<WebhookName>,
    /// The receiver.
    pub url: Option<WebhookUrl>,
    /// Whether events are sent. Enabling lifts a suspension.
    pub is_enabled: Option<bool>,
    /// The events.
    pub events: Option<Subscriptions>,
    /// How deliveries are signed.
    pub scheme: Option<SignatureScheme>,
    /// A new secret, which replaces the former one at once.
    pub secret: Option<WebhookSecret>,
    /// Lifts a suspension.
    pub resumes: bool,
}

/// Changes a webhook. Values that it has already are no change.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such webhook, or the database fails.
#[tracing::instrument(name = "webhook.change", skip_all, fields(account = %actor.account, webhook = %id), err(level = "debug"))]
pub async fn change(
    service: &Service,
    actor: &Actor,
    id: WebhookId,
    change: WebhookChange,
) -> Result<WebhookView> {
    actor.require(Permission::ManageWebhooks)?;
    let mut txn = service.begin_write().await?;
    let before = scope::lock_webhook(&txn, actor.account, id).await?;
    let now = txn.now().millis();
    let resumes = change.resumes || change.is_enabled == Some(true);
    let mut after = before.clone();
    apply(&service.keys, &mut after, change, now)?;
    let has_changed = after != before;
    let changes = webhook_changes(&before, &after);
    let is_resumed = resumes && stored::status(&before)? == WebhookStatus::Suspended;
    if is_resumed {
        stored::set_health(&mut after, Health::fresh(stored::health(&before)?.last_succeeded_at));
    }
    if after == before {
        return view::webhook(&before);
    }
    after.updated_at = now;
    let answer = view::webhook(&after)?;
    let status = after.status.clone();
    webhooks::Entity::update(after.into_active_model().reset_all()).exec(txn.conn()).await?;
    if has_changed {
        let entry = audit_event(Event::WebhookUpdated, id.0, answer.name.clone());
        txn.record_about(actor, id.0, entry.changes(changes));
    }
    if is_resumed {
        let entry = audit_event(Event::WebhookResumed, id.0, answer.name.clone());
        txn.record_about(actor, id.0, entry.changes(status_change(&before.status, &status)));
    }
    txn.invalidate(actor.account.0);
    txn.commit().await?;
    Ok(answer)
}

fn apply(keys: &Keyring, model: &mut webhooks::Model, change: WebhookChange, now: i64) -> Result<()> {
    let WebhookChange { name, url, is_enabled, events, scheme, secret, resumes: _ } = change;
    let (was_enabled, former) = (model.is_enabled, Subscriptions::from_storage(&model.events));
    let adds_expiry_event = events.as_ref().is_some_and(|events| events.adds_expiry_event(&former));
    if let Some(name) = name {
        model.name = name.to_string();
    }
    if let Some(url) = url {
        model.url = url.to_string();
    }
    model.is_enabled = is_enabled.unwrap_or(model.is_enabled);
    if let Some(events) = events {
        model.events = events.to_storage();
    }
    if let Some(scheme) = scheme {
        scheme.as_str().clone_into(&mut model.scheme);
    }
    if let Some(secret) = secret.filter(|secret| is_new(keys, model, secret)) {
        model.secret_sealed = sealed::seal_secret(keys, model.id, &secret)?;
        model.secret_last_four = secret.last_four();
        (model.previous_secret_sealed, model.previous_secret_until) = (None, None);
    }
    // Another change of the list keeps the time: an expiry that is due and not written yet would be lost.
    if model.is_enabled && (!was_enabled || adds_expiry_event) {
        model.events_since = now;
    }
    Ok(())
}

/// Returns whether a secret differs from the present one. One that can't be opened is replaced.
fn is_new(keys: &Keyring, model: &webhooks::Model, secret: &WebhookSecret) -> bool {
    sealed::open_secret(keys, model)
        .map_or(true, |present| !crate::secrets::constant_time_eq(present.expose(), secret.expose()))
}
