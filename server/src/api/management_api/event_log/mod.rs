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
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::{IntoParams, OpenApi, ToSchema};
use uuid::Uuid;

use super::access::Caller;
use super::answer::{self, Time};
use super::document::list_parameters;
use super::error::Result;
use super::list::{ListItem, ListQuery, ListTable};
use super::path::Id;
use super::property_change::PropertyChange;
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
        FilterField::in_any_case("actorName"),
    ],
    sorts: &[],
    parameters: &[],
};

/// The operations in the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(list, show))]
pub(super) struct Document;

/// The parameters of the list.
struct ListParameters;

impl IntoParams for ListParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        list_parameters(&TABLE)
    }
}

/// Returns the routes.
pub(super) fn routes() -> Router<Service> {
    Router::new().route("/event-logs", get(list)).route("/event-logs/{id}", get(show))
}

/// An entry of the event log.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = v3::EventLog)]
struct EventLogView {
    /// The entry's id.
    id: Uuid,
    /// The time of the event.
    created_at: Time,
    /// Same as `createdAt`.
    updated_at: Time,
    /// The kind of the object, such as `license`.
    resource: String,
    /// What happened, such as `renewed`.
    action: String,
    /// The changed properties. Secrets never are among them.
    #[schema(value_type = Vec<PropertyChange>)]
    changes: Value,
    /// The object's id, or an empty text.
    resource_id: String,
    /// The client's IP address, or an empty text.
    ip_address: String,
    /// The id of the member or the customer who did it. Null if no person did.
    user_id: Option<Uuid>,
    /// That person. Null if there is none any more.
    user: Option<UserView>,
    /// Who did it: `member`, `token`, `customer`, `app`, `shell` (the operator) or `system`.
    actor_kind: String,
    /// The id of the member, the token or the customer.
    actor_id: Option<Uuid>,
    /// The name of the one who did it, as it was then.
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

/// List the event log
#[utoipa::path(get, path = "/v3/event-logs", tag = "Logs", operation_id = "listEventLogs",
    security(("bearer" = ["eventLog:read"])),
    params(ListParameters),
    responses((status = 200, description = "A page of entries.", body = Vec<EventLogView>)))]
async fn list(State(service): State<Service>, caller: Caller, query: ListQuery) -> Result<Response> {
    caller.require(Scope::EVENT_LOG_READ)?;
    let list = query.parse(&TABLE)?;
    let page = event_log::list(&service, caller.actor(), &list.request).await?;
    list.answer(&page.map(EventLogView::from))
}

/// Show an entry of the event log
#[utoipa::path(get, path = "/v3/event-logs/{id}", tag = "Logs", operation_id = "showEventLog",
    security(("bearer" = ["eventLog:read"])),
    params(("id" = Uuid, Path, description = "The entry's id.")),
    responses((status = 200, description = "The entry.", body = EventLogView)))]
async fn show(State(service): State<Service>, caller: Caller, Id(id): Id) -> Result<Response> {
    caller.require(Scope::EVENT_LOG_READ)?;
    let record = event_log::show(&service, caller.actor(), AuditEntryId(id)).await?;
    answer::ok(&EventLogView::from(record))
}
