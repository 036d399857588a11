//! Certificates, a server that speaks TLS, and a client for it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method, Request, Response, Version};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::CertificateParams;
use tempfile::TempDir;
use test_support::TestDatabase;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::super::Server;
use super::super::doctor::set_mode;

/// Longest request of a test.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A self-signed certificate of `localhost` and `127.0.0.1`.
pub struct Certificate {
    pub pem: String,
    pub key_pem: String,
    pub der: CertificateDer<'static>,
}

impl Certificate {
    pub fn new() -> Self {
        Self::ending_in(4000)
    }

    /// Makes one that ends with the beginning of a year.
    pub fn ending_in(year: i32) -> Self {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let mut params = CertificateParams::new(names).expect("names");
        params.not_after = rcgen::date_time_ymd(year, 1, 1);
        let key = rcgen::KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        Self { pem: certificate.pem(), key_pem: key.serialize_pem(), der: certificate.der().clone() }
    }
}

/// The files of a certificate and its key.
pub struct Files {
    pub certificate: PathBuf,
    pub key: PathBuf,
    _folder: TempDir,
}

impl Files {
    pub fn of(certificate: &Certificate) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (certificate_file, key) =
            (folder.path().join("fullchain.pem"), folder.path().join("privkey.pem"));
        let files = Self { certificate: certificate_file, key, _folder: folder };
        files.write(certificate);
        set_mode(&files.key, "600");
        files
    }

    /// Replaces both files, one after the other.
    pub fn write(&self, certificate: &Certificate) {
        write(&self.certificate, &certificate.pem);
        write(&self.key, &certificate.key_pem);
    }

    pub fn settings(&self) -> [(&'static str, &str); 2] {
        [
            ("COUNTERSIGN_TLS_CERTIFICATE", self.certificate.to_str().expect("a path in UTF-8")),
            ("COUNTERSIGN_TLS_KEY", self.key.to_str().expect("a path in UTF-8")),
        ]
    }
}

pub fn write(path: &Path, text: &str) {
    std::fs::write(path, text).expect("written");
}

/// Starts a server with a certificate, and with a redirect to it.
pub fn start(db: &TestDatabase, files: &Files) -> Server {
    let [certificate, key] = files.settings();
    Server::start_with(db, &[certificate, key, ("COUNTERSIGN_REDIRECT_LISTEN", "127.0.0.1:0")])
}

/// Which protocols the client offers by ALPN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    Nothing,
    Http1,
    Http2,
}

/// An answer.
pub struct Answer {
    pub version: Version,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("text"))
    }
}

/// A client that trusts some certificates.
#[derive(Clone)]
pub struct Client {
    address: SocketAddr,
    name: &'static str,
    verifier: Arc<dyn ServerCertVerifier>,
}

impl Client {
    pub fn new(server: &Server, trusted: &[&Certificate]) -> Self {
        Self::at(server.address, trusted)
    }

    /// Creates a client of another server of this machine.
    pub fn at(address: SocketAddr, trusted: &[&Certificate]) -> Self {
        let mut roots = RootCertStore::empty();
        for certificate in trusted {
            roots.add(certificate.der.clone()).expect("a root");
        }
        Self::with_roots(address, "localhost", roots)
    }

    /// Creates a client that requests `name`, and trusts certificates of some roots.
    pub fn with_roots(address: SocketAddr, name: &'static str, roots: RootCertStore) -> Self {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
        Self { address, name, verifier: verifier.expect("a verifier") }
    }

    /// Creates a client that trusts every certificate.
    pub fn of_any_certificate(address: SocketAddr) -> Self {
        Self { address, name: "localhost", verifier: Arc::new(AnyCertificate) }
    }

    /// Connects and shakes hands.
    pub async fn connect(&self, offer: Offer) -> std::io::Result<TlsStream<TcpStream>> {
        let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&self.verifier))
            .with_no_client_auth();
        config.alpn_protocols = match offer {
            Offer::Nothing => Vec::new(),
            Offer::Http1 => vec![b"http/1.1".to_vec()],
            Offer::Http2 => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
        };
        let stream = TcpStream::connect(self.address).await?;
        let name = ServerName::try_from(self.name).expect("a name");
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }

    /// Sends a GET on a new connection.
    pub async fn get(&self, offer: Offer, path: &str) -> Result<Answer, String> {
        self.send(offer, Method::GET, path, &[], "").await
    }

    /// Sends a request on a new connection.
    pub async fn send(
        &self,
        offer: Offer,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Answer, String> {
        let request = self.exchange(offer, method, path, headers, body);
        tokio::time::timeout(TIMEOUT, request).await.unwrap_or_else(|_| Err("no answer in time".to_owned()))
    }

    async fn exchange(
        &self,
        offer: Offer,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Answer, String> {
        let stream = self.connect(offer).await.map_err(|error| error.to_string())?;
        let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2".as_slice());
        let stream = TokioIo::new(stream);
        let uri = if is_http2 { format!("https://{}{path}", self.address) } else { path.to_owned() };
        let mut request = Request::builder().method(method).uri(uri);
        if !is_http2 {
            request = request.header("host", self.address.to_string());
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::from(body.to_owned()))).expect("a request");
        let failed = |error: hyper::Error| error.to_string();
        if is_http2 {
            let (mut sender, connection) =
                http2::handshake(TokioExecutor::new(), stream).await.map_err(failed)?;
            tokio::spawn(connection);
            read(sender.send_request(request).await.map_err(failed)?).await
        } else {
            let (mut sender, connection) = http1::handshake(stream).await.map_err(failed)?;
            tokio::spawn(connection);
            read(sender.send_request(request).await.map_err(failed)?).await
        }
    }

    /// Returns the certificate of the server.
    pub async fn certificate(&self) -> CertificateDer<'static> {
        let stream = self.connect(Offer::Http1).await.expect("a handshake");
        let chain = stream.get_ref().1.peer_certificates().expect("a chain");
        chain.first().expect("a certificate").clone().into_owned()
    }
}

/// Trusts every certificate, as `healthcheck` does.
#[derive(Debug)]
struct AnyCertificate;

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        aws_lc_rs::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

async fn read(response: Response<Incoming>) -> Result<Answer, String> {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
    Ok(Answer {
        version: parts.version,
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}
