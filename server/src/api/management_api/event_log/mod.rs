//! `/event-logs`: what happened in the account (management API contract, 2.11).

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use domain::filter::{FieldKind, FilterField};
use domain::{AuditEntryId, Scope};
use serde::Serialize;
use serde_json::Value;
use service::Service;
use service::event_log::{self, EventActor, EventLogRecord};
use utoipa::OpenApi;
use uuid::Uuid;

use super::access::Caller;
use super::answer::{self, Time};
use super::error::Result;
use super::list::{ListItem, ListQuery, ListTable};
use super::path::Id;
use super::user::UserView;

static TABLE: ListTable = ListTable {
    fields: &[
        FilterField::id("resourceId"),
        FilterField::text("resource"),
        FilterField::text("action"),
        FilterField::id("userId"),
        FilterField::new("user.email", FieldKind::Email),
        FilterField::id("actorId"),
        FilterField::new("actorEmail", FieldKind::Email),
        FilterField::text("actorKind"),
        FilterField::text("actorName"),
    ],
    sorts: &[],
    parameters: &[],
};

/// The operations in the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths())]
pub(super) struct Document;

/// Returns the routes.
pub(super) fn routes() -> Router<Service> {
    Router::new().route("/event-logs", get(list)).route("/event-logs/{id}", get(show))
}

/// An entry.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventLogView {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    resource: String,
    action: String,
    changes: Value,
    resource_id: String,
    ip_address: String,
    user_id: Option<Uuid>,
    user: Option<UserView>,
    actor_kind: String,
    actor_id: Option<Uuid>,
    actor_name: String,
}

impl From<EventLogRecord> for EventLogView {
    fn from(record: EventLogRecord) -> Self {
        let is_person = matches!(record.actor_kind.as_str(), "member" | "customer");
        let user = record.user.as_ref().map(|person| match person {
            EventActor::Member(member) => UserView::of_member(member),
            EventActor::Customer(customer) => UserView::of_customer(customer),
        });
        Self {
            id: record.id.0,
            created_at: record.at.into(),
            updated_at: record.at.into(),
            resource: record.resource,
            action: record.action,
            changes: record.changes,
            resource_id: record.resource_id.map(|id| id.to_string()).unwrap_or_default(),
            ip_address: record.ip.unwrap_or_default(),
            user_id: record.actor_id.filter(|_| is_person),
            user,
            actor_kind: record.actor_kind,
            actor_id: record.actor_id,
            actor_name: record.actor_name,
        }
    }
}

impl ListItem for EventLogView {
    fn id(&self) -> Uuid {
        self.id
    }
}

/// `GET /event-logs`.
async fn list(State(service): State<Service>, caller: Caller, query: ListQuery) -> Result<Response> {
    caller.require(Scope::EVENT_LOG_READ)?;
    let list = query.parse(&TABLE)?;
    let page = event_log::list(&service, caller.actor(), &list.request).await?;
    list.answer(&page.map(EventLogView::from))
}

/// `GET /event-logs/:id`.
async fn show(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::EVENT_LOG_READ)?;
    let record = event_log::show(&service, caller.actor(), AuditEntryId(id)).await?;
    answer::ok(&EventLogView::from(record))
}
