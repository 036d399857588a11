//! Takes up certificates of the database, and orders them when they are due.

use std::sync::Arc;
use std::time::Duration;

use domain::Timestamp;
use service::certificate::{self, IssuedCertificate, NewCertificate, OrderState, StoreOutcome};
use service::{Result, Service, supervise};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_rustls::rustls::sign::CertifiedKey;

use super::client::AuthorityClient;
use super::failure::Failure;
use super::order::{self, OpenOrder};
use super::settings::AcmeSettings;
use crate::tls::{ServedCertificate, certified_key};

/// Interval at which a node looks for a certificate of another node, and for an order that is due.
const INTERVAL: Duration = Duration::from_secs(2);
/// Longest order. A reservation is longer.
const ORDER_TIMEOUT: Duration = Duration::from_mins(4);
/// What health checks tell of a stored certificate that can't be served.
const UNUSABLE: &str = "The stored certificate can't be used: it was altered, or belongs to another master key. A new one is \
                        ordered.";

/// Serves and orders the certificate of a node.
#[derive(Clone)]
pub(crate) struct Worker {
    service: Service,
    settings: AcmeSettings,
    client: AuthorityClient,
    served: Arc<ServedCertificate>,
    /// When the stored certificate was issued that was looked at last.
    looked_at: Option<Timestamp>,
    /// Whether that one can't be served.
    is_unusable: bool,
    /// The end of the certificate of former settings that is served meanwhile.
    former_until: Option<Timestamp>,
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
        let mut worker = Self {
            service: service.clone(),
            settings,
            client,
            served,
            looked_at: None,
            is_unusable: false,
            former_until: None,
            open: None,
            unstored: None,
        };
        if let Err(error) = worker.take_up_stored().await {
            tracing::warn!(%error, "stored certificate not read; retried in 2 s");
        }
        Ok(worker)
    }

    /// Returns whether there is no certificate yet.
    pub(crate) fn is_waiting(&self) -> bool {
        self.former_until.is_none() && (self.looked_at.is_none() || self.is_unusable)
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
        let state = self.take_up_stored().await?;
        if state.is_due(self.service.now()) {
            self.order(&state).await?;
            self.take_up_stored().await?;
        }
        Ok(())
    }

    /// Serves the certificate of the database, if it is another one than that in use. Returns the state of its order.
    async fn take_up_stored(&mut self) -> Result<OrderState> {
        let mut state = certificate::order_state(&self.service, &self.settings.subject).await?;
        if state.issued_at.is_some() && state.issued_at != self.looked_at {
            self.take_up(&state).await?;
        }
        if self.is_unusable && state.issued_at.is_some() {
            // It counts as none.
            state.health.expires_at = None;
            certificate::store_unusable(&self.service, &state, UNUSABLE).await?;
            state.health.failure.get_or_insert_with(|| UNUSABLE.to_owned());
        }
        let now = self.service.now();
        let has_ended = |end: Option<Timestamp>| end.is_none_or(|end| end <= now);
        if has_ended(state.health.expires_at) && has_ended(self.former_until) {
            self.take_up_former(&state).await?;
        }
        // Last, so that health checks tell nothing that is not served yet.
        let mut health = state.health.clone();
        health.expires_at = self.former_until.or(health.expires_at);
        self.service.certificate().set(health);
        Ok(state)
    }

    async fn take_up(&mut self, state: &OrderState) -> Result<()> {
        let Some(issued) = certificate::certificate(&self.service, state).await? else { return Ok(()) };
        let pair = pair(&issued);
        self.is_unusable = pair.is_err();
        match pair {
            Ok(pair) => {
                self.served.replace(pair);
                self.former_until = None;
                tracing::info!("certificate of the authority taken up; new connections get it");
            }
            Err(error) => {
                tracing::warn!(
                    %error,
                    "certificate of the database can't be used; the former one stays in use, and a new one is ordered"
                );
            }
        }
        self.looked_at = state.issued_at;
        Ok(())
    }

    /// Serves the newest certificate of former settings that covers the public address, if there is one. A changed name or
    /// directory must not replace a valid certificate by the placeholder.
    async fn take_up_former(&mut self, state: &OrderState) -> Result<()> {
        let former = certificate::former_certificates(&self.service, state, &self.settings.host).await?;
        let usable = former.iter().find_map(|it| pair(&it.issued).ok().zip(Some(it.expires_at)));
        if let Some((pair, end)) = usable {
            self.served.replace(pair);
            self.former_until = Some(end);
            tracing::info!(
                expires_at = %end.rfc3339(),
                "certificate of former settings taken up until the new one is issued"
            );
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

/// Parses a stored certificate with its key.
fn pair(issued: &IssuedCertificate) -> std::result::Result<CertifiedKey, String> {
    let key = issued.key.as_ref().ok_or_else(|| "its key does not open with this master key".to_owned())?;
    certified_key(issued.chain.as_bytes(), key)
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
