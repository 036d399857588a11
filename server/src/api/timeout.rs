//! The request timeout of the API. It bounds the response time if the database stalls.

use std::time::Duration;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

use crate::middleware::request_id::RequestId;

/// Longer than the 8 s body timeout, so that a slow body gets its own error.
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_secs(12);

/// Runs the request and responds with `timed_out` if it exceeds `REQUEST_TIMEOUT`. A commit
/// in progress is its own task and continues: its result is not acknowledged, and a client
/// may safely repeat the request.
pub async fn with_timeout(
    RequestId(id): RequestId,
    request: Request,
    next: Next,
    timed_out: impl FnOnce(String) -> Response,
) -> Response {
    if let Ok(response) = tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await {
        return response;
    }
    tracing::error!(reference = %id, "API request exceeded the timeout of {REQUEST_TIMEOUT:?}");
    timed_out(id)
}
