//! `GET /licenses/subscription-logs`: what happened to the state and the expiry of licenses.

use axum::extract::State;
use axum::response::Response;
use domain::Scope;
use domain::filter::{FieldKind, FilterField};
use serde::Serialize;
use serde_json::Value;
use service::Service;
use service::event_log::{self, SubscriptionLogRecord};
use uuid::Uuid;

use crate::api::management_api::access::Caller;
use crate::api::management_api::answer::Time;
use crate::api::management_api::error::Result;
use crate::api::management_api::list::{ListItem, ListQuery, ListTable};

static TABLE: ListTable = ListTable {
    fields: &[
        FilterField::id("licenseId"),
        FilterField::new("licenseKey", FieldKind::Key),
        FilterField::text("event"),
    ],
    sorts: &[],
    parameters: &[],
};

/// An entry.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SubscriptionLogView {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    license_id: Uuid,
    event: &'static str,
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

/// `GET /licenses/subscription-logs`.
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
