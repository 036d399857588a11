//! Connections of HTTP/1.1.

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::timeout;

use super::limits::{FIRST_REQUEST_DELAY, MAX_HEADER_BYTES};
use crate::http_service::HttpService;

/// Timeout of a whole request header, also of the next one on a keep-alive connection.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves a connection until it ends, or until the shutdown and the end of its request.
pub(super) async fn serve<I>(
    stream: I,
    peer: SocketAddr,
    server: HttpService,
    mut stop: watch::Receiver<()>,
) -> hyper::Result<()>
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = hyper::service::service_fn(move |request: Request<Incoming>| server.handle(request, peer));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_READ_TIMEOUT)
        .max_buf_size(usize::from(MAX_HEADER_BYTES))
        // Most responses are small: header and body are sent in one packet.
        .writev(false)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    tokio::select! {
        // The connection is polled much more often than the shutdown begins.
        biased;
        ended = connection.as_mut() => return ended,
        _ = stop.changed() => {}
    }
    if let Ok(ended) = timeout(FIRST_REQUEST_DELAY, connection.as_mut()).await {
        return ended;
    }
    connection.as_mut().graceful_shutdown();
    connection.await
}
