//! What waits in the database, read at most every ten seconds.

use std::sync::Arc;
use std::time::{Duration, Instant};

use service::Service;
use service::metrics::{StoredMetrics, stored};
use tokio::sync::Mutex;
use tokio::time::timeout;

/// How long a reading is kept, so that several scrapers cost no more than one.
const MAX_AGE: Duration = Duration::from_secs(10);
/// Maximum time of a reading. Prometheus waits 10 s by default.
const READ_TIMEOUT: Duration = Duration::from_secs(2);

/// A reading and its time. `None` if it failed or was late; then the metrics of queues alone are missing.
type Reading = (Instant, Option<Arc<StoredMetrics>>);

/// The last reading.
#[derive(Default)]
pub(super) struct WaitingWork(Mutex<Option<Reading>>);

impl WaitingWork {
    /// Returns what waits, or `None` if the queues could not be read in time.
    pub(super) async fn read(&self, service: &Service) -> Option<Arc<StoredMetrics>> {
        // Locked meanwhile, so that a scrape at the same time takes the result.
        let mut last = self.0.lock().await;
        if let Some((read_at, metrics)) = &*last
            && read_at.elapsed() < MAX_AGE
        {
            return metrics.clone();
        }
        let metrics = match timeout(READ_TIMEOUT, stored(service)).await {
            Ok(Ok(metrics)) => Some(Arc::new(metrics)),
            Ok(Err(error)) => {
                tracing::debug!(%error, "queues not read for the metrics; retried in 10 s");
                None
            }
            Err(_) => None,
        };
        *last = Some((Instant::now(), metrics.clone()));
        metrics
    }
}
