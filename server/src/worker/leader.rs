//! Leader election of background jobs.

use service::{BackgroundJob, Service};

/// Returns whether this node leads the job. An error counts as no, because the job would fail too.
pub(super) async fn is_leader(service: &Service, job: BackgroundJob) -> bool {
    service.try_acquire(job).await.unwrap_or(false)
}
