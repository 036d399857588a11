//! A name for each request, in the log and in the answer.

use axum::extract::Request;
use axum::response::Response;
use http::{HeaderName, HeaderValue};
use tracing::Instrument as _;

/// The header that carries it.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The request's id.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Names the request, logs it, and returns the name as `X-Request-Id`.
pub async fn assign<E>(
    mut request: Request,
    answer: impl AsyncFnOnce(Request) -> Result<Response, E>,
) -> Result<Response, E> {
    let id = service::new_id().to_string();
    let span = tracing::info_span!(
        "request",
        %id,
        method = %request.method(),
        // Without the query: it may hold a license key.
        path = request.uri().path(),
    );
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = async {
        let response = answer(request).await?;
        tracing::debug!(status = response.status().as_u16(), "answered");
        Ok(response)
    }
    .instrument(span)
    .await?;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    Ok(response)
}
