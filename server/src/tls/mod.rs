//! TLS without a proxy: the server's certificate and key in two PEM files, which are loaded again when they change, or
//! ordered by ACME.

mod any_certificate;
mod certificate_files;
mod pem_pair;
mod placeholder;
mod reload;
mod served_certificate;
mod validity;

use std::sync::Arc;

use service::Service;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs::{self, Ticketer};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{Error, ServerConfig};

pub(crate) use any_certificate::connect_to_this_machine;
pub use certificate_files::{CertificateFiles, PairError};
pub(crate) use pem_pair::certified_key;
pub(crate) use served_certificate::ServedCertificate;
pub(crate) use validity::validity;

/// The name of HTTP/2 in ALPN (RFC 9113, section 3.1).
pub(crate) const ALPN_HTTP2: &[u8] = b"h2";
/// The name of HTTP/1.1 in ALPN (RFC 7301, section 6).
const ALPN_HTTP1: &[u8] = b"http/1.1";

/// The certificate in use.
pub struct Tls {
    acceptor: TlsAcceptor,
    certificate: Arc<ServedCertificate>,
    /// The files that it came from, with the fingerprint of their contents. `None` if it is ordered.
    files: Option<(CertificateFiles, u64)>,
}

impl Tls {
    /// Loads a certificate and its key.
    ///
    /// # Errors
    /// Returns a sentence that says which file is wrong.
    pub async fn load(files: CertificateFiles) -> Result<Self, String> {
        let contents = files.read().await.map_err(|error| sentence(&error))?;
        let certificate = contents.certified_key().map_err(|error| sentence(&error))?;
        Self::serve(certificate, Some((files, contents.fingerprint())))
    }

    /// Begins with a placeholder that no client trusts, until a certificate of these names is issued.
    ///
    /// # Errors
    /// Returns a sentence if it can't be made.
    pub fn waiting(names: &[String]) -> Result<Self, String> {
        let certificate = placeholder::placeholder(names);
        let certificate = certificate
            .map_err(|error| format!("A certificate of tls_acme_domains can't be made: {error}."))?;
        Self::serve(certificate, None)
    }

    fn serve(certificate: CertifiedKey, files: Option<(CertificateFiles, u64)>) -> Result<Self, String> {
        let certificate = Arc::new(ServedCertificate::new(certificate));
        let config = server_config(Arc::clone(&certificate));
        let config = config.map_err(|error| format!("TLS can't be set up: {error}."))?;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), certificate, files })
    }

    /// Returns the acceptor of connections. Later connections get the certificate that is in use then.
    #[must_use]
    pub fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.clone()
    }

    /// Returns the certificate in use, to replace it.
    pub(crate) fn served(&self) -> Arc<ServedCertificate> {
        Arc::clone(&self.certificate)
    }

    /// Spawns the task that loads the files again when they change. `None` if there are no files.
    #[must_use]
    pub fn watch(&self, service: &Service) -> Option<JoinHandle<()>> {
        let (files, loaded) = self.files.clone()?;
        let (certificate, service) = (Arc::clone(&self.certificate), service.clone());
        reload::note(&certificate, &service);
        Some(service::supervise("certificate reload", move || {
            let watch = reload::Watch::new(files.clone(), Arc::clone(&certificate), loaded);
            reload::run(watch, service.clone())
        }))
    }
}

fn sentence(error: &PairError) -> String {
    format!("The settings tls_certificate and tls_key are wrong: {error}.")
}

fn server_config(certificate: Arc<ServedCertificate>) -> Result<ServerConfig, Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_no_client_auth()
        .with_cert_resolver(certificate);
    config.alpn_protocols = vec![ALPN_HTTP2.to_vec(), ALPN_HTTP1.to_vec()];
    // Resumption without memory per client. The keys of tickets change every six hours.
    config.ticketer = Ticketer::new()?;
    Ok(config)
}
