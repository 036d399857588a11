//! `GET /v3/status`: whether the API is there.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::schema::ErrorBody;

/// That it is.
#[derive(Serialize, ToSchema)]
pub(super) struct StatusResponse {
    /// Always `ok`.
    status: &'static str,
}

/// Ask whether the API is there
#[utoipa::path(get, path = "/v3/status", tag = "Machine API", operation_id = "machineStatus",
    responses(
        (status = 200, description = "It is.", body = StatusResponse),
        (status = 429, description = "Over 50 requests in 5 seconds.", body = ErrorBody),
    ))]
pub async fn status() -> Response {
    Json(StatusResponse { status: "ok" }).into_response()
}
