//! A bound on how long an answer takes, whatever the database does.

use std::time::Duration;

use axum::Extension;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::answer::{Dialect, Refusal};
use crate::middleware::request_id::RequestId;

/// Longer than a slow body may take (8 s), so that each gets its own answer.
const DEADLINE: Duration = Duration::from_secs(12);

/// Answers 503 in place of what does not come. A commit that is under way is a task
/// of its own and goes on: what it does was never acknowledged, and is safe to
/// repeat.
pub async fn deadline(
    State(dialect): State<Dialect>,
    Extension(RequestId(id)): Extension<RequestId>,
    request: Request,
    next: Next,
) -> Response {
    if let Ok(response) = tokio::time::timeout(DEADLINE, next.run(request)).await {
        return response;
    }
    tracing::error!(reference = %id, "an API request took longer than {DEADLINE:?}");
    Refusal::Unavailable(id).answer(dialect)
}
