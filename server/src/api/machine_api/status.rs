//! `GET /v3/status`: availability of the API.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use super::schema::RateLimited;

/// The response of the availability check.
#[derive(Serialize, ToSchema)]
pub struct StatusResponse {
    /// Always `ok`.
    status: &'static str,
}

/// Check API availability
#[utoipa::path(get, path = "/v3/status", tag = "Machine API", operation_id = "machineStatus",
    responses(
        (status = 200, description = "The API is available.", body = StatusResponse),
        RateLimited,
    ))]
pub async fn status() -> Json<StatusResponse> {
    Json(StatusResponse { status: "ok" })
}
