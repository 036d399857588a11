//! The HTTP client of the authority. Each request has a connection of its own, because an order has some ten requests in two
//! months.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::uri::{Authority, PathAndQuery};
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use serde_json::Value;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Longest request, with its connection.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Longest wait for one address of the authority. The next address may answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest answer in bytes: a chain of certificates has some 10 KiB.
const MAX_BODY_BYTES: usize = 256 * 1024;

/// The reason why the authority gave no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAnswer {
    /// The address is not one of https.
    #[error("the address {0} is not valid")]
    InvalidAddress(String),
    /// There was no connection, or it broke.
    #[error("{0} does not answer: {1}")]
    Unreachable(String, String),
    /// The certificate of the authority's server is not trusted, or TLS failed.
    #[error("TLS with {0} failed: {1}")]
    Tls(String, String),
    /// The answer is an error of a server or a proxy, without a problem of the protocol.
    #[error("{0} answers with the status {1}")]
    Status(String, StatusCode),
    /// The time is over.
    #[error("{0} did not answer within 30 s")]
    TimedOut(String),
}

/// Sends requests to the authority.
#[derive(Clone)]
pub(super) struct AuthorityClient(TlsConnector);

impl AuthorityClient {
    /// Creates a client that trusts the roots of webpki and those of a file.
    ///
    /// # Errors
    /// Returns a sentence if the file has no certificate, or TLS can't be set up.
    pub(super) async fn new(root: Option<&Path>) -> Result<Self, String> {
        let mut roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
        if let Some(file) = root {
            for certificate in read_roots(file).await? {
                let added = roots.add(certificate);
                added.map_err(|error| {
                    format!("The file {} of tls_acme_root can't be used: {error}.", file.display())
                })?;
            }
        }
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("TLS of the authority can't be set up: {error}."))?;
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }
}

async fn read_roots(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let contents = tokio::fs::read(file).await;
    let contents = contents
        .map_err(|error| format!("The file {} of tls_acme_root can't be read: {error}.", file.display()))?;
    let roots: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&contents).collect();
    let roots = roots.unwrap_or_default();
    if roots.is_empty() {
        return Err(format!("The file {} of tls_acme_root has no certificate in PEM.", file.display()));
    }
    Ok(roots)
}

impl HttpClient for AuthorityClient {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let tls = self.0.clone();
        Box::pin(async move {
            let host = request.uri().host().unwrap_or_default().to_owned();
            let answer = timeout(TIMEOUT, exchange(&tls, request)).await;
            let answer = answer.unwrap_or_else(|_| Err(NoAnswer::TimedOut(host)));
            answer.map_err(|error| Error::Other(Box::new(error)))
        })
    }
}

async fn exchange(
    tls: &TlsConnector,
    mut request: Request<BodyWrapper<Bytes>>,
) -> Result<BytesResponse, NoAnswer> {
    let uri = request.uri().clone();
    let invalid = || NoAnswer::InvalidAddress(uri.to_string());
    let host = uri.host().filter(|_| uri.scheme_str() == Some("https")).ok_or_else(invalid)?;
    let broken = |error: &dyn std::error::Error| NoAnswer::Unreachable(host.to_owned(), error.to_string());
    let plain_host = host.trim_matches(['[', ']']);
    let name = ServerName::try_from(plain_host.to_owned()).map_err(|_| invalid())?;
    let addresses = lookup_host((plain_host, uri.port_u16().unwrap_or(443))).await;
    let addresses: Vec<SocketAddr> = addresses.map_err(|error| broken(&error))?.collect();
    let stream = connect(&addresses).await.map_err(|error| broken(&error))?;
    let stream = tls.connect(name, stream).await;
    let stream = stream.map_err(|error| NoAnswer::Tls(host.to_owned(), error.to_string()))?;
    let authority = uri.authority().map(Authority::as_str).unwrap_or_default();
    let authority = HeaderValue::from_str(authority).map_err(|_| invalid())?;
    request.headers_mut().insert(header::HOST, authority);
    // A server gets the path alone (RFC 9112, section 3.2.1).
    let path = uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
    *request.uri_mut() = path.into();
    let handshake = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|error| broken(&error))?;
    // It ends with the sender.
    tokio::spawn(connection);
    let answer = sender.send_request(request).await.map_err(|error| broken(&error))?;
    let (parts, body) = answer.into_parts();
    let body = Limited::new(body, MAX_BODY_BYTES).collect().await;
    let body = body.map_err(|error| NoAnswer::Unreachable(host.to_owned(), error.to_string()))?;
    let body = body.to_bytes();
    let is_error = parts.status.is_client_error() || parts.status.is_server_error();
    // Else the text of a proxy would hide the status.
    if is_error && serde_json::from_slice::<Value>(&body).is_err() {
        return Err(NoAnswer::Status(host.to_owned(), parts.status));
    }
    Ok(BytesResponse::from(Response::from_parts(parts, Full::new(body))))
}

/// Connects to the first address that answers in time.
async fn connect(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in addresses {
        match timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => failure = error,
            Err(_) => failure = io::Error::new(io::ErrorKind::TimedOut, "no connection within 5 s"),
        }
    }
    Err(failure)
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn second_address_is_tried_after_the_first() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let open = listener.local_addr().expect("an address");
        let closed = {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            listener.local_addr().expect("an address")
        };
        let stream = connect(&[closed, open]).await.expect("a connection");
        assert_eq!(stream.peer_addr().expect("an address"), open);
        assert!(connect(&[closed]).await.is_err() && connect(&[]).await.is_err());
    }
}
