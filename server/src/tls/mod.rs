//! TLS without a proxy: the server's certificate and key in two PEM files, which are loaded again when they change.

mod any_certificate;
mod certificate_files;
mod reload;
mod served_certificate;

use std::sync::Arc;

use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs::{self, Ticketer};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{Error, ServerConfig};

pub(crate) use any_certificate::connect_to_this_machine;
pub use certificate_files::{CertificateFiles, PairError};
use served_certificate::ServedCertificate;

/// The name of HTTP/2 in ALPN (RFC 9113, section 3.1).
pub(crate) const ALPN_HTTP2: &[u8] = b"h2";
/// The name of HTTP/1.1 in ALPN (RFC 7301, section 6).
const ALPN_HTTP1: &[u8] = b"http/1.1";

/// The certificate in use, with the files that it came from.
pub struct Tls {
    acceptor: TlsAcceptor,
    certificate: Arc<ServedCertificate>,
    files: CertificateFiles,
    /// The fingerprint of the contents in use.
    loaded: u64,
}

impl Tls {
    /// Loads a certificate and its key.
    ///
    /// # Errors
    /// Returns a sentence that says which file is wrong.
    pub async fn load(files: CertificateFiles) -> Result<Self, String> {
        let contents = files.read().await.map_err(|error| sentence(&error))?;
        let certificate = contents.certified_key().map_err(|error| sentence(&error))?;
        let certificate = Arc::new(ServedCertificate::new(certificate));
        let config = server_config(Arc::clone(&certificate));
        let config = config.map_err(|error| format!("TLS can't be set up: {error}."))?;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Ok(Self { acceptor, certificate, files, loaded: contents.fingerprint() })
    }

    /// Returns the acceptor of connections. Later connections get the certificate that is loaded then.
    #[must_use]
    pub fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.clone()
    }

    /// Spawns the task that loads the files again when they change.
    #[must_use]
    pub fn watch(&self) -> JoinHandle<()> {
        let (files, certificate) = (self.files.clone(), Arc::clone(&self.certificate));
        let loaded = self.loaded;
        service::supervise("certificate reload", move || {
            reload::run(reload::Watch::new(files.clone(), Arc::clone(&certificate), loaded))
        })
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
