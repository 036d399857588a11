//! `GET /licenses/subscription-logs`: what happened to the state and the expiry of licenses.

use axum::extract::State;
use axum::response::Response;
use domain::Scope;
use domain::filter::{FieldKind, FilterField};
use serde::Serialize;
use serde_json::Value;
use service::Service;
use service::event_log::{self, SubscriptionLogRecord};
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::api::management_api::access::Caller;
use crate::api::management_api::answer::Time;
use crate::api::management_api::document::list_parameters;
use crate::api::management_api::error::Result;
use crate::api::management_api::list::{ListItem, ListQuery, ListTable};
use crate::api::management_api::property_change::PropertyChange;

static TABLE: ListTable = ListTable {
    fields: &[
        FilterField::id("licenseId"),
        FilterField::new("licenseKey", FieldKind::Key),
        FilterField::text("event"),
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

/// An entry of the subscription log.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = v3::SubscriptionLog)]
struct SubscriptionLogView {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    /// The id of the license.
    license_id: Uuid,
    /// What happened, by the name of the webhook event, such as `license.renewed`.
    event: &'static str,
    /// The properties that changed.
    #[schema(value_type = Vec<PropertyChange>)]
    changes: Value,
}

impl From<SubscriptionLogRecord> for SubscriptionLogView {
    fn from(record: SubscriptionLogRecord) -> Self {
        Self {
            id: record.id.0,
            created_at: record.at.into(),
            updated_at: record.at.into(),
            license_id: record.license.0,
            event: record.event,
            changes: record.changes,
        }
    }
}

impl ListItem for SubscriptionLogView {
    fn id(&self) -> Uuid {
        self.id
    }
}

/// List subscription logs
///
/// Tells what happened to the state and the expiry of licenses.
#[utoipa::path(get, path = "/v3/licenses/subscription-logs", tag = "Licenses", operation_id = "listSubscriptionLogs",
    security(("bearer" = ["license:read"])),
    params(ListParameters),
    responses((status = 200, description = "A page of entries.", body = Vec<SubscriptionLogView>)))]
pub(super) async fn list(
    State(service): State<Service>,
    caller: Caller,
    query: ListQuery,
) -> Result<Response> {
    caller.require(Scope::LICENSE_READ)?;
    let list = query.parse(&TABLE)?;
    let page = event_log::list_subscriptions(&service, caller.actor(), &list.request).await?;
    list.answer(&page.map(SubscriptionLogView::from))
}
