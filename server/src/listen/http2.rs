//! Connections of HTTP/2.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Request, Uri, header};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::timeout;

use super::activity::{ActiveBody, Activity};
use super::limits::{DRAIN_TIMEOUT, FIRST_REQUEST_DELAY, MAX_HEADER_BYTES};
use crate::http_service::HttpService;

/// Maximum number of requests at a time. Browsers open about a dozen.
const MAX_STREAMS: u32 = 100;
/// Bytes of a request's body that a client may send before they are read.
const STREAM_WINDOW_BYTES: u32 = 128 * 1024;
/// The same of all requests of a connection.
const CONNECTION_WINDOW_BYTES: u32 = 256 * 1024;
/// Bytes of an answer that are kept for a client that does not read.
const MAX_SEND_BYTES: usize = 64 * 1024;
/// Interval of pings, and the time to answer one. A client that is gone holds no stream.
const PING_INTERVAL: Duration = Duration::from_secs(20);
/// Timeout of a connection on which nothing moves: no request, and no part of a body. Live pages send every 5 s.
const IDLE_TIMEOUT: Duration = Duration::from_mins(1);

/// Serves a connection until it ends, is idle, or until the shutdown and the end of its requests.
pub(super) async fn serve<I>(
    stream: I,
    peer: SocketAddr,
    server: HttpService,
    mut stop: watch::Receiver<()>,
) -> hyper::Result<()>
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let activity = Activity::new();
    let noted = Arc::clone(&activity);
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let (handled, activity) = (noted.begin(), Arc::clone(&noted));
        let request = as_http1(request).map(|body| ActiveBody::new(body, Arc::clone(&noted)));
        let answer = server.handle(request, peer);
        async move {
            let answer = answer.await;
            drop(handled);
            answer.map(|response| response.map(|body| ActiveBody::new(body, activity)))
        }
    });
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(u32::from(MAX_HEADER_BYTES))
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_send_buf_size(MAX_SEND_BYTES)
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_INTERVAL)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    tokio::select! {
        biased;
        ended = connection.as_mut() => return ended,
        _ = stop.changed() => {
            if let Ok(ended) = timeout(FIRST_REQUEST_DELAY, connection.as_mut()).await {
                return ended;
            }
        }
        () = activity.idle_for(IDLE_TIMEOUT) => {}
    }
    connection.as_mut().graceful_shutdown();
    timeout(DRAIN_TIMEOUT, connection).await.unwrap_or(Ok(()))
}

/// Gives a request the form that it would have in HTTP/1.1, as handlers expect it: the authority in `Host`, one header
/// of cookies, and a target without scheme and authority (RFC 9113, sections 8.2.3 and 8.3.1).
fn as_http1<B>(mut request: Request<B>) -> Request<B> {
    let authority = request.uri().authority().map(|authority| HeaderValue::from_str(authority.as_str()));
    if let Some(Ok(host)) = authority {
        request.headers_mut().insert(header::HOST, host);
    }
    let cookies: Vec<&[u8]> =
        request.headers().get_all(header::COOKIE).iter().map(HeaderValue::as_bytes).collect();
    let joined = (cookies.len() > 1).then(|| HeaderValue::from_bytes(&cookies.join(b"; ".as_slice())));
    if let Some(Ok(cookies)) = joined {
        request.headers_mut().insert(header::COOKIE, cookies);
    }
    if let Some(target) = request.uri().path_and_query().cloned() {
        *request.uri_mut() = Uri::from(target);
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_gets_the_form_of_http1() {
        let request = Request::get("https://a.example:8443/licenses?q=1")
            .header(header::HOST, "other.example")
            .header(header::COOKIE, "a=1")
            .header(header::COOKIE, "b=2; c=3")
            .body(())
            .expect("a request");
        let request = as_http1(request);
        assert_eq!(request.uri(), "/licenses?q=1");
        let values = |name| request.headers().get_all(name).iter().collect::<Vec<_>>();
        assert_eq!(values(header::HOST), ["a.example:8443"]);
        assert_eq!(values(header::COOKIE), ["a=1; b=2; c=3"]);
    }

    #[test]
    fn request_without_authority_is_unchanged() {
        let request = Request::get("/verify").header(header::COOKIE, "a=1").body(()).expect("a request");
        let request = as_http1(request);
        assert_eq!((request.uri().path(), request.headers().len()), ("/verify", 1));
    }
}
