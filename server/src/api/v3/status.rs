//! `GET /v3/status`: whether the API is there.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::schema::Problem;

/// That it is.
#[derive(Serialize, ToSchema)]
pub(super) struct Status {
    /// Always `ok`.
    status: &'static str,
}

/// Ask whether the API is there
#[utoipa::path(get, path = "/v3/status", tag = "Machine API", operation_id = "machineStatus",
    responses(
        (status = 200, description = "It is.", body = Status),
        (status = 429, description = "Over 50 requests in 5 seconds.", body = Problem),
    ))]
pub async fn status() -> Response {
    Json(Status { status: "ok" }).into_response()
}
