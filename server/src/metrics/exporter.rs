//! The text of a scrape.

use std::sync::Arc;

use prometheus_client::encoding::prometheus_text;
use prometheus_client::registry::Registry;
use service::{Service, metrics};

use super::RequestMetrics;
use super::snapshot::Snapshot;
use super::waiting::WaitingWork;
use crate::health;

/// Reads all counters, and writes them in Prometheus' text format.
pub struct Exporter {
    service: Service,
    requests: Arc<RequestMetrics>,
    waiting: WaitingWork,
}

impl Exporter {
    /// Creates an exporter of this process.
    #[must_use]
    pub fn new(service: &Service, requests: Arc<RequestMetrics>) -> Self {
        Self { service: service.clone(), requests, waiting: WaitingWork::default() }
    }

    /// Returns the text of a scrape.
    ///
    /// # Errors
    /// Returns an error if the encoder fails, which it does not for a text in memory.
    pub async fn render(&self) -> Result<String, std::fmt::Error> {
        // A reading of the queues that waits for a connection tells nothing of the database.
        let (database_answers, waiting) =
            tokio::join!(health::database_answers(&self.service), self.waiting.read(&self.service));
        let snapshot = Snapshot {
            now: self.service.now(),
            routes: self.requests.read(),
            process: metrics::process(&self.service),
            database_answers,
            waiting,
        };
        let mut registry = Registry::default();
        registry.register_collector(Box::new(snapshot));
        let mut text = String::new();
        prometheus_text::encode(&mut text, &registry)?;
        Ok(text)
    }
}
