//! `/webhook-event-logs`.

use axum::extract::State;
use axum::response::Response;
use domain::filter::{FieldKind, FilterField};
use domain::{Scope, WebhookAttemptId};
use service::{Service, webhook};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use super::view::LogBody;
use crate::api::management_api::access::Caller;
use crate::api::management_api::answer;
use crate::api::management_api::document::list_parameters;
use crate::api::management_api::error::Result;
use crate::api::management_api::list::{ListQuery, ListTable};
use crate::api::management_api::path::Id;

static TABLE: ListTable = ListTable {
    fields: &[
        FilterField::id("webhookId"),
        FilterField::id("eventId"),
        FilterField::text("event"),
        FilterField::new("status", FieldKind::Enumeration(&["pending", "succeeded", "failed", "skipped"])),
        FilterField::integer("statusCode"),
    ],
    sorts: &[],
    parameters: &[],
};

/// The parameters of the list.
struct ListParameters;

impl IntoParams for ListParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        list_parameters(&TABLE)
    }
}

/// List the delivery log
///
/// One entry for each attempt of the last 30 days.
#[utoipa::path(get, path = "/v3/webhook-event-logs", tag = "Webhooks", operation_id = "listDeliveryLog",
    security(("bearer" = ["webhook:read"])),
    params(ListParameters),
    responses((status = 200, description = "A page of entries.", body = Vec<LogBody>)))]
pub(super) async fn list(
    State(service): State<Service>,
    caller: Caller,
    query: ListQuery,
) -> Result<Response> {
    caller.require(Scope::WEBHOOK_READ)?;
    let list = query.parse(&TABLE)?;
    let page = webhook::list_log(&service, caller.actor(), &list.request).await?;
    list.answer(&page.map(LogBody::new))
}

/// Show an entry of the delivery log
#[utoipa::path(get, path = "/v3/webhook-event-logs/{id}", tag = "Webhooks", operation_id = "showDeliveryLogEntry",
    security(("bearer" = ["webhook:read"])),
    params(("id" = uuid::Uuid, Path, description = "The entry's id.")),
    responses((status = 200, description = "The entry.", body = LogBody)))]
pub(super) async fn show(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::WEBHOOK_READ)?;
    let entry = webhook::show_log_entry(&service, caller.actor(), WebhookAttemptId(id)).await?;
    answer::ok(&LogBody::new(entry))
}

/// Retry a delivery
///
/// Sends the same body and id again at once, also while the webhook is suspended or not enabled.
#[utoipa::path(post, path = "/v3/webhook-event-logs/{id}/retry", tag = "Webhooks", operation_id = "retryDelivery",
    security(("bearer" = ["webhook:write"])),
    params(("id" = uuid::Uuid, Path, description = "The entry's id.")),
    responses(
        (status = 200, description = "The new entry.", body = LogBody),
        (status = 400, description = "The delivery waits for its next attempt already."),
    ))]
pub(super) async fn retry(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::WEBHOOK_WRITE)?;
    let entry = webhook::retry_entry(&service, caller.actor(), WebhookAttemptId(id)).await?;
    answer::ok(&LogBody::new(entry))
}
