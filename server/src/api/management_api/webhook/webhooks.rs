//! `/webhooks`.

use axum::extract::State;
use axum::response::Response;
use domain::filter::{FieldKind, FilterField};
use domain::webhook::WebhookEvent;
use domain::{Scope, WebhookId};
use service::{Service, webhook};

use super::read_body;
use super::view::WebhookBody;
use crate::api::management_api::access::Caller;
use crate::api::management_api::answer;
use crate::api::management_api::body::Body;
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

/// `GET /webhooks`.
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

/// `GET /webhooks/events`: all names.
pub(super) async fn events(caller: Caller) -> Result<Response> {
    caller.require(Scope::WEBHOOK_READ)?;
    let names: Vec<&str> = WebhookEvent::ALL.iter().map(|event| event.as_str()).collect();
    answer::ok(&names)
}

/// `GET /webhooks/:id`.
pub(super) async fn show(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::WEBHOOK_READ)?;
    let view = webhook::show(&service, caller.actor(), WebhookId(id)).await?;
    answer::ok(&WebhookBody::new(view))
}

/// `POST /webhooks`.
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

/// `PATCH /webhooks/:id`.
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

/// `DELETE /webhooks/:id`.
pub(super) async fn delete(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::WEBHOOK_WRITE)?;
    webhook::delete(&service, caller.actor(), WebhookId(id)).await?;
    Ok(answer::no_content())
}
