//! Answers to the challenges of the authority (RFC 8555, section 8.3), on every node.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::{HeaderValue, StatusCode, Uri, header};
use service::{Service, certificate};
use tokio::sync::Semaphore;

/// The path of challenges, before their token.
const PATH: &str = "/.well-known/acme-challenge/";
/// Longest token. Authorities use 43 characters.
const MAX_TOKEN_LEN: usize = 128;
/// Look-ups side by side, so that a flood of requests leaves the database to others.
const MAX_LOOKUPS: usize = 4;

/// Answers requests of challenges from the database.
#[derive(Clone)]
pub(crate) struct ChallengeAnswers {
    service: Service,
    lookups: Arc<Semaphore>,
}

impl ChallengeAnswers {
    pub(crate) fn new(service: &Service) -> Self {
        Self { service: service.clone(), lookups: Arc::new(Semaphore::new(MAX_LOOKUPS)) }
    }

    /// Answers the request of a challenge. Returns `None` if the path is that of another request.
    pub(crate) async fn answer(&self, path: &str) -> Option<Response> {
        let token = token(path)?;
        let Ok(_permit) = self.lookups.acquire().await else {
            return Some(response(StatusCode::SERVICE_UNAVAILABLE, Body::empty()));
        };
        Some(match certificate::challenge_answer(&self.service, token).await {
            Ok(Some(answer)) => response(StatusCode::OK, Body::from(answer.to_vec())),
            Ok(None) => response(StatusCode::NOT_FOUND, Body::empty()),
            Err(error) => {
                tracing::warn!(%error, "challenge of the authority not answered; the order of the certificate fails");
                response(StatusCode::SERVICE_UNAVAILABLE, Body::empty())
            }
        })
    }
}

/// Returns the route of challenges at the public address. The authority follows a redirect from port 80, such as one of
/// another node or of a server in front.
pub(crate) fn routes(answers: ChallengeAnswers) -> Router {
    Router::new().route(&format!("{PATH}{{token}}"), get(answer).with_state(answers))
}

async fn answer(State(answers): State<ChallengeAnswers>, target: Uri) -> Response {
    let answer = answers.answer(target.path()).await;
    answer.unwrap_or_else(|| response(StatusCode::NOT_FOUND, Body::empty()))
}

/// Returns the token of a path, if it is that of a challenge.
fn token(path: &str) -> Option<&str> {
    let token = path.strip_prefix(PATH)?;
    let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let is_token = (1..=MAX_TOKEN_LEN).contains(&token.len()) && token.bytes().all(is_base64url);
    is_token.then_some(token)
}

fn response(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("application/octet-stream");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_base64url() {
        assert_eq!(token("/.well-known/acme-challenge/aZ0-_"), Some("aZ0-_"));
        let long = format!("{PATH}{}", "a".repeat(MAX_TOKEN_LEN + 1));
        for path in
            ["/", "/.well-known/acme-challenge", PATH, "/.well-known/acme-challenge/a/b", long.as_str()]
        {
            assert_eq!(token(path), None, "{path}");
        }
        assert_eq!(token("/.well-known/acme-challenge/%61"), None);
    }
}
