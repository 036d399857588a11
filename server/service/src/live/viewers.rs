//! The viewers of all live pages, for the background workers and the shutdown.

use std::time::Duration;

use tokio::time::sleep;

use crate::Service;

/// Interval of early flushes while a member views a live page. A second of pauses between two messages and
/// the request of the page still fit into two seconds.
const FLUSH_INTERVAL: Duration = Duration::from_millis(400);

/// Waits until the next early flush is due: never while no member views a live page, on any node.
pub async fn wait_until_flush(service: &Service) {
    service.store.live.wait_until_watched().await;
    sleep(FLUSH_INTERVAL).await;
}

/// Ends all viewers of this process, because open streams would delay the shutdown.
pub fn close(service: &Service) {
    service.store.live.close();
}
