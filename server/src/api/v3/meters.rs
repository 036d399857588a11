//! `POST /v3/activations/meter-attributes/:id`: counting uses.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use domain::meter::MAX_USES;
use serde::Serialize;
use service::Service;
use service::machine::{self, Metered};
use utoipa::ToSchema;

use super::answer::Refusal;
use super::input::{Named, activation, read};
use super::schema::{MeterBody, Problem};
use crate::middleware::request_id::RequestId;

/// A meter after it was counted on.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MeterAnswer {
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
        (status = 200, description = "Counted.", body = MeterAnswer),
        (status = 400, description = "`METER_ATTRIBUTE_USES_LIMIT_REACHED`, no such meter, or a field is wrong.", body = Problem),
        (status = 404, description = "The activation is gone.", body = Problem),
        (status = 408, description = "The body did not arrive in time.", body = Problem),
        (status = 413, description = "The body is over 64 KiB.", body = Problem),
        (status = 429, description = "Over 50 requests in 5 seconds.", body = Problem),
    ))]
pub async fn increment(
    State(service): State<Service>,
    Extension(id): Extension<RequestId>,
    meter: Named,
    body: Body,
) -> Response {
    let run = async {
        let Path(meter) = meter.map_err(|_| Refusal::NotFound)?;
        let fields = read(body).await?;
        let by = fields.number("increment", -MAX_USES, MAX_USES)?;
        let by = by.ok_or_else(|| Refusal::Validation("The increment field is required.".into()))?;
        let of = activation(&fields.required("activationId")?)?;
        match machine::increment(&service, &meter, of, by).await {
            Ok(Metered::Counted(counted)) => Ok(Json(MeterAnswer {
                name: counted.name,
                uses: counted.uses,
                license_allowed_uses: counted.allowed.unwrap_or(-1),
                license_total_uses: counted.total,
                license_gross_uses: counted.gross,
            })
            .into_response()),
            Ok(Metered::Exhausted) => Err(Refusal::MeterExhausted),
            Ok(Metered::NoActivation) => Err(Refusal::NotFound),
            // Not 404: at that a client forgets its token.
            Ok(Metered::NoMeter) => Err(Refusal::Validation("The product has no meter of this name.".into())),
            Err(error) => Err(Refusal::of(error, &id)),
        }
    };
    run.await.unwrap_or_else(Refusal::answer)
}
