//! Heartbeats of this node, by which the operator sees that it runs, and by which nodes share their rate limits.

use service::{Service, node};
use tokio::time::sleep;

/// Writes heartbeats.
pub async fn run(service: Service) {
    loop {
        write_heartbeat(&service).await;
        sleep(node::heartbeat_interval(&service)).await;
    }
}

/// Writes one heartbeat. A failure is no warning, because other workers log that the database is unavailable.
pub async fn write_heartbeat(service: &Service) {
    match node::heartbeat(service).await {
        Ok(None) => {}
        Ok(Some(share)) => {
            tracing::info!(nodes = share.nodes(), rank = share.rank(), "share of the rate limits changed");
        }
        Err(error) => tracing::debug!(%error, "node heartbeat not written; retried with the next one"),
    }
}
