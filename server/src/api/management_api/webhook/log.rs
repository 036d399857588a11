//! `/webhook-event-logs`.

use axum::extract::State;
use axum::response::Response;
use domain::filter::{FieldKind, FilterField};
use domain::{Scope, WebhookAttemptId};
use service::{Service, webhook};

use super::view::LogBody;
use crate::api::management_api::access::Caller;
use crate::api::management_api::answer;
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

/// `GET /webhook-event-logs`.
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

/// `GET /webhook-event-logs/:id`.
pub(super) async fn show(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::WEBHOOK_READ)?;
    let entry = webhook::show_log_entry(&service, caller.actor(), WebhookAttemptId(id)).await?;
    answer::ok(&LogBody::new(entry))
}

/// `POST /webhook-event-logs/:id/retry`: the new entry.
pub(super) async fn retry(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::WEBHOOK_WRITE)?;
    let entry = webhook::retry_entry(&service, caller.actor(), WebhookAttemptId(id)).await?;
    answer::ok(&LogBody::new(entry))
}
