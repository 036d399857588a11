//! The export of users as CSV.

use axum::extract::State;
use axum::response::Response;
use domain::{Scope, Timestamp};
use futures_util::stream::try_unfold;
use service::Service;
use service::customer::{self, CustomerRecord};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use super::list::{TABLE, USER_TYPE, split_user_type};
use crate::api::management_api::access::Caller;
use crate::api::management_api::csv_export::{pairs, respond};
use crate::api::management_api::document::filter_parameters;
use crate::api::management_api::error::Result;
use crate::api::management_api::list::ListQuery;

/// The header row: the documented columns in their order, which tables of sellers rely on.
const COLUMNS: [&str; 20] = [
    "id",
    "createdAt",
    "updatedAt",
    "name",
    "firstName",
    "lastName",
    "email",
    "company",
    "role",
    "twoFactorEnabled",
    "googleSsoEnabled",
    "allowCustomerPortalAccess",
    "lastLoginAt",
    "lastSeenAt",
    "organizationId",
    "resellerId",
    "userEmail",
    "organizationName",
    "tags",
    "metadata",
];

/// The filters of the export, which has customers alone.
struct ExportParameters;

impl IntoParams for ExportParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut parameters = filter_parameters(&TABLE);
        parameters.retain(|parameter| parameter.name != USER_TYPE);
        parameters
    }
}

/// Export users
///
/// Streams all customers of the filters as CSV, with a header row. Counts as 10 requests.
#[utoipa::path(get, path = "/v3/users/export", tag = "Users", operation_id = "exportUsers",
    security(("bearer" = ["user:read"])),
    params(ExportParameters),
    responses((status = 200, description = "The file.", content_type = "text/csv", body = String)))]
pub(super) async fn export(
    State(service): State<Service>,
    caller: Caller,
    query: ListQuery,
) -> Result<Response> {
    caller.require(Scope::USER_READ)?;
    let (_, request) = split_user_type(&query.parse(&TABLE)?.request);
    let export = customer::export_records(&service, caller.actor(), request).await?;
    let batches = try_unfold(export, |mut export| async move {
        Ok(export.next_batch().await?.map(|records| (records, export)))
    });
    Ok(respond("users.csv", &COLUMNS, cells, batches))
}

/// The cells of a customer, in the order of [`COLUMNS`].
fn cells(record: &CustomerRecord) -> Vec<String> {
    let organization = record.organization.as_ref();
    let metadata = record.metadata.iter().map(|field| (field.key.as_str(), field.value.as_str()));
    let time = |at: Timestamp| at.rfc3339_millis();
    vec![
        record.id.to_string(),
        time(record.created_at),
        time(record.updated_at),
        record.name.joined(),
        record.name.first.clone(),
        record.name.last.clone(),
        record.email.clone().unwrap_or_default(),
        record.company.clone(),
        record.role.as_str().to_owned(),
        false.to_string(),
        false.to_string(),
        record.portal_access.to_string(),
        record.last_login_at.map(time).unwrap_or_default(),
        record.last_seen_at.map(time).unwrap_or_default(),
        organization.map(|found| found.id.to_string()).unwrap_or_default(),
        String::new(),
        record.email.clone().unwrap_or_default(),
        organization.map(|found| found.organization.name.to_string()).unwrap_or_default(),
        record.tags.join("; "),
        pairs(metadata),
    ]
}
