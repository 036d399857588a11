//! Accept loop with timeouts, because `axum::serve` never closes a half-sent header or a silent
//! socket.

mod activity;
mod client_stream;
mod http1;
mod http2;
mod limits;
mod secure;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use client_stream::with_write_timeout;
use limits::DRAIN_TIMEOUT;

use crate::connection_limit::{ConnectionLimit, Refused};
use crate::http_service::HttpService;
use crate::tls::ALPN_HTTP2;

/// Delay after a failed accept, mostly for lack of file descriptors.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(20);
/// Minimum interval between two warnings of a reached limit.
const WARNING_INTERVAL: Duration = Duration::from_mins(1);

/// An accepted connection.
struct Accepted {
    stream: TcpStream,
    peer: SocketAddr,
    server: HttpService,
    /// Changes when the shutdown begins, which waits until it is dropped.
    stop: watch::Receiver<()>,
}

/// Serves until `stop` resolves, then waits for requests in progress. With `tls`, clients must speak TLS.
pub async fn serve(
    listener: TcpListener,
    server: HttpService,
    limit: &Arc<ConnectionLimit>,
    tls: Option<TlsAcceptor>,
    stop: impl Future<Output = ()>,
) {
    let mut last_warning: Option<Instant> = None;
    let stop_connections = watch::Sender::new(());
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => match limit.acquire(peer.ip()) {
                    Ok(permit) => {
                        let (server, stop) = (server.clone(), stop_connections.subscribe());
                        Accepted { stream, peer, server, stop }.spawn(tls.clone(), permit);
                    }
                    // The stream is closed. A flood must not flood the log too.
                    Err(reason) if last_warning.is_none_or(|at| at.elapsed() > WARNING_INTERVAL) => {
                        last_warning = Some(Instant::now());
                        warn_of_limit(reason, peer);
                    }
                    Err(_) => {}
                },
                Err(error) => {
                    tracing::warn!(%error, "connection could not be accepted; retried in 20 ms");
                    tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
                }
            },
            () = &mut stop => break,
        }
    }
    drop(listener);
    // Without a connection nothing receives it.
    let _ = stop_connections.send(());
    if tokio::time::timeout(DRAIN_TIMEOUT, stop_connections.closed()).await.is_err() {
        tracing::warn!("shutdown timeout reached; unfinished requests aborted");
    }
}

fn warn_of_limit(reason: Refused, peer: SocketAddr) {
    match reason {
        Refused::Total => tracing::warn!("connection limit reached; new connections are closed"),
        Refused::Client => tracing::warn!(
            client = %peer.ip(),
            "connection limit of a client reached; if it is your proxy, add its address to trusted_proxies"
        ),
    }
}

impl Accepted {
    /// Spawns the task of the connection. Drops `permit` at its end.
    fn spawn(self, tls: Option<TlsAcceptor>, permit: impl Send + 'static) {
        // Small writes must not wait for acknowledgements.
        let _ = self.stream.set_nodelay(true);
        let peer = self.peer;
        let ended = move |result: hyper::Result<()>| {
            if let Err(error) = result {
                tracing::debug!(%error, %peer, "connection ended early");
            }
            drop(permit);
        };
        // Two tasks, because a task without TLS needs much less memory.
        match tls {
            None => tokio::spawn(async move {
                let stream = with_write_timeout(self.stream);
                ended(http1::serve(stream, peer, self.server, self.stop).await);
            }),
            Some(acceptor) => tokio::spawn(async move {
                ended(self.serve_secure(&acceptor).await);
            }),
        };
    }

    /// Serves over TLS the protocol that the client has chosen. A client that names none gets HTTP/1.1.
    async fn serve_secure(self, acceptor: &TlsAcceptor) -> hyper::Result<()> {
        let Self { stream, peer, server, stop } = self;
        let stream = match secure::accept(stream, acceptor).await {
            Ok(Some(stream)) => stream,
            Ok(None) => return Ok(()),
            Err(error) => {
                tracing::debug!(%error, %peer, "TLS handshake failed");
                return Ok(());
            }
        };
        if stream.get_ref().1.alpn_protocol() == Some(ALPN_HTTP2) {
            Box::pin(http2::serve(stream, peer, server, stop)).await
        } else {
            Box::pin(http1::serve(stream, peer, server, stop)).await
        }
    }
}
