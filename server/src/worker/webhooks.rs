//! Delivers events to webhooks, and writes the events of expiries.

use std::time::Duration;

use service::webhook::{Dispatcher, queue_expiry_events};
use service::{BackgroundJob, Service};
use tokio::sync::watch;
use tokio::time::sleep;

use super::leader::lead;

/// Interval of the search for expiries. Their events follow within a minute.
pub(super) const EXPIRY_INTERVAL: Duration = Duration::from_secs(30);

/// Delivers until `stopped` changes. Every node does. Returns at once if this process knows no webhooks.
pub async fn deliver(service: Service, stopped: watch::Receiver<bool>) {
    if let Some(dispatcher) = Dispatcher::new(&service) {
        dispatcher.run(stopped).await;
    }
}

/// Writes the events of licenses that expired or expire soon.
pub async fn write_expiry_events(service: Service) {
    loop {
        let round = || queue_expiry_events(&service);
        if let Some(Err(error)) = lead(&service, BackgroundJob::ExpiryEvents, round).await {
            tracing::warn!(%error, "events of expiries are not written for webhooks; retried in 30 s");
        }
        sleep(EXPIRY_INTERVAL).await;
    }
}
