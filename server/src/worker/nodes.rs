//! Heartbeats of this node, by which the operator sees that it runs.

use service::{Service, node};
use tokio::time::sleep;

/// Writes heartbeats. A failure is no warning, because other workers log that the database is unavailable.
pub async fn run(service: Service) {
    loop {
        if let Err(error) = node::heartbeat(&service).await {
            tracing::debug!(%error, "node heartbeat not written; retried in 30 s");
        }
        sleep(node::HEARTBEAT_INTERVAL).await;
    }
}
