//! The `Idempotency-Key` header of POST and PATCH (management API contract, 1.6).

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use http_body_util::BodyExt as _;
use serde::{Deserialize, Serialize};
use service::idempotency::{self, Claim, Claimed};
use service::{Error, Service};
use tracing::Instrument as _;

use super::access::Caller;
use super::body::{Buffered, max_bytes, read_whole};
use super::error::{ConflictCode, ManagementError, Result};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// Longest key, in characters.
const MAX_KEY_CHARS: usize = 255;

/// An answer as it is kept.
#[derive(Serialize, Deserialize)]
struct Answer {
    status: u16,
    content_type: Option<String>,
    location: Option<String>,
    body: String,
}

/// Returns the idempotency key of a request, if it has one.
pub(super) fn key_of(request: &Request) -> Option<HeaderValue> {
    request.headers().get(IDEMPOTENCY_KEY).filter(|value| !value.is_empty()).cloned()
}

/// Runs a request under its key, or repeats the answer to the first one.
///
/// The handler is a task of its own: if the client disconnects, its answer is kept all the same.
pub(super) async fn run(
    service: &Service,
    caller: &Caller,
    key: HeaderValue,
    request: Request,
    next: Next,
) -> Result<Response> {
    let key = checked(&key)?;
    let (mut parts, body) = request.into_parts();
    let bytes = read_whole(body, max_bytes(parts.uri.path())).await?;
    let path = parts.uri.path_and_query().map_or_else(String::new, ToString::to_string);
    let head = format!("{} {path}\n", parts.method);
    let content = [head.as_bytes(), &bytes].concat();
    match idempotency::claim(service, caller.account(), caller.token(), &key, &content).await? {
        Claimed::Answered(answer) => replay(&answer),
        Claimed::Reused => Err(ManagementError::IdempotencyKeyReused),
        Claimed::Running => Err(ManagementError::Conflict(
            ConflictCode::IdempotencyKeyInUse,
            "The first request with this Idempotency-Key still runs. Try again later.".to_owned(),
        )),
        Claimed::First(claim) => {
            parts.extensions.insert(Buffered(bytes.clone()));
            // Offline activations read the body by the extractor of the machine API.
            let request = Request::from_parts(parts, Body::from(bytes));
            let service = service.clone();
            let task = async move { run_first(&service, claim, request, next).await };
            let answered = tokio::spawn(service::trace::carry(task).in_current_span()).await;
            answered
                .unwrap_or_else(|error| Err(internal(format!("a request with an idempotency key: {error}"))))
        }
    }
}

fn checked(key: &HeaderValue) -> Result<String> {
    let key = key.to_str().ok().map(str::trim).filter(|key| !key.is_empty() && key.len() <= MAX_KEY_CHARS);
    key.map(ToOwned::to_owned).ok_or_else(|| {
        let message =
            format!("The Idempotency-Key header must have 1 to {MAX_KEY_CHARS} visible characters.");
        ManagementError::Validation(message)
    })
}

/// Runs the handler and keeps its answer. An answer that may differ the next time is not kept.
async fn run_first(service: &Service, claim: Claim, request: Request, next: Next) -> Result<Response> {
    let response = next.run(request).await;
    let status = response.status();
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        idempotency::discard(service, claim).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.map_err(|error| internal(format!("a response: {error}")))?.to_bytes();
    let answer = Answer {
        status: status.as_u16(),
        content_type: text_of(&parts.headers, &header::CONTENT_TYPE),
        location: text_of(&parts.headers, &header::LOCATION),
        body: String::from_utf8_lossy(&bytes).into_owned(),
    };
    let kept = serde_json::to_vec(&answer).map_err(|error| internal(format!("JSON: {error}")))?;
    // The change is made: a failure to keep the answer must not hide it.
    if let Err(error) = idempotency::keep(service, claim, &kept).await {
        tracing::warn!(%error, "answer to an idempotency key not kept; a repeated request runs again");
    }
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

fn replay(kept: &[u8]) -> Result<Response> {
    let answer: Answer = serde_json::from_slice(kept)
        .map_err(|error| internal(format!("the answer to an idempotency key: {error}")))?;
    let status = StatusCode::from_u16(answer.status)
        .map_err(|error| internal(format!("the answer to an idempotency key: {error}")))?;
    let mut response = (status, answer.body).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    for (name, text) in [(header::CONTENT_TYPE, answer.content_type), (header::LOCATION, answer.location)] {
        if let Some(value) = text.and_then(|text| HeaderValue::from_str(&text).ok()) {
            headers.insert(name, value);
        }
    }
    headers.insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

fn text_of(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned)
}

fn internal(text: String) -> ManagementError {
    ManagementError::Service(Error::Internal(text))
}
