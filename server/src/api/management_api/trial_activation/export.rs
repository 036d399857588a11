//! The export of trials as CSV.

use axum::extract::State;
use axum::response::Response;
use domain::{Scope, Timestamp};
use futures_util::stream::try_unfold;
use service::Service;
use service::trial::{self, TrialActivationRecord};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use super::handlers::TABLE;
use crate::api::management_api::access::Caller;
use crate::api::management_api::csv_export::{pairs, respond};
use crate::api::management_api::document::filter_parameters;
use crate::api::management_api::error::Result;
use crate::api::management_api::list::ListQuery;

/// The header row: the documented columns in their order, which tables of sellers rely on.
const COLUMNS: [&str; 19] = [
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
    "expiresAt",
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

/// Export trials as CSV
///
/// One row for each trial that the filters find, with a header row. Counts as 10 requests.
#[utoipa::path(get, path = "/v3/trial-activations/export", tag = "Trials", operation_id = "exportTrials",
    security(("bearer" = ["trialActivation:read"])),
    params(ExportParameters),
    responses((status = 200, description = "The file `trial-activations.csv`.", content_type = "text/csv", body = String)))]
pub(super) async fn export(
    State(service): State<Service>,
    caller: Caller,
    query: ListQuery,
) -> Result<Response> {
    caller.require(Scope::TRIAL_ACTIVATION_READ)?;
    let request = query.parse(&TABLE)?.request;
    let export = trial::export(&service, caller.actor(), request).await?;
    let batches = try_unfold(export, |mut export| async move {
        Ok(export.next_batch().await?.map(|records| (records, export)))
    });
    Ok(respond("trial-activations.csv", &COLUMNS, cells, batches))
}

/// The cells of a trial, in the order of [`COLUMNS`].
fn cells(record: &TrialActivationRecord) -> Vec<String> {
    let time = Timestamp::rfc3339_millis;
    let none = String::new;
    vec![
        record.id.to_string(),
        time(record.created_at),
        time(record.updated_at),
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
        time(record.expires_at),
        none(),
        none(),
        none(),
        pairs(record.metadata.iter().map(|entry| (entry.key.as_str(), entry.value.as_str()))),
    ]
}
