//! The export of the activation log as CSV.

use axum::extract::State;
use axum::response::Response;
use domain::Scope;
use futures_util::stream::try_unfold;
use service::Service;
use service::activation_log::{self, ActivationLogRecord};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use super::list::TABLE;
use crate::api::management_api::access::Caller;
use crate::api::management_api::csv_export::respond;
use crate::api::management_api::document::filter_parameters;
use crate::api::management_api::error::Result;
use crate::api::management_api::list::ListQuery;

/// The header row: the documented columns in their order, which tables of sellers rely on.
const COLUMNS: [&str; 18] = [
    "id",
    "createdAt",
    "updatedAt",
    "os",
    "osVersion",
    "hostname",
    "action",
    "vmName",
    "container",
    "offline",
    "appVersion",
    "licenseId",
    "productId",
    "userEmail",
    "organizationName",
    "tags",
    "metadata",
    "ipAddress",
];

/// The parameters of the export.
struct ExportParameters;

impl IntoParams for ExportParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        filter_parameters(&TABLE)
    }
}

/// Export the activation log as CSV
///
/// One row for each entry that the filters find, with a header row. Counts as 10 requests.
#[utoipa::path(get, path = "/v3/activation-logs/export", tag = "Logs", operation_id = "exportActivationLog",
    security(("bearer" = ["activation:read"])),
    params(ExportParameters),
    responses((status = 200, description = "The file `activation-logs.csv`.", content_type = "text/csv", body = String)))]
pub(super) async fn export(
    State(service): State<Service>,
    caller: Caller,
    query: ListQuery,
) -> Result<Response> {
    caller.require(Scope::ACTIVATION_READ)?;
    let request = query.parse(&TABLE)?.request;
    let export = activation_log::export(&service, caller.actor(), request).await?;
    let batches = try_unfold(export, |mut export| async move {
        Ok(export.next_batch().await?.map(|records| (records, export)))
    });
    Ok(respond("activation-logs.csv", &COLUMNS, cells, batches))
}

/// The cells of an entry, in the order of [`COLUMNS`].
fn cells(record: &ActivationLogRecord) -> Vec<String> {
    let none = String::new;
    vec![
        record.id.to_string(),
        record.at.rfc3339_millis(),
        record.at.rfc3339_millis(),
        record.machine.os.clone(),
        record.machine.os_version.clone(),
        record.subject.clone(),
        record.action.as_str().to_owned(),
        record.machine.vm_name.clone(),
        record.machine.container.to_string(),
        record.machine.offline.to_string(),
        record.machine.app_version.clone(),
        record.license.map(|id| id.to_string()).unwrap_or_default(),
        record.product.map(|id| id.to_string()).unwrap_or_default(),
        record.user_email.clone().unwrap_or_default(),
        record.organization_name.clone().unwrap_or_default(),
        none(),
        none(),
        record.ip.clone().unwrap_or_default(),
    ]
}
