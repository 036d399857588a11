//! `GET /v3/status`: whether the API is there.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

pub async fn status() -> Response {
    Json(json!({ "status": "ok" })).into_response()
}
