//! The routes of fields and meters of a license, by their own ids, also behind the license's id.

use axum::extract::State;
use axum::response::Response;
use domain::{LicenseId, Scope};
use service::{Service, license};
use uuid::Uuid;

use super::handlers::find;
use super::input::key_view;
use super::object::LicenseObject;
use super::refusal;
use crate::api::management_api::access::Caller;
use crate::api::management_api::answer;
use crate::api::management_api::error::{ManagementError, Result};
use crate::api::management_api::path::{Id, TextPair};

/// Delete a metadata field
#[utoipa::path(delete, path = "/v3/licenses/metadata/{metadataId}", tag = "Licenses", operation_id = "deleteMetadata",
    security(("bearer" = ["license:write"])),
    params(("metadataId" = Uuid, Path, description = "The id of the field.")),
    responses((status = 204, description = "The field is deleted.")))]
pub(super) async fn delete_metadata(
    State(service): State<Service>,
    caller: Caller,
    Id(part): Id,
) -> Result<Response> {
    caller.require(Scope::LICENSE_WRITE)?;
    license::remove_metadata(&service, caller.actor(), part).await?;
    Ok(answer::no_content())
}

/// Delete a meter
#[utoipa::path(delete, path = "/v3/licenses/meter-attributes/{meterId}", tag = "Licenses", operation_id = "deleteMeter",
    security(("bearer" = ["license:write"])),
    params(("meterId" = Uuid, Path, description = "The id of the meter.")),
    responses((status = 204, description = "The meter is deleted.")))]
pub(super) async fn delete_meter(
    State(service): State<Service>,
    caller: Caller,
    Id(part): Id,
) -> Result<Response> {
    caller.require(Scope::LICENSE_WRITE)?;
    license::remove_meter(&service, caller.actor(), part).await?.map_err(refusal::error)?;
    Ok(answer::no_content())
}

/// Reset a meter
///
/// Sets `totalUses` to 0 and keeps `grossUses`.
#[utoipa::path(post, path = "/v3/licenses/meter-attributes/{meterId}/reset", tag = "Licenses", operation_id = "resetMeter",
    security(("bearer" = ["license:write"])),
    params(("meterId" = Uuid, Path, description = "The id of the meter.")),
    responses((status = 200, description = "The license.", body = LicenseObject)))]
pub(super) async fn reset_meter(
    State(service): State<Service>,
    caller: Caller,
    Id(part): Id,
) -> Result<Response> {
    caller.require(Scope::LICENSE_WRITE)?;
    let record = license::reset_meter(&service, caller.actor(), part).await?;
    answer::ok(&LicenseObject::new(record, key_view(&caller)))
}

/// Delete a metadata field of a license
#[utoipa::path(delete, path = "/v3/licenses/{id}/metadata/{metadataId}", tag = "Licenses", operation_id = "deleteLicenseMetadata",
    security(("bearer" = ["license:write"])),
    params(
        ("id" = String, Path, description = "The license's id or key."),
        ("metadataId" = Uuid, Path, description = "The id of the field."),
    ),
    responses((status = 204, description = "The field is deleted.")))]
pub(super) async fn delete_metadata_of(
    State(service): State<Service>,
    caller: Caller,
    TextPair(text, part): TextPair,
) -> Result<Response> {
    caller.require(Scope::LICENSE_WRITE)?;
    let (id, part) = part_of(&service, &caller, &text, &part).await?;
    let record = license::show_record(&service, caller.actor(), id).await?;
    if !record.metadata.iter().any(|pair| pair.id == part) {
        return Err(ManagementError::NotFound);
    }
    delete_metadata(State(service), caller, Id(part)).await
}

/// Delete a meter of a license
#[utoipa::path(delete, path = "/v3/licenses/{id}/meter-attributes/{meterId}", tag = "Licenses", operation_id = "deleteLicenseMeter",
    security(("bearer" = ["license:write"])),
    params(
        ("id" = String, Path, description = "The license's id or key."),
        ("meterId" = Uuid, Path, description = "The id of the meter."),
    ),
    responses((status = 204, description = "The meter is deleted.")))]
pub(super) async fn delete_meter_of(
    State(service): State<Service>,
    caller: Caller,
    TextPair(text, part): TextPair,
) -> Result<Response> {
    caller.require(Scope::LICENSE_WRITE)?;
    let part = meter_of(&service, &caller, &text, &part).await?;
    delete_meter(State(service), caller, Id(part)).await
}

/// Reset a meter of a license
///
/// Sets `totalUses` to 0 and keeps `grossUses`.
#[utoipa::path(post, path = "/v3/licenses/{id}/meter-attributes/{meterId}/reset", tag = "Licenses", operation_id = "resetLicenseMeter",
    security(("bearer" = ["license:write"])),
    params(
        ("id" = String, Path, description = "The license's id or key."),
        ("meterId" = Uuid, Path, description = "The id of the meter."),
    ),
    responses((status = 200, description = "The license.", body = LicenseObject)))]
pub(super) async fn reset_meter_of(
    State(service): State<Service>,
    caller: Caller,
    TextPair(text, part): TextPair,
) -> Result<Response> {
    caller.require(Scope::LICENSE_WRITE)?;
    let part = meter_of(&service, &caller, &text, &part).await?;
    reset_meter(State(service), caller, Id(part)).await
}

async fn part_of(service: &Service, caller: &Caller, text: &str, part: &str) -> Result<(LicenseId, Uuid)> {
    let part = Uuid::parse_str(part).map_err(|_| ManagementError::NotFound)?;
    Ok((find(service, caller, text).await?, part))
}

async fn meter_of(service: &Service, caller: &Caller, text: &str, part: &str) -> Result<Uuid> {
    let (id, part) = part_of(service, caller, text, part).await?;
    let record = license::show_record(service, caller.actor(), id).await?;
    if record.meters.iter().any(|meter| meter.id == part) { Ok(part) } else { Err(ManagementError::NotFound) }
}
