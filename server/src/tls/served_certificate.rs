//! The certificate that new connections get.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use domain::Timestamp;
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;

use super::validity::validity;

/// A certificate with its key, replaced without a lock. A connection keeps the one that it began with.
pub(crate) struct ServedCertificate(ArcSwap<CertifiedKey>);

impl ServedCertificate {
    pub(crate) fn new(certificate: CertifiedKey) -> Self {
        Self(ArcSwap::from_pointee(certificate))
    }

    /// Gives later connections another certificate.
    pub(crate) fn replace(&self, certificate: CertifiedKey) {
        self.0.store(Arc::new(certificate));
    }

    /// Returns the end of the certificate in use; `None` if it can't be read.
    pub(super) fn expires_at(&self) -> Option<Timestamp> {
        let pair = self.0.load();
        validity(pair.cert.first()?).map(|(_, end)| end)
    }
}

// The library requires it. The key is not shown.
impl fmt::Debug for ServedCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServedCertificate").finish_non_exhaustive()
    }
}

impl ResolvesServerCert for ServedCertificate {
    /// Returns the same certificate for every name: this server has one public address.
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}
