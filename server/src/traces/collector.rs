//! Sends spans to the collector, by the HTTP client of this process.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use http_body_util::Full;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use tokio::runtime::Handle;

use crate::webhook_client;

/// Longest attempt, with its connection.
pub(super) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(4);
/// Time between two warnings of a collector that fails.
const WARNING_INTERVAL: Duration = Duration::from_mins(5);

/// The client of the collector.
#[derive(Debug)]
pub(super) struct Collector {
    /// The exporter has a thread of its own, without a runtime.
    runtime: Handle,
    warned_at: Mutex<Option<Instant>>,
}

impl Collector {
    /// Creates a client that sends by the present runtime.
    pub fn new() -> Self {
        Self { runtime: Handle::current(), warned_at: Mutex::new(None) }
    }

    /// Warns of a failure, unless it did so a short time ago. The exporter sends a batch every few seconds.
    fn warn(&self, reason: &str) {
        let Ok(mut warned_at) = self.warned_at.lock() else { return };
        if warned_at.is_none_or(|at| at.elapsed() >= WARNING_INTERVAL) {
            *warned_at = Some(Instant::now());
            tracing::warn!(
                reason,
                "traces could not be sent to the collector; spans are dropped, requests are not affected. \
                 Check the setting traces_endpoint. Repeated at most every 5 minutes"
            );
        }
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let sending = webhook_client::send(request.map(Full::new), ATTEMPT_TIMEOUT);
        let answer = match self.runtime.spawn(sending).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => {
                self.warn(&error.to_string());
                return Err(error.into());
            }
            // The runtime stops.
            Err(error) => return Err(error.into()),
        };
        if !(200..300).contains(&answer.status) {
            self.warn(&format!("HTTP {}", answer.status));
        }
        Ok(Response::builder().status(answer.status).body(answer.body)?)
    }
}
