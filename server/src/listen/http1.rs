//! Connections of HTTP/1.1.

use std::net::SocketAddr;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use tokio::io::{AsyncRead, AsyncWrite};

use super::limits::MAX_HEADER_BYTES;
use crate::http_service::HttpService;

/// Timeout of a whole request header, also of the next one on a keep-alive connection.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves a connection until it ends, or until the shutdown and the end of its request.
pub(super) async fn serve<I>(
    stream: I,
    peer: SocketAddr,
    server: HttpService,
    watcher: Watcher,
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
    watcher.watch(connection).await
}
