//! Flush of usage counts and refusals, in one task: two flushes at once could take the counts apart.

use std::time::Duration;

use service::{Backlog, Service, live};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

/// Interval of usage flushes while a flush is fast.
const FLUSH_INTERVAL: Duration = Duration::from_secs(1);
/// Maximum pause between two usage flushes, however long a flush took.
const RETRY_DELAY: Duration = Duration::from_secs(2);
/// Maximum time of the final usage flush at shutdown.
const FINAL_FLUSH_TIMEOUT: Duration = Duration::from_secs(10);

/// Flushes usage counts until `stopped` changes, then flushes the rest.
pub async fn run(service: Service, mut stopped: watch::Receiver<bool>) {
    let (mut failing, mut pause, mut over_limit) = (false, FLUSH_INTERVAL, false);
    loop {
        if !wait(&service, Instant::now() + pause, &mut stopped).await {
            break;
        }
        let started_at = Instant::now();
        let backlog = service.flush_batch().await;
        match &backlog {
            Ok(_) => failing = false,
            // Logged once and not every second: no count is lost, and the flush is retried.
            Err(error) if !failing => {
                failing = true;
                tracing::warn!(%error, "usage count flush failed; counts stay in memory and the flush is retried");
            }
            Err(_) => {}
        }
        let backlog = backlog.unwrap_or(Backlog::Empty);
        if backlog == Backlog::OverMemoryLimit && !over_limit {
            tracing::warn!(
                "usage counts of evicted licenses are above half of their memory limit; increase COUNTERSIGN_CACHE_BYTES"
            );
        }
        over_limit = backlog == Backlog::OverMemoryLimit;
        pause = match backlog {
            Backlog::Empty => FLUSH_INTERVAL,
            // Flushes take at most a fiftieth of the time, because a flush of more counts per license
            // costs less per count.
            Backlog::Some => (started_at.elapsed() * 49).min(RETRY_DELAY),
            Backlog::OverMemoryLimit => Duration::ZERO,
        };
    }
    match timeout(FINAL_FLUSH_TIMEOUT, service.flush_all()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "final usage count flush failed; unflushed counts are lost"),
        Err(_) => tracing::warn!(
            "final usage count flush exceeded {FINAL_FLUSH_TIMEOUT:?}; unflushed counts are lost"
        ),
    }
}

/// Waits until the next flush, or returns false at the shutdown. Meanwhile flushes what live pages show,
/// while a member views one.
async fn wait(service: &Service, until: Instant, stopped: &mut watch::Receiver<bool>) -> bool {
    loop {
        tokio::select! {
            () = sleep_until(until) => return true,
            _ = stopped.changed() => return false,
            () = live::wait_until_flush(service) => {
                // The next regular flush logs the failure.
                if let Err(error) = service.flush_live().await {
                    tracing::debug!(%error, "refusals and activations not flushed early; the next flush retries");
                }
            }
        }
    }
}
