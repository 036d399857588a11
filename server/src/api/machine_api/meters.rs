//! `POST /v3/activations/meter-attributes/:id`: counting uses.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use domain::meter::MAX_USES;
use serde::Serialize;
use service::Service;
use service::machine::{self, IncrementOutcome};
use utoipa::ToSchema;

use super::error::MachineApiError;
use super::extract::{PathId, parse_activation_id, read_json};
use super::schema::{ErrorBody, MeterBody};
use crate::middleware::request_id::RequestId;

/// A meter after it was counted on.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MeterResponse {
    /// Its name.
    name: String,
    /// Uses of this activation.
    uses: i64,
    /// Uses that the license's activations have together; -1 is unlimited.
    license_allowed_uses: i64,
    /// Uses that count against it.
    license_total_uses: i64,
    /// Uses ever counted.
    license_gross_uses: i64,
}

/// Count uses on a meter
///
/// Counts `increment` uses of an activation, or takes them back where it is negative. The
/// limit holds for all activations of the license together.
#[utoipa::path(post, path = "/v3/activations/meter-attributes/{id}", tag = "Machine API",
    operation_id = "countUses",
    params(("id" = String, Path, description = "The meter's name, whatever its case.")),
    request_body = MeterBody,
    responses(
        (status = 200, description = "Counted.", body = MeterResponse),
        (status = 400, description = "`METER_ATTRIBUTE_USES_LIMIT_REACHED`, no such meter, or a field is wrong.", body = ErrorBody),
        (status = 404, description = "The activation is gone.", body = ErrorBody),
        (status = 408, description = "The body did not arrive in time.", body = ErrorBody),
        (status = 413, description = "The body is over 64 KiB.", body = ErrorBody),
        (status = 429, description = "Over 50 requests in 5 seconds.", body = ErrorBody),
    ))]
pub async fn increment(
    State(service): State<Service>,
    Extension(id): Extension<RequestId>,
    meter: PathId,
    body: Body,
) -> Response {
    let run = async {
        let Path(meter) = meter.map_err(|_| MachineApiError::NotFound)?;
        let fields = read_json(body).await?;
        let by = fields.number("increment", -MAX_USES, MAX_USES)?;
        let by = by.ok_or_else(|| MachineApiError::Validation("The increment field is required.".into()))?;
        let of = parse_activation_id(&fields.required("activationId")?)?;
        match machine::increment(&service, &meter, of, by).await {
            Ok(IncrementOutcome::Counted(counted)) => Ok(Json(MeterResponse {
                name: counted.name,
                uses: counted.uses,
                license_allowed_uses: counted.allowed.unwrap_or(-1),
                license_total_uses: counted.total,
                license_gross_uses: counted.gross,
            })
            .into_response()),
            Ok(IncrementOutcome::Exhausted) => Err(MachineApiError::MeterExhausted),
            Ok(IncrementOutcome::NoActivation) => Err(MachineApiError::NotFound),
            // Not 404: at that a client forgets its token.
            Ok(IncrementOutcome::NoMeter) => {
                Err(MachineApiError::Validation("The product has no meter of this name.".into()))
            }
            Err(error) => Err(MachineApiError::from_service(error, &id)),
        }
    };
    run.await.unwrap_or_else(MachineApiError::answer)
}
