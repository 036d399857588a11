//! `POST /v3/activations/meter-attributes/:id`: counts uses of a meter.

use axum::Json;
use axum::extract::State;
use domain::meter::MAX_USES;
use serde::Serialize;
use service::Service;
use service::machine::{self, IncrementOutcome};
use utoipa::ToSchema;

use super::error::MachineApiError;
use super::extract::{JsonBody, PathText, parse_activation_id};
use super::schema::{BodyErrors, ErrorBody, MeterBody, RateLimited};
use crate::middleware::request_id::RequestId;

/// A meter after the increment.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MeterResponse {
    /// The meter's name.
    name: String,
    /// Uses of this activation.
    uses: i64,
    /// Allowed uses of all activations of the license together; -1 is unlimited.
    license_allowed_uses: i64,
    /// Uses that count against the allowed number.
    license_total_uses: i64,
    /// Uses ever counted, including uses that were taken back.
    license_gross_uses: i64,
}

/// Count uses on a meter
///
/// Adds `increment` to the activation's uses; a negative value takes uses back. The limit
/// applies to all activations of the license together.
#[utoipa::path(post, path = "/v3/activations/meter-attributes/{id}", tag = "Machine API",
    operation_id = "countUses",
    params(("id" = String, Path, description = "The meter's name, in upper or lower case.")),
    request_body = MeterBody,
    responses(
        (status = 200, description = "The uses are counted.", body = MeterResponse),
        (status = 400, description = "`METER_ATTRIBUTE_USES_LIMIT_REACHED`, no such meter, or a field is invalid.", body = ErrorBody),
        (status = 404, description = "The activation does not exist.", body = ErrorBody),
        BodyErrors,
        RateLimited,
    ))]
pub async fn increment(
    State(service): State<Service>,
    id: RequestId,
    PathText(meter): PathText,
    JsonBody(fields): JsonBody,
) -> Result<Json<MeterResponse>, MachineApiError> {
    let by = fields.number("increment", -MAX_USES, MAX_USES)?;
    let by = by.ok_or_else(|| MachineApiError::Validation("The increment field is required.".into()))?;
    let activation = parse_activation_id(&fields.required("activationId")?)?;
    match machine::increment(&service, &meter, activation, by).await {
        Ok(IncrementOutcome::Counted(reading)) => Ok(Json(MeterResponse {
            name: reading.name,
            uses: reading.uses,
            license_allowed_uses: reading.allowed.unwrap_or(-1),
            license_total_uses: reading.total,
            license_gross_uses: reading.gross,
        })),
        Ok(IncrementOutcome::Exhausted) => Err(MachineApiError::MeterExhausted),
        Ok(IncrementOutcome::NoActivation) => Err(MachineApiError::NotFound),
        Ok(IncrementOutcome::NotFloating) => Err(MachineApiError::Validation(
            "The increment field must not be negative: only a floating meter takes uses back.".into(),
        )),
        // Not 404, because a client deletes its token on 404.
        Ok(IncrementOutcome::NoMeter) => {
            Err(MachineApiError::Validation("The product has no meter of this name.".into()))
        }
        Err(error) => Err(MachineApiError::from_service(error, &id)),
    }
}
