//! The list of the activation log.

use axum::extract::State;
use axum::response::Response;
use domain::Scope;
use domain::filter::{FieldKind, FilterField};
use serde::Serialize;
use service::Service;
use service::activation_log::{self, ActivationLogRecord};
use uuid::Uuid;

use crate::api::management_api::access::Caller;
use crate::api::management_api::answer::Time;
use crate::api::management_api::error::Result;
use crate::api::management_api::list::{ListItem, ListQuery, ListTable};

/// The words of actions.
const ACTIONS: [&str; 4] = ["activate", "deactivate", "lease-expire", "trial-activate"];

pub(super) static TABLE: ListTable = ListTable {
    fields: &[
        FilterField::new("action", FieldKind::Enumeration(&ACTIONS)),
        FilterField::id("licenseId"),
        FilterField::text("licenseKey"),
        FilterField::text("license.key"),
        FilterField::id("productId"),
    ],
    sorts: &[],
    parameters: &[],
};

/// An entry. The log keeps the name of the machine and the address of the client; what else a machine reports is
/// with the activation.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ActivationLogView {
    id: Uuid,
    created_at: Time,
    updated_at: Time,
    os: &'static str,
    os_version: &'static str,
    hostname: String,
    action: &'static str,
    location: LocationView,
    vm_name: &'static str,
    container: bool,
    offline: bool,
    app_version: &'static str,
    metadata: [(); 0],
    license_id: Option<Uuid>,
    product_id: Option<Uuid>,
}

/// Where a client was: its address alone, because the server has no file of places.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LocationView {
    ip_address: String,
    country_code: &'static str,
    country_name: &'static str,
    region_code: &'static str,
    region_name: &'static str,
    city: &'static str,
    zip_code: &'static str,
    time_zone: &'static str,
    latitude: i32,
    longitude: i32,
}

impl From<ActivationLogRecord> for ActivationLogView {
    fn from(record: ActivationLogRecord) -> Self {
        Self {
            id: record.id.0,
            created_at: record.at.into(),
            updated_at: record.at.into(),
            os: "",
            os_version: "",
            hostname: record.subject,
            action: record.action.as_str(),
            location: LocationView {
                ip_address: record.ip.unwrap_or_default(),
                country_code: "",
                country_name: "",
                region_code: "",
                region_name: "",
                city: "",
                zip_code: "",
                time_zone: "",
                latitude: 0,
                longitude: 0,
            },
            vm_name: "",
            container: false,
            offline: false,
            app_version: "",
            metadata: [],
            license_id: record.license.map(|id| id.0),
            product_id: record.product.map(|id| id.0),
        }
    }
}

impl ListItem for ActivationLogView {
    fn id(&self) -> Uuid {
        self.id
    }
}

/// `GET /activation-logs`.
pub(super) async fn list(
    State(service): State<Service>,
    caller: Caller,
    query: ListQuery,
) -> Result<Response> {
    caller.require(Scope::ACTIVATION_READ)?;
    let list = query.parse(&TABLE)?;
    let page = activation_log::list(&service, caller.actor(), &list.request).await?;
    list.answer(&page.map(ActivationLogView::from))
}
