//! Connects to receivers. The guard is here: the addresses of a name are checked, and the connection goes to one of
//! the addresses that were checked, so that a name that changes meanwhile leads nowhere else.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use domain::webhook::AllowedTargets;
use http::Uri;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;
use tower::Service;

use super::connect_error::ConnectError;
use super::resolver::Resolve;
use super::socket::Socket;

/// Longest connection: look-up, TCP and TLS.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest connection to one of several addresses. The next one is tried after it.
const ADDRESS_TIMEOUT: Duration = Duration::from_secs(2);

/// Connects to receivers that are allowed.
#[derive(Clone)]
pub(super) struct Connector(Arc<Parts>);

struct Parts {
    targets: AllowedTargets,
    resolver: Arc<dyn Resolve>,
    tls: TlsConnector,
}

impl Connector {
    /// Creates a connector.
    pub fn new(targets: AllowedTargets, resolver: Arc<dyn Resolve>, tls: Arc<ClientConfig>) -> Self {
        Self(Arc::new(Parts { targets, resolver, tls: TlsConnector::from(tls) }))
    }
}

impl Service<Uri> for Connector {
    type Response = Socket;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<Socket, ConnectError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let parts = Arc::clone(&self.0);
        Box::pin(async move {
            timeout(CONNECT_TIMEOUT, parts.connect(&uri)).await.unwrap_or(Err(ConnectError::TimedOut))
        })
    }
}

impl Parts {
    async fn connect(&self, uri: &Uri) -> Result<Socket, ConnectError> {
        let is_tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if self.targets.allows_http() => false,
            _ => return Err(ConnectError::InvalidAddress),
        };
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let addresses = self.checked_addresses(host, port).await?;
        let stream = connect_first(&addresses).await?;
        if !is_tls {
            return Ok(Socket::Plain(TokioIo::new(stream)));
        }
        let name = ServerName::try_from(host.to_owned()).map_err(|_| ConnectError::InvalidAddress)?;
        let stream = self.tls.connect(name, stream).await;
        let stream = stream.map_err(ConnectError::Tls)?;
        Ok(Socket::Tls(Box::new(TokioIo::new(stream))))
    }

    /// Returns the addresses of a host. If one of them is not allowed, none is: a name with a public and a private
    /// address is no accident.
    async fn checked_addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, ConnectError> {
        let addresses = match host.parse::<IpAddr>() {
            Ok(address) => vec![SocketAddr::new(address, port)],
            Err(_) => self.resolver.resolve(host, port).await.map_err(|_| ConnectError::Unresolved)?,
        };
        if addresses.is_empty() {
            return Err(ConnectError::Unresolved);
        }
        if addresses.iter().all(|address| self.targets.allows(host, address.ip())) {
            Ok(addresses)
        } else {
            Err(ConnectError::NotAllowed)
        }
    }
}

/// Connects to the first address that takes the connection.
async fn connect_first(addresses: &[SocketAddr]) -> Result<TcpStream, ConnectError> {
    let mut last = ConnectError::Unresolved;
    for address in addresses {
        let limit = if addresses.len() == 1 { CONNECT_TIMEOUT } else { ADDRESS_TIMEOUT };
        match timeout(limit, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // A delivery is one write, which must not wait for an acknowledgement.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(_)) => last = ConnectError::Refused,
            Err(_) => last = ConnectError::TimedOut,
        }
    }
    Err(last)
}
