//! The certificate that this process serves, for health checks.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use domain::view::CertificateHealth;

/// The certificate of this process.
#[derive(Default)]
pub struct CertificateMonitor(ArcSwapOption<CertificateHealth>);

impl CertificateMonitor {
    /// Notes the state of the certificate.
    pub fn set(&self, health: CertificateHealth) {
        self.0.store(Some(Arc::new(health)));
    }

    /// Returns the state of the certificate; `None` without TLS.
    #[must_use]
    pub fn health(&self) -> Option<CertificateHealth> {
        self.0.load().as_deref().cloned()
    }
}
