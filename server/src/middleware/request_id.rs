//! The request id: assigned to each request, logged, and returned in `X-Request-Id`.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Request};
use axum::response::Response;
use http::request::Parts;
use http::{HeaderName, HeaderValue};
use tracing::Instrument as _;

/// The response header that carries the request id.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request. Errors quote it as their reference.
#[derive(Debug, Clone, Default)]
pub struct RequestId(pub String);

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

/// Returns the path for the log, without the token of an invitation or of a new password.
fn logged_path(path: &str) -> &str {
    let with_token = [app::INVITATION_PATH, app::RESET_PATH];
    with_token.into_iter().find(|start| path.starts_with(start)).unwrap_or(path)
}

/// Assigns an id to the request, opens its tracing span, and adds the id to the response.
pub async fn assign<E>(
    mut request: Request,
    handle: impl AsyncFnOnce(Request) -> Result<Response, E>,
) -> Result<Response, E> {
    let id = service::random_id().to_string();
    let span = tracing::info_span!(
        "request",
        %id,
        method = %request.method(),
        // Without the query, because it may hold a license key.
        path = logged_path(request.uri().path()),
    );
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = async {
        let response = handle(request).await?;
        tracing::debug!(status = response.status().as_u16(), "request handled");
        Ok(response)
    }
    .instrument(span)
    .await?;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_of_an_invitation_is_not_logged() {
        assert_eq!(logged_path("/invitations/secret"), "/invitations/");
        assert_eq!(logged_path("/reset/secret"), "/reset/");
        assert_eq!(logged_path("/licenses/1"), "/licenses/1");
    }
}
