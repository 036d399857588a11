//! Seals audit entries: at most a twentieth of the time, so that activations are not slower.

use std::time::Duration;

use service::{BackgroundJob, Service, audit};
use tokio::time::{Instant, sleep};

use super::leader::lead;

/// Interval of the search for entries to seal.
const INTERVAL: Duration = Duration::from_secs(1);
/// Maximum pause between two batches of 1,000 entries an account.
const MAX_BATCH_PAUSE: Duration = Duration::from_secs(2);
/// Pause after an error.
pub(super) const RETRY_DELAY: Duration = Duration::from_mins(1);

/// Seals entries. The first round after an upgrade seals all older entries, about a million in 5 min.
pub async fn run(service: Service) {
    loop {
        let mut pause = INTERVAL;
        let started_at = Instant::now();
        match lead(&service, BackgroundJob::AuditSeals, || audit::seal_batch(&service)).await {
            Some(Ok(true)) => pause = (started_at.elapsed() * 19).min(MAX_BATCH_PAUSE),
            Some(Ok(false)) | None => {}
            Some(Err(error)) => {
                tracing::warn!(%error, "audit entries not sealed; retried in 1 min");
                pause = RETRY_DELAY;
            }
        }
        sleep(pause).await;
    }
}
