//! The listener of the metrics: `GET /metrics`, and nothing else.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::Response;
use http::{HeaderValue, Method, Request, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus_client::encoding::prometheus_text::CONTENT_TYPE;
use subtle::ConstantTimeEq as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_io_timeout::TimeoutStream;

use super::Exporter;
use crate::middleware::bearer::bearer_token;

/// Maximum number of open connections. Further ones wait.
const MAX_CONNECTIONS: usize = 16;
/// Timeout of a request header, also of the next one on a keep-alive connection.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(10);
/// Timeout of a client that does not read its response.
const WRITE_TIMEOUT: Duration = Duration::from_secs(20);
/// Delay after a failed accept.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(100);

/// What the connections share.
struct State {
    exporter: Exporter,
    token: Option<String>,
}

/// Serves the metrics until the task is dropped. With a token, each request needs it.
pub async fn serve(listener: TcpListener, exporter: Exporter, token: Option<String>) {
    let state = Arc::new(State { exporter, token });
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    // The semaphore is never closed.
    while let Ok(permit) = Arc::clone(&permits).acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(serve_connection(stream, Arc::clone(&state), permit));
            }
            Err(error) => {
                tracing::warn!(%error, "connection to the metrics could not be accepted; retried in 100 ms");
                tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
            }
        }
    }
}

async fn serve_connection(stream: TcpStream, state: Arc<State>, permit: OwnedSemaphorePermit) {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE_TIMEOUT));
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let state = Arc::clone(&state);
        async move {
            Ok::<_, Infallible>(
                answer(&state, request.method(), request.uri().path(), request.headers()).await,
            )
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_READ_TIMEOUT)
        .serve_connection(TokioIo::new(Box::pin(stream)), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "connection to the metrics ended early");
    }
    drop(permit);
}

/// Answers a request. Without the token, nothing tells whether the path exists.
async fn answer(state: &State, method: &Method, path: &str, headers: &http::HeaderMap) -> Response {
    if !is_allowed(state.token.as_deref(), bearer_token(headers)) {
        let mut response = plain(StatusCode::UNAUTHORIZED, "The token is missing or wrong.\n");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        return response;
    }
    if path != "/metrics" {
        return plain(StatusCode::NOT_FOUND, "Metrics are at /metrics.\n");
    }
    if !matches!(*method, Method::GET | Method::HEAD) {
        let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "Metrics are read by GET.\n");
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    match state.exporter.render().await {
        Ok(text) => with_type(StatusCode::OK, CONTENT_TYPE, text.into()),
        Err(error) => {
            tracing::error!(%error, "metrics could not be written");
            plain(StatusCode::INTERNAL_SERVER_ERROR, "The metrics could not be written.\n")
        }
    }
}

/// Returns whether the sent token is the right one, or none is needed. Takes the same time for each wrong token of the
/// right length.
fn is_allowed(token: Option<&str>, sent: Option<&str>) -> bool {
    token.is_none_or(|token| sent.is_some_and(|sent| token.as_bytes().ct_eq(sent.as_bytes()).into()))
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    with_type(status, "text/plain; charset=utf-8", Bytes::from_static(text.as_bytes()))
}

fn with_type(status: StatusCode, media_type: &'static str, body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_is_compared_whole() {
        assert!(is_allowed(None, None) && is_allowed(None, Some("any")));
        assert!(is_allowed(Some("a-long-secret"), Some("a-long-secret")));
        for sent in [None, Some(""), Some("a-long-secre"), Some("a-long-secret2"), Some("A-long-secret")] {
            assert!(!is_allowed(Some("a-long-secret"), sent), "{sent:?}");
        }
    }
}
