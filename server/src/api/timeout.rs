//! A bound on how long an answer takes, whatever the database does.

use std::time::Duration;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

use crate::middleware::request_id::RequestId;

/// Longer than a slow body may take (8 s), so that each gets its own answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(12);

/// Answers with `late`, in the dialect's words, in place of what does not come. A
/// commit that is under way is a task of its own and goes on: what it does was never
/// acknowledged, and is safe to repeat.
pub async fn with_timeout(
    RequestId(id): RequestId,
    request: Request,
    next: Next,
    late: impl FnOnce(String) -> Response,
) -> Response {
    if let Ok(response) = tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await {
        return response;
    }
    tracing::error!(reference = %id, "an API request took longer than {REQUEST_TIMEOUT:?}");
    late(id)
}
