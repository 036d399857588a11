//! Takes up certificates of the database, and orders them when they are due.

use std::sync::Arc;
use std::time::Duration;

use domain::Timestamp;
use service::certificate::{self, OrderState};
use service::{BackgroundJob, Result, Service, supervise};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::client::AuthorityClient;
use super::failure::Failure;
use super::order;
use super::settings::AcmeSettings;
use crate::tls::{ServedCertificate, certified_key};

/// Interval at which a node looks for a certificate of another node, and for an order that is due.
const INTERVAL: Duration = Duration::from_secs(2);
/// Longest order. The lease of the job is longer.
pub(crate) const ORDER_TIMEOUT: Duration = Duration::from_mins(4);

/// Serves and orders the certificate of a node.
#[derive(Clone)]
pub(crate) struct Worker {
    service: Service,
    settings: AcmeSettings,
    client: AuthorityClient,
    served: Arc<ServedCertificate>,
    /// When the certificate in use was issued.
    taken_up: Option<Timestamp>,
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
        let mut worker = Self { service: service.clone(), settings, client, served, taken_up: None };
        if let Err(error) = worker.take_up_stored().await {
            tracing::warn!(%error, "stored certificate not read; retried in 2 s");
        }
        Ok(worker)
    }

    /// Returns whether there is no certificate yet.
    pub(crate) fn is_waiting(&self) -> bool {
        self.taken_up.is_none()
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
                    tracing::warn!(%error, "certificate not looked up; retried every 2 s, the one in use stays");
                }
                Err(error) => tracing::debug!(%error, "certificate not looked up"),
            }
            sleep(INTERVAL).await;
        }
    }

    async fn round(&mut self) -> Result<()> {
        self.take_up_stored().await?;
        if !self.service.try_acquire(BackgroundJob::CertificateOrder).await? {
            return Ok(());
        }
        // Read again: the node that had the lease before may have ordered meanwhile.
        let state = certificate::order_state(&self.service, &self.settings.subject).await?;
        if state.is_due(self.service.now()) {
            self.order(&state).await?;
            self.take_up_stored().await?;
        }
        self.service.record_success(BackgroundJob::CertificateOrder);
        Ok(())
    }

    /// Serves the certificate of the database, if it is another one than that in use.
    async fn take_up_stored(&mut self) -> Result<()> {
        let state = certificate::order_state(&self.service, &self.settings.subject).await?;
        if state.issued_at.is_some() && state.issued_at != self.taken_up {
            self.take_up(&state).await?;
        }
        // Last, so that health checks tell nothing that is not served yet.
        self.service.certificate().set(state.health);
        Ok(())
    }

    async fn take_up(&mut self, state: &OrderState) -> Result<()> {
        let Some(issued) = certificate::certificate(&self.service, state).await? else { return Ok(()) };
        match certified_key(issued.chain.as_bytes(), &issued.key) {
            Ok(pair) => {
                self.served.replace(pair);
                tracing::info!("certificate of the authority taken up; new connections get it");
            }
            Err(error) => {
                tracing::warn!(%error, "certificate of the database can't be used; the former one stays in use");
            }
        }
        self.taken_up = state.issued_at;
        Ok(())
    }

    async fn order(&self, state: &OrderState) -> Result<()> {
        let names = self.settings.subject.names().join(", ");
        tracing::info!(%names, directory = self.settings.subject.directory(), "certificate is ordered");
        let order = Box::pin(order::order(&self.service, &self.settings, &self.client));
        match timeout(ORDER_TIMEOUT, order).await.unwrap_or(Err(Failure::TimedOut)) {
            Ok(new) => {
                let renewal = certificate::store_certificate(&self.service, state, &new).await?;
                let (end, renewal) = (new.expires_at.rfc3339(), renewal.rfc3339());
                tracing::info!(%names, expires_at = %end, renews_at = %renewal, "certificate issued");
                Ok(())
            }
            // It tells nothing of the authority.
            Err(Failure::Database(error)) => Err(error),
            Err(failure) => self.store_failure(state, &failure).await,
        }
    }

    async fn store_failure(&self, state: &OrderState, failure: &Failure) -> Result<()> {
        if failure.is_unknown_account() {
            certificate::delete_account(&self.service, self.settings.subject.directory()).await?;
        }
        let text = failure.sentences();
        let next = certificate::store_failure(&self.service, state, &text, failure.min_pause_ms()).await?;
        let next_order_at = next.rfc3339();
        if state.health.failure.as_deref() == Some(text.as_str()) {
            tracing::debug!(%next_order_at, "certificate not issued, for the same reason: {text}");
        } else {
            tracing::warn!(%next_order_at, "certificate not issued: {text}");
        }
        Ok(())
    }
}
