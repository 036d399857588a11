//! `GET /licenses/export`: the list as CSV (management API contract, 2.13), streamed in batches.

use std::borrow::Cow;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::csv::guard;
use domain::{Scope, Timestamp};
use futures_util::StreamExt as _;
use futures_util::stream::try_unfold;
use http::header;
use serde_json::Value;
use service::Service;
use service::license::record::LicenseRecord;
use service::license::{RecordExport, export_records};

use super::filters::{ExportParameters, TABLE};
use super::input::key_view;
use super::object::{KeyView, LicenseObject};
use crate::api::management_api::access::Caller;
use crate::api::management_api::error::{ManagementError, Result};
use crate::api::management_api::list::ListQuery;

/// The columns: the scalar fields of a license in their order, then what belongs to it.
const COLUMNS: [&str; 52] = [
    "id",
    "createdAt",
    "updatedAt",
    "key",
    "revoked",
    "suspended",
    "perpetual",
    "totalActivations",
    "totalDeactivations",
    "totalDomains",
    "validity",
    "expirationStrategy",
    "subscriptionInterval",
    "subscriptionStartTrigger",
    "fingerprintMatchingStrategy",
    "allowedActivations",
    "allowedDeactivations",
    "allowedDomains",
    "machinesAllowed",
    "type",
    "allowedFloatingClients",
    "serverSyncGracePeriod",
    "serverSyncInterval",
    "allowedClockOffset",
    "disableClockValidation",
    "cryptoBindingEnabled",
    "expiringSoonEventOffset",
    "leaseDuration",
    "leasingStrategy",
    "effectiveDate",
    "expiresAt",
    "activatedAt",
    "lastUsedAt",
    "allowVmActivation",
    "allowContainerActivation",
    "allowClientLeaseDuration",
    "userLocked",
    "requireAuthentication",
    "disableGeoLocation",
    "notes",
    "productId",
    "licenseTemplateId",
    "entitlementSetId",
    "productVersionId",
    "maintenancePolicyId",
    "maintenanceExpiresAt",
    "currentReleaseVersion",
    "maxAllowedReleaseVersion",
    "organizationId",
    "userId",
    "resellerId",
    "allowedIpRange",
];
/// The columns after those.
const PARTS: [&str; 4] = ["userEmail", "organizationName", "tags", "metadata"];

/// Export licenses
///
/// The first row names the columns. Reads the same filters as the list, and no page.
#[utoipa::path(get, path = "/v3/licenses/export", tag = "Licenses", operation_id = "exportLicenses",
    security(("bearer" = ["license:read"])),
    params(ExportParameters),
    responses((status = 200, description = "All licenses of the filters.", content_type = "text/csv", body = String)))]
pub(super) async fn export(
    State(service): State<Service>,
    caller: Caller,
    query: ListQuery,
) -> Result<Response> {
    caller.require(Scope::LICENSE_READ)?;
    let list = query.parse(&TABLE)?;
    let mut export = export_records(&service, caller.actor(), list.request)?;
    // The first batch decides about the status.
    let first = export.next_batch().await?.unwrap_or_default();
    let head = rows(true, first, key_view(&caller)).map_err(|error| broken(&error))?;
    Ok(stream(head, export, key_view(&caller), service.now()))
}

fn broken(error: &std::io::Error) -> ManagementError {
    ManagementError::Service(service::Error::Internal(format!("CSV: {error}")))
}

fn stream(head: Vec<u8>, export: RecordExport, key: KeyView, now: Timestamp) -> Response {
    let chunks = try_unfold((Some(head), export), move |(head, mut export)| async move {
        if let Some(head) = head {
            return Ok(Some((Bytes::from(head), (None, export))));
        }
        match export.next_batch().await {
            Ok(None) => Ok(None),
            Ok(Some(batch)) => Ok(Some((Bytes::from(rows(false, batch, key)?), (None, export)))),
            Err(error) => {
                // The client sees a broken transfer, and not a file that looks complete.
                tracing::error!(%error, "export of licenses broke off");
                Err(std::io::Error::other("the export broke off"))
            }
        }
    });
    let name = format!("attachment; filename=\"licenses-{}.csv\"", now.date());
    let headers =
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
    (headers, Body::from_stream(chunks.fuse())).into_response()
}

fn rows(with_header: bool, records: Vec<LicenseRecord>, key: KeyView) -> std::io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    if with_header {
        writer.write_record(COLUMNS.iter().chain(&PARTS)).map_err(std::io::Error::other)?;
    }
    for record in records {
        let object = serde_json::to_value(LicenseObject::new(record, key)).map_err(std::io::Error::other)?;
        let cells = COLUMNS.iter().map(|name| cell(&object[*name])).chain(parts(&object));
        writer.write_record(cells).map_err(std::io::Error::other)?;
    }
    writer.into_inner().map_err(|error| std::io::Error::other(error.to_string()))
}

/// Returns the text of a scalar. A text that a spreadsheet would run is guarded, a number is not.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => guard(text).into_owned(),
        other => other.to_string(),
    }
}

fn parts(object: &Value) -> [String; 4] {
    let texts = |value: &Value| -> Vec<String> {
        value
            .as_array()
            .into_iter()
            .flatten()
            .map(|item| item.as_str().unwrap_or_default().to_owned())
            .collect()
    };
    let pair = |pair: &Value| {
        let text = |name: &str| pair[name].as_str().unwrap_or_default().to_owned();
        format!("{}={}", text("key"), text("value"))
    };
    let pairs: Vec<String> = object["metadata"].as_array().into_iter().flatten().map(pair).collect();
    let guarded = |text: &str| Cow::into_owned(guard(text));
    [
        cell(&object["user"]["email"]),
        cell(&object["organization"]["name"]),
        guarded(&texts(&object["tags"]).join("; ")),
        guarded(&pairs.join("; ")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_guarded_and_numbers_are_not() {
        assert_eq!(cell(&serde_json::json!(-1)), "-1");
        assert_eq!(cell(&serde_json::json!("=1+1")), "'=1+1");
        assert_eq!((cell(&Value::Null), cell(&serde_json::json!(true))), (String::new(), "true".to_owned()));
        let object = serde_json::json!({"metadata":[{"key":"a","value":"1"},{"key":"b","value":"2"}]});
        assert_eq!(parts(&object), ["", "", "", "a=1; b=2"]);
    }
}
