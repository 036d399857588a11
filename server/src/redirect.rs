//! The listener for plain HTTP, which sends every request to the public address, and answers nothing else but challenges
//! of the authority that issues the certificate.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, Request, StatusCode, Uri, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_io_timeout::TimeoutStream;

use crate::acme::ChallengeAnswers;
use crate::connection_limit::ConnectionLimit;

/// Timeout of a whole request header. A connection has one request.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(10);
/// Timeout of a client that does not read its response.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// Maximum size of a request header in bytes, as on the public address.
const MAX_HEADER_BYTES: usize = 16 * 1024;
/// Delay after a failed accept, mostly for lack of file descriptors.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(100);

/// Redirects to `origin`, which has no trailing slash, until the task is dropped. `answers` are those of challenges.
pub async fn serve(
    listener: TcpListener,
    origin: String,
    limit: Arc<ConnectionLimit>,
    answers: Option<ChallengeAnswers>,
) {
    let origin: Arc<str> = origin.into();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // At the limit, the stream is closed.
                let Ok(permit) = limit.acquire(peer.ip()) else { continue };
                let (origin, answers) = (Arc::clone(&origin), answers.clone());
                tokio::spawn(async move {
                    serve_connection(stream, origin, answers).await;
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "connection for the redirect could not be accepted; retried in 100 ms");
                tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
            }
        }
    }
}

async fn serve_connection(stream: TcpStream, origin: Arc<str>, answers: Option<ChallengeAnswers>) {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE_TIMEOUT));
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let (origin, answers) = (Arc::clone(&origin), answers.clone());
        let target = request.into_parts().0.uri;
        async move {
            if let Some(answers) = answers
                && let Some(answer) = answers.answer(target.path()).await
            {
                return Ok(answer);
            }
            Ok::<_, Infallible>(redirect(&origin, &target))
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_READ_TIMEOUT)
        .max_buf_size(MAX_HEADER_BYTES)
        .keep_alive(false)
        .serve_connection(TokioIo::new(Box::pin(stream)), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "connection for the redirect ended early");
    }
}

/// Returns the redirect of a request. The host of the request is not used, so that no link leads elsewhere.
fn redirect(origin: &str, target: &Uri) -> Response {
    let path = target.path_and_query().map_or("/", |target| target.as_str());
    let path = if path.starts_with('/') { path } else { "/" };
    let mut response = Response::new(Body::empty());
    match HeaderValue::try_from(format!("{origin}{path}")) {
        Ok(location) => {
            // Unlike 301, it keeps the method (RFC 9110, section 15.4.9).
            *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
            response.headers_mut().insert(header::LOCATION, location);
        }
        Err(_) => *response.status_mut() = StatusCode::BAD_REQUEST,
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(target: &str) -> String {
        let response = redirect("https://licenses.example.com", &target.parse().expect("a target"));
        assert_eq!(response.status(), StatusCode::PERMANENT_REDIRECT);
        let location = response.headers()[header::LOCATION].to_str().expect("text");
        location.strip_prefix("https://licenses.example.com").expect("the public address").to_owned()
    }

    #[test]
    fn path_and_query_are_kept() {
        for target in ["/", "/verify?license_key=A&domain=b.example", "/a%20b", "//evil.example/x"] {
            assert_eq!(location(target), target);
        }
    }

    #[test]
    fn other_forms_of_targets_lead_to_the_same_host() {
        assert_eq!(location("http://evil.example/a?b"), "/a?b");
        assert_eq!(location("http://evil.example"), "/");
        assert_eq!(location("evil.example:443"), "/");
        assert_eq!(location("*"), "/");
    }
}
