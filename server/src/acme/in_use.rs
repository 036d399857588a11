//! The certificate that a node serves: the stored one, a former one, or the placeholder.

use std::sync::Arc;

use domain::Timestamp;
use service::certificate::{self, CertificateSubject, IssuedCertificate, OrderState};
use service::{Result, Service};
use tokio_rustls::rustls::sign::CertifiedKey;

use super::settings::AcmeSettings;
use crate::tls::{ServedCertificate, certified_key};

/// What health checks tell of a stored certificate that can't be served.
const UNUSABLE: &str = "The stored certificate can't be used: it was altered, or belongs to another master key. A new one is \
                        ordered.";

/// Takes up certificates of the database.
#[derive(Clone)]
pub(super) struct CertificateInUse {
    service: Service,
    subject: CertificateSubject,
    /// The host of the public address.
    host: String,
    served: Arc<ServedCertificate>,
    /// When the stored certificate was issued that was looked at last.
    looked_at: Option<Timestamp>,
    /// Whether that one can't be served.
    is_unusable: bool,
    /// The end of the certificate of former settings that is served meanwhile.
    former_until: Option<Timestamp>,
}

impl CertificateInUse {
    /// Begins with the placeholder.
    pub(super) fn new(service: &Service, settings: &AcmeSettings, served: Arc<ServedCertificate>) -> Self {
        Self {
            service: service.clone(),
            subject: settings.subject.clone(),
            host: settings.host.clone(),
            served,
            looked_at: None,
            is_unusable: false,
            former_until: None,
        }
    }

    /// Returns whether the placeholder is served.
    pub(super) fn is_placeholder(&self) -> bool {
        self.former_until.is_none() && (self.looked_at.is_none() || self.is_unusable)
    }

    /// Serves the certificate of the database, if it is another one than that in use. Returns the state of its order.
    pub(super) async fn take_up_stored(&mut self) -> Result<OrderState> {
        let mut state = certificate::order_state(&self.service, &self.subject).await?;
        if state.issued_at.is_some() && state.issued_at != self.looked_at {
            self.take_up(&state).await?;
        }
        let is_unusable = self.is_unusable && state.issued_at.is_some();
        if is_unusable {
            // It counts as none.
            state.health.expires_at = None;
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
        if is_unusable {
            certificate::store_unusable(&self.service, &state, UNUSABLE).await?;
        }
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
        let former = certificate::former_certificates(&self.service, state, &self.host).await?;
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
}

/// Parses a stored certificate with its key.
fn pair(issued: &IssuedCertificate) -> std::result::Result<CertifiedKey, String> {
    let key = issued.key.as_ref().ok_or_else(|| "its key does not open with this master key".to_owned())?;
    certified_key(issued.chain.as_bytes(), key)
}
