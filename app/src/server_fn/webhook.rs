//! Server functions of webhooks.

use domain::view::{DeliveryPage, DeliveryView, WebhookView};
use domain::webhook::DeliveryState;
use domain::{WebhookDeliveryId, WebhookId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::UiError;
use crate::context;
use crate::form::WebhookForm;

/// The page that shows a new secret.
const SECRET_PAGE: &str = "webhook";

/// The data of the page of a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookPage {
    /// The webhook with its deliveries.
    pub deliveries: DeliveryPage,
    /// The secret that was just made, in clear.
    pub secret: Option<String>,
}

/// Returns the account's webhooks.
///
/// # Errors
/// Returns an error if no user is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "webhooks")]
pub async fn webhooks() -> Result<Vec<WebhookView>, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::webhook::list(&service, &actor).await.map_err(context::to_ui_error)
}

/// Returns the webhooks whose receivers fail.
///
/// # Errors
/// Returns an error if no user is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "failing_webhooks")]
pub async fn failing_webhooks() -> Result<Vec<WebhookView>, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::webhook::list_failing(&service, &actor).await.map_err(context::to_ui_error)
}

/// Returns a webhook with its deliveries that are older than `before`, of one state if it is given.
///
/// # Errors
/// Returns `not_found` if the webhook does not exist.
#[server(prefix = "/_fn", endpoint = "webhook")]
pub async fn webhook(
    id: String,
    state: Option<DeliveryState>,
    before: Option<WebhookDeliveryId>,
) -> Result<WebhookPage, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let id: WebhookId = context::parse_id(&id)?;
    let deliveries = service::webhook::list_deliveries(&service, &actor, id, state, before).await;
    let deliveries = deliveries.map_err(context::to_ui_error)?;
    Ok(WebhookPage { deliveries, secret: context::take_one_time_text(SECRET_PAGE).await? })
}

/// Returns a webhook, for the form that changes it.
///
/// # Errors
/// Returns `not_found` if the webhook does not exist.
#[server(prefix = "/_fn", endpoint = "webhook_settings")]
pub async fn webhook_settings(id: String) -> Result<WebhookView, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::webhook::show(&service, &actor, context::parse_id(&id)?).await.map_err(context::to_ui_error)
}

/// Makes a webhook, and shows its secret once on its page.
///
/// # Errors
/// Returns `invalid` for an invalid field and `forbidden` if the role does not allow it.
#[server(prefix = "/_fn", endpoint = "create_webhook")]
pub async fn create_webhook(#[server(flatten)] form: WebhookForm) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let targets = service.webhook_targets().map_err(context::to_ui_error)?;
    let (settings, secret) = form.parse(targets).map_err(context::validation_error)?;
    let made = service::webhook::create(&service, &actor, settings, secret).await;
    let made = made.map_err(context::to_ui_error)?;
    context::store_one_time_text(SECRET_PAGE, made.secret.expose()).await?;
    context::redirect(&page_of(made.webhook.id));
    Ok(())
}

/// Changes a webhook.
///
/// # Errors
/// Returns `invalid` for an invalid field and `not_found` if the webhook does not exist.
#[server(prefix = "/_fn", endpoint = "change_webhook")]
pub async fn change_webhook(id: WebhookId, #[server(flatten)] form: WebhookForm) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let before = service::webhook::show(&service, &actor, id).await.map_err(context::to_ui_error)?;
    let targets = service.webhook_targets().map_err(context::to_ui_error)?;
    let change = form.parse_change(targets, &before.url, before.is_enabled);
    let change = change.map_err(context::validation_error)?;
    service::webhook::change(&service, &actor, id, change).await.map_err(context::to_ui_error)?;
    context::redirect(&page_of(id));
    Ok(())
}

/// Lifts the suspension of a webhook.
///
/// # Errors
/// Returns `not_found` if the webhook does not exist.
#[server(prefix = "/_fn", endpoint = "resume_webhook")]
pub async fn resume_webhook(id: WebhookId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let change = service::webhook::WebhookChange { resumes: true, ..Default::default() };
    service::webhook::change(&service, &actor, id, change).await.map(drop).map_err(context::to_ui_error)
}

/// Gives a webhook a new secret, and shows it once. The former one signs too for some hours.
///
/// # Errors
/// Returns `not_found` if the webhook does not exist.
#[server(prefix = "/_fn", endpoint = "rotate_webhook_secret")]
pub async fn rotate_webhook_secret(id: WebhookId, overlap_hours: i64) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let overlap_ms = overlap_hours.clamp(0, 168) * 3_600_000;
    let made = service::webhook::rotate_secret(&service, &actor, id, None, overlap_ms).await;
    let made = made.map_err(context::to_ui_error)?;
    context::store_one_time_text(SECRET_PAGE, made.secret.expose()).await?;
    context::redirect(&page_of(id));
    Ok(())
}

/// Sends a test, and leads to its delivery.
///
/// # Errors
/// Returns `not_found` if the webhook does not exist.
#[server(prefix = "/_fn", endpoint = "test_webhook")]
pub async fn test_webhook(id: WebhookId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let sent = service::webhook::send_test(&service, &actor, id, None).await.map_err(context::to_ui_error)?;
    context::redirect(&delivery_page_of(sent.delivery));
    Ok(())
}

/// Deletes a webhook.
///
/// # Errors
/// Returns `not_found` if the webhook does not exist.
#[server(prefix = "/_fn", endpoint = "delete_webhook")]
pub async fn delete_webhook(id: WebhookId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::webhook::delete(&service, &actor, id).await.map_err(context::to_ui_error)?;
    context::redirect("/settings/webhooks");
    Ok(())
}

/// Returns a delivery with its payload and attempts.
///
/// # Errors
/// Returns `not_found` if the delivery does not exist.
#[server(prefix = "/_fn", endpoint = "webhook_delivery")]
pub async fn webhook_delivery(id: String) -> Result<DeliveryView, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    let id: WebhookDeliveryId = context::parse_id(&id)?;
    service::webhook::show_delivery(&service, &actor, id).await.map_err(context::to_ui_error)
}

/// Sends a delivery again.
///
/// # Errors
/// Returns `conflict` if it waits already.
#[server(prefix = "/_fn", endpoint = "retry_webhook_delivery")]
pub async fn retry_webhook_delivery(id: WebhookDeliveryId) -> Result<(), UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::webhook::retry(&service, &actor, id).await.map(drop).map_err(context::to_ui_error)
}

/// Returns the path of a webhook's page.
fn page_of(id: WebhookId) -> String {
    format!("/settings/webhooks/{id}")
}

/// Returns the path of a delivery's page.
fn delivery_page_of(id: WebhookDeliveryId) -> String {
    format!("/settings/webhooks/deliveries/{id}")
}
