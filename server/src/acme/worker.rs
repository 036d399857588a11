//! Orders the certificate when it is due.

use std::sync::Arc;
use std::time::Duration;

use service::certificate::{self, NewCertificate, OrderState, StoreOutcome};
use service::{Result, Service, supervise};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::client::AuthorityClient;
use super::failure::Failure;
use super::in_use::CertificateInUse;
use super::order::{self, OpenOrder};
use super::settings::AcmeSettings;
use crate::tls::ServedCertificate;

/// Interval at which a node looks for a certificate of another node, and for an order that is due.
const INTERVAL: Duration = Duration::from_secs(2);
/// Longest order. A reservation is longer.
const ORDER_TIMEOUT: Duration = Duration::from_mins(4);

/// Serves and orders the certificate of a node.
#[derive(Clone)]
pub(crate) struct Worker {
    service: Service,
    settings: AcmeSettings,
    client: AuthorityClient,
    in_use: CertificateInUse,
    /// The order that the authority has not finished yet.
    open: Option<OpenOrder>,
    /// The certificate that the database did not take yet.
    unstored: Option<Arc<Unstored>>,
}

/// An issued certificate, with the state of its order.
struct Unstored {
    order: OrderState,
    new: NewCertificate,
}

impl Worker {
    /// Creates a worker, which takes up the certificate that is stored.
    ///
    /// # Errors
    /// Returns a sentence if the file of `tls_acme_root` can't be used.
    pub(crate) async fn new(
        service: &Service,
        settings: AcmeSettings,
        served: Arc<ServedCertificate>,
    ) -> std::result::Result<Self, String> {
        let client = AuthorityClient::new(settings.root.as_deref()).await?;
        let in_use = CertificateInUse::new(service, &settings, served);
        let mut worker =
            Self { service: service.clone(), settings, client, in_use, open: None, unstored: None };
        if let Err(error) = worker.in_use.take_up_stored().await {
            tracing::warn!(%error, "stored certificate not read; retried in 2 s");
        }
        Ok(worker)
    }

    /// Returns whether there is no certificate yet.
    pub(crate) fn is_waiting(&self) -> bool {
        self.in_use.is_placeholder()
    }

    /// Spawns the task of the worker.
    pub(crate) fn spawn(&self) -> JoinHandle<()> {
        let worker = self.clone();
        supervise("certificate order", move || worker.clone().run())
    }

    async fn run(mut self) {
        let mut has_failed = false;
        loop {
            match self.round().await {
                Ok(()) => has_failed = false,
                // Once, because the database may be away for long.
                Err(error) if !has_failed => {
                    has_failed = true;
                    tracing::warn!(
                        %error,
                        "certificate neither looked up nor ordered; retried every 2 s, the one in use stays"
                    );
                }
                Err(error) => tracing::debug!(%error, "certificate neither looked up nor ordered"),
            }
            sleep(INTERVAL).await;
        }
    }

    async fn round(&mut self) -> Result<()> {
        self.store_issued().await?;
        let state = self.in_use.take_up_stored().await?;
        if state.is_due(self.service.now()) {
            self.order(&state).await?;
            self.in_use.take_up_stored().await?;
        }
        Ok(())
    }

    async fn order(&mut self, state: &OrderState) -> Result<()> {
        // Before the first request: without a trace, the order would be repeated at once if it is cut off.
        let Some(reserved) = certificate::reserve_order(&self.service, state).await? else { return Ok(()) };
        let names = self.settings.subject.names().join(", ");
        tracing::info!(%names, directory = self.settings.subject.directory(), "certificate is ordered");
        let order = Box::pin(order::order(&self.service, &self.settings, &self.client, &mut self.open));
        let issued = timeout(ORDER_TIMEOUT, order).await.unwrap_or(Err(Failure::TimedOut));
        match issued {
            Ok(new) => {
                self.open = None;
                self.unstored = Some(Arc::new(Unstored { order: reserved, new }));
                self.store_issued().await
            }
            Err(failure) => {
                self.store_failure(&reserved, &failure).await;
                Ok(())
            }
        }
    }

    /// Stores the certificate that was issued last, if it is not stored yet.
    async fn store_issued(&mut self) -> Result<()> {
        let Some(issued) = self.unstored.clone() else { return Ok(()) };
        let stored = certificate::store_certificate(&self.service, &issued.order, &issued.new).await?;
        self.unstored = None;
        let names = self.settings.subject.names().join(", ");
        let end = issued.new.expires_at.rfc3339();
        match stored {
            StoreOutcome::Stored(renewal) => {
                tracing::info!(%names, expires_at = %end, renews_at = %renewal.rfc3339(), "certificate issued");
            }
            StoreOutcome::AlreadyDue(next) => tracing::warn!(
                %names,
                expires_at = %end,
                next_order_at = %next.rfc3339(),
                "certificate issued, but it is due for renewal already; check the clock of this machine"
            ),
            StoreOutcome::Superseded => {
                tracing::info!(%names, "certificate issued, but another node was first; its certificate is used");
            }
        }
        Ok(())
    }

    /// Stores why an order failed. If that fails, the next order is at the time of the reservation.
    async fn store_failure(&self, reserved: &OrderState, failure: &Failure) {
        let text = failure.sentences();
        let stored = match failure {
            // It tells nothing of the authority, so that the former reason stays.
            Failure::Database(error) => {
                tracing::debug!(%error, "database failed during an order");
                Ok(None)
            }
            failure => {
                certificate::store_failure(&self.service, reserved, &text, failure.min_pause_ms()).await
            }
        };
        let next = stored.unwrap_or_else(|error| {
            tracing::debug!(%error, "reason of a failed order not stored");
            None
        });
        let next_order_at = next.unwrap_or(reserved.next_order_at()).rfc3339();
        if reserved.health.failure.as_deref() == Some(text.as_str()) {
            tracing::debug!(%next_order_at, "certificate not issued, for the same reason: {text}");
        } else {
            tracing::warn!(%next_order_at, "certificate not issued: {text}");
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::certificate_order::RESERVATION_MS;

    use super::*;

    #[test]
    fn reservation_outlasts_an_order() {
        assert!(u128::from(RESERVATION_MS.unsigned_abs()) > ORDER_TIMEOUT.as_millis());
    }
}
