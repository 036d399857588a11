//! `/webhooks`.

use axum::extract::State;
use axum::response::Response;
use domain::filter::{FieldKind, FilterField};
use domain::webhook::WebhookEvent;
use domain::{Scope, WebhookId};
use service::{Service, webhook};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use super::read_body;
use super::schema::{NewWebhook, WebhookChange, WebhookEvents};
use super::view::WebhookBody;
use crate::api::management_api::access::Caller;
use crate::api::management_api::answer;
use crate::api::management_api::body::Body;
use crate::api::management_api::document::list_parameters;
use crate::api::management_api::error::Result;
use crate::api::management_api::list::{ListQuery, ListTable};
use crate::api::management_api::path::Id;

static TABLE: ListTable = ListTable {
    fields: &[
        FilterField::text("name"),
        FilterField::text("url"),
        FilterField::boolean("enabled"),
        FilterField::boolean("active"),
        FilterField::new("status", FieldKind::Enumeration(&["healthy", "unhealthy", "suspended"])),
    ],
    sorts: &["name"],
    parameters: &[],
};

/// The parameters of the list.
struct ListParameters;

impl IntoParams for ListParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        list_parameters(&TABLE)
    }
}

/// List webhooks
#[utoipa::path(get, path = "/v3/webhooks", tag = "Webhooks", operation_id = "listWebhooks",
    security(("bearer" = ["webhook:read"])),
    params(ListParameters),
    responses((status = 200, description = "A page of webhooks.", body = Vec<WebhookBody>)))]
pub(super) async fn list(
    State(service): State<Service>,
    caller: Caller,
    query: ListQuery,
) -> Result<Response> {
    caller.require(Scope::WEBHOOK_READ)?;
    let list = query.parse(&TABLE)?;
    let page = webhook::list_page(&service, caller.actor(), &list.request).await?;
    list.answer(&page.map(WebhookBody::new))
}

/// List the names of events
///
/// A webhook takes these, patterns such as `license.*`, or `*`.
#[utoipa::path(get, path = "/v3/webhooks/events", tag = "Webhooks", operation_id = "listWebhookEvents",
    security(("bearer" = ["webhook:read"])),
    responses((status = 200, description = "All names.", body = WebhookEvents)))]
pub(super) async fn events(caller: Caller) -> Result<Response> {
    caller.require(Scope::WEBHOOK_READ)?;
    let names: Vec<&str> = WebhookEvent::ALL.iter().map(|event| event.as_str()).collect();
    answer::ok(&names)
}

/// Show a webhook
#[utoipa::path(get, path = "/v3/webhooks/{id}", tag = "Webhooks", operation_id = "showWebhook",
    security(("bearer" = ["webhook:read"])),
    params(("id" = uuid::Uuid, Path, description = "The webhook's id.")),
    responses((status = 200, description = "The webhook.", body = WebhookBody)))]
pub(super) async fn show(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::WEBHOOK_READ)?;
    let view = webhook::show(&service, caller.actor(), WebhookId(id)).await?;
    answer::ok(&WebhookBody::new(view))
}

/// Create a webhook
///
/// The answer shows `token` in clear, once. An account has at most 50 webhooks.
#[utoipa::path(post, path = "/v3/webhooks", tag = "Webhooks", operation_id = "createWebhook",
    security(("bearer" = ["webhook:write"])),
    request_body = NewWebhook,
    responses((status = 201, description = "The webhook with its token.", body = WebhookBody)))]
pub(super) async fn create(
    State(service): State<Service>,
    caller: Caller,
    Body(mut fields): Body,
) -> Result<Response> {
    caller.require(Scope::WEBHOOK_WRITE)?;
    fields.alias("active", "enabled");
    let (settings, secret) = read_body::settings(&fields, service.webhook_targets()?)?;
    let made = webhook::create(&service, caller.actor(), settings, secret).await?;
    let location = format!("/v3/webhooks/{}", made.webhook.id);
    answer::created(&location, &WebhookBody::with_token(made.webhook, &made.secret))
}

/// Change a webhook
///
/// Fields that are not given stay as they are.
#[utoipa::path(patch, path = "/v3/webhooks/{id}", tag = "Webhooks", operation_id = "changeWebhook",
    security(("bearer" = ["webhook:write"])),
    params(("id" = uuid::Uuid, Path, description = "The webhook's id.")),
    request_body = WebhookChange,
    responses((status = 200, description = "The webhook.", body = WebhookBody)))]
pub(super) async fn change(
    State(service): State<Service>,
    caller: Caller,
    Id(id): Id,
    Body(mut fields): Body,
) -> Result<Response> {
    caller.require(Scope::WEBHOOK_WRITE)?;
    fields.alias("active", "enabled");
    let id = WebhookId(id);
    let before = webhook::show(&service, caller.actor(), id).await?;
    let change = read_body::change(&fields, service.webhook_targets()?, &before)?;
    let view = webhook::change(&service, caller.actor(), id, change).await?;
    answer::ok(&WebhookBody::new(view))
}

/// Delete a webhook
///
/// Drops the deliveries that wait. Its log stays for 30 days.
#[utoipa::path(delete, path = "/v3/webhooks/{id}", tag = "Webhooks", operation_id = "deleteWebhook",
    security(("bearer" = ["webhook:write"])),
    params(("id" = uuid::Uuid, Path, description = "The webhook's id.")),
    responses((status = 204, description = "The webhook is deleted.")))]
pub(super) async fn delete(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::WEBHOOK_WRITE)?;
    webhook::delete(&service, caller.actor(), WebhookId(id)).await?;
    Ok(answer::no_content())
}
