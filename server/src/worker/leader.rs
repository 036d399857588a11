//! Leader election of background jobs.

use std::future::Future;

use service::{BackgroundJob, Result, Service};

/// Returns whether this node leads the job. An error counts as no, because the job would fail too.
pub(super) async fn is_leader(service: &Service, job: BackgroundJob) -> bool {
    service.try_acquire(job).await.unwrap_or(false)
}

/// Runs a round of the job if this node leads it, and records its success for the metrics. Returns `None` on a node
/// that does not lead.
pub(super) async fn lead<T, F: Future<Output = Result<T>>>(
    service: &Service,
    job: BackgroundJob,
    round: impl FnOnce() -> F,
) -> Option<Result<T>> {
    if !is_leader(service, job).await {
        return None;
    }
    let result = round().await;
    if result.is_ok() {
        service.record_success(job);
    }
    Some(result)
}
