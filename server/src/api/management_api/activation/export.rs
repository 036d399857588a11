//! The export of machines as CSV.

use axum::extract::State;
use axum::response::Response;
use domain::{Scope, Timestamp};
use futures_util::stream::try_unfold;
use service::Service;
use service::machine_activation::{self, ActivationRecord};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use super::list::TABLE;
use crate::api::management_api::access::Caller;
use crate::api::management_api::csv_export::{pairs, respond};
use crate::api::management_api::document::filter_parameters;
use crate::api::management_api::error::Result;
use crate::api::management_api::list::ListQuery;

/// The header row: the documented columns in their order, which tables of sellers rely on.
const COLUMNS: [&str; 23] = [
    "id",
    "createdAt",
    "updatedAt",
    "os",
    "osVersion",
    "hostname",
    "vmName",
    "container",
    "appVersion",
    "releaseVersion",
    "releaseChannel",
    "releasePlatform",
    "offline",
    "productId",
    "licenseId",
    "expiresAt",
    "lastSyncedAt",
    "leaseExpiresAt",
    "userId",
    "userEmail",
    "organizationName",
    "tags",
    "metadata",
];

/// The parameters of the export.
struct ExportParameters;

impl IntoParams for ExportParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        filter_parameters(&TABLE)
    }
}

/// Export activations as CSV
///
/// One row for each activation that the filters find, with a header row. Counts as 10 requests.
#[utoipa::path(get, path = "/v3/activations/export", tag = "Activations", operation_id = "exportActivations",
    security(("bearer" = ["activation:read"])),
    params(ExportParameters),
    responses((status = 200, description = "The file `activations.csv`.", content_type = "text/csv", body = String)))]
pub(super) async fn export(
    State(service): State<Service>,
    caller: Caller,
    query: ListQuery,
) -> Result<Response> {
    caller.require(Scope::ACTIVATION_READ)?;
    let request = query.parse(&TABLE)?.request;
    let export = machine_activation::export(&service, caller.actor(), request).await?;
    let batches = try_unfold(export, |mut export| async move {
        Ok(export.next_batch().await?.map(|records| (records, export)))
    });
    Ok(respond("activations.csv", &COLUMNS, cells, batches))
}

/// The cells of a machine, in the order of [`COLUMNS`].
fn cells(record: &ActivationRecord) -> Vec<String> {
    let time = |at: Option<Timestamp>| at.map(Timestamp::rfc3339_millis).unwrap_or_default();
    let none = String::new;
    vec![
        record.id.to_string(),
        time(Some(record.created_at)),
        time(record.last_synced_at.or(Some(record.created_at))),
        record.os.clone(),
        record.os_version.clone(),
        record.hostname.clone(),
        record.vm_name.clone(),
        record.is_container.to_string(),
        record.app_version.clone(),
        record.release_version.clone(),
        none(),
        none(),
        record.is_offline.to_string(),
        record.product.to_string(),
        record.license.to_string(),
        time(record.expires_at),
        time(record.last_synced_at),
        time(record.lease_expires_at),
        record.customer.map(|id| id.to_string()).unwrap_or_default(),
        record.user_email.clone().unwrap_or_default(),
        record.organization_name.clone().unwrap_or_default(),
        none(),
        pairs(record.metadata.iter().map(|entry| (entry.key.as_str(), entry.value.as_str()))),
    ]
}
