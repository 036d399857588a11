//! Accept loop with timeouts, because `axum::serve` never closes a half-sent header or a silent
//! socket.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio_io_timeout::TimeoutStream;

use crate::connection_limit::{ConnectionLimit, ConnectionPermit, Refused};
use crate::http_service::HttpService;

/// Timeout of a whole request header, also of the next one on a keep-alive connection.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(10);
/// Maximum size of a request header in bytes; a longer header is answered with 431 (RFC 6585).
const MAX_HEADER_BYTES: usize = 16 * 1024;
/// Timeout of a client that does not read its response.
const WRITE_TIMEOUT: Duration = Duration::from_secs(20);
/// Maximum time for requests in progress after the shutdown signal.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
/// Delay after a failed accept, mostly for lack of file descriptors.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(20);
/// Minimum interval between two warnings of a reached limit.
const WARNING_INTERVAL: Duration = Duration::from_mins(1);

/// Serves until `stop` resolves, then waits for requests in progress.
pub async fn serve(
    listener: TcpListener,
    server: HttpService,
    limit: &Arc<ConnectionLimit>,
    stop: impl Future<Output = ()>,
) {
    let mut last_warning: Option<Instant> = None;
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => match limit.acquire(peer.ip()) {
                    Ok(permit) => serve_connection(stream, peer, server.clone(), &graceful, permit),
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
    if tokio::time::timeout(DRAIN_TIMEOUT, graceful.shutdown()).await.is_err() {
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

fn serve_connection(
    stream: TcpStream,
    peer: SocketAddr,
    server: HttpService,
    graceful: &GracefulShutdown,
    permit: ConnectionPermit,
) {
    // Small writes must not wait for acknowledgements.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE_TIMEOUT));
    let stream = Box::pin(stream);
    let service =
        hyper::service::service_fn(move |request: hyper::Request<Incoming>| server.handle(request, peer));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_READ_TIMEOUT)
        .max_buf_size(MAX_HEADER_BYTES)
        // Most responses are small: header and body are sent in one packet.
        .writev(false)
        .serve_connection(TokioIo::new(stream), service);
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, %peer, "connection ended early");
        }
        drop(permit);
    });
}
