//! One request to an address of the operator's settings. Unlike a seller's address it may be private.

use std::sync::Arc;
use std::time::Duration;

use domain::webhook::AllowedTargets;
use http::uri::PathAndQuery;
use http::{HeaderValue, Request, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use tokio::time::timeout;
use tokio_rustls::rustls;
use tokio_rustls::rustls::CertificateError;
use tower::Service as _;

use super::connect_error::ConnectError;
use super::connector::Connector;
use super::resolver::SystemResolver;
use super::tls;

/// Longest GET, with its connection.
const TIMEOUT: Duration = Duration::from_secs(8);
/// Longest body, in bytes.
const MAX_BODY_BYTES: usize = 64 * 1024;
/// Every address.
const ALL_NETWORKS: &str = "0.0.0.0/0,::/0";

/// An answer.
pub(crate) struct DirectAnswer {
    /// The status.
    pub status: u16,
    /// Where a redirect leads; it is not followed.
    pub location: Option<String>,
    /// The body; empty if it is too long or breaks off.
    pub body: Bytes,
    /// The certificate of the server, in DER; `None` without TLS.
    pub certificate: Option<Vec<u8>>,
}

/// The reason why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DirectError {
    /// The certificate has expired. With the seconds since the epoch of its end, if they are known.
    #[error("the certificate has expired")]
    Expired(Option<i64>),
    /// The certificate is not valid for another reason.
    #[error("{0}")]
    Untrusted(String),
    /// Anything else.
    #[error("{0}")]
    Unreachable(String),
}

/// Requests an address. `header` is one more header.
///
/// # Errors
/// Returns the reason why there is no answer.
pub(crate) async fn get(uri: &Uri, header: Option<(&str, &str)>) -> Result<DirectAnswer, DirectError> {
    // The answer of a cache tells nothing of the server.
    let mut request =
        Request::get(uri).header(header::ACCEPT, "*/*").header(header::CACHE_CONTROL, "no-cache");
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    let request = request.body(Full::new(Bytes::new()));
    let request = request.map_err(|error| DirectError::Unreachable(error.to_string()))?;
    send(request, TIMEOUT).await
}

/// Sends a request with an absolute address on a connection of its own, within `limit`.
///
/// # Errors
/// Returns the reason why there is no answer.
pub(crate) async fn send(
    request: Request<Full<Bytes>>,
    limit: Duration,
) -> Result<DirectAnswer, DirectError> {
    let late = || DirectError::Unreachable(format!("there was no answer within {} s", limit.as_secs()));
    timeout(limit, exchange(request)).await.unwrap_or_else(|_| Err(late()))
}

async fn exchange(mut request: Request<Full<Bytes>>) -> Result<DirectAnswer, DirectError> {
    let broken = |error: hyper::Error| DirectError::Unreachable(format!("the connection broke: {error}"));
    let targets = AllowedTargets::parse(ALL_NETWORKS, true);
    let targets = targets.map_err(|error| DirectError::Unreachable(error.message))?;
    let tls = tls::config().map_err(DirectError::Unreachable)?;
    let mut connector = Connector::new(targets, Arc::new(SystemResolver), tls);
    let uri = request.uri().clone();
    let socket = connector.call(uri.clone()).await.map_err(of_connection)?;
    let certificate = socket.certificate();
    let host = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    let host = HeaderValue::from_str(host).map_err(|error| DirectError::Unreachable(error.to_string()))?;
    request.headers_mut().insert(header::HOST, host);
    // A server gets the path alone (RFC 9112, section 3.2.1).
    let path = uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
    *request.uri_mut() = path.into();
    let (mut sender, connection) = http1::handshake(socket).await.map_err(broken)?;
    // It ends with the sender.
    tokio::spawn(connection);
    let (parts, body) = sender.send_request(request).await.map_err(broken)?.into_parts();
    let location = parts.headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
    Ok(DirectAnswer {
        status: parts.status.as_u16(),
        location: location.map(ToOwned::to_owned),
        body: Limited::new(body, MAX_BODY_BYTES)
            .collect()
            .await
            .map(http_body_util::Collected::to_bytes)
            .unwrap_or_default(),
        certificate,
    })
}

fn of_connection(error: ConnectError) -> DirectError {
    let text = match error {
        ConnectError::Tls(error) => return of_tls(&error),
        ConnectError::Unresolved => "the name has no address",
        ConnectError::Refused => "no address took the connection",
        ConnectError::TimedOut => "there was no connection within 5 s",
        ConnectError::NotAllowed | ConnectError::InvalidAddress => "the address is not valid",
    };
    DirectError::Unreachable(text.to_owned())
}

fn of_tls(error: &std::io::Error) -> DirectError {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    match cause {
        Some(rustls::Error::InvalidCertificate(CertificateError::Expired)) => DirectError::Expired(None),
        Some(rustls::Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) => {
            DirectError::Expired(i64::try_from(not_after.as_secs()).ok())
        }
        Some(rustls::Error::InvalidCertificate(reason)) => DirectError::Untrusted(reason.to_string()),
        _ => DirectError::Unreachable(format!("TLS failed: {error}")),
    }
}
