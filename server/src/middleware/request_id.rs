//! The request id: assigned to each request, logged, and returned in `X-Request-Id`.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Request};
use axum::response::Response;
use http::request::Parts;
use http::{HeaderName, HeaderValue};
use tracing::Instrument as _;

/// The response header that carries the request id.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Stands between a seller's slug and the token in the path of a link to the customer's page.
const LINK_SEGMENT: &str = "/link/";

/// The id of a request. Errors quote it as their reference.
#[derive(Debug, Clone, Default)]
pub struct RequestId(pub String);

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

/// Returns the path for the log, without the token of an invitation, of a new password, of a sign-up, or of a link to
/// the customer's page.
fn logged_path(path: &str) -> &str {
    let with_token = [app::INVITATION_PATH, app::RESET_PATH, app::SIGN_UP_PATH];
    let start = with_token.into_iter().find(|start| path.starts_with(start));
    start.or_else(|| before_token_of_link(path)).unwrap_or(path)
}

/// Returns the path of a link to the customer's page up to its token.
fn before_token_of_link(path: &str) -> Option<&str> {
    if !app::is_customer_page_path(path) {
        return None;
    }
    let token = path.find(LINK_SEGMENT)? + LINK_SEGMENT.len();
    path.get(..token)
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
    fn tokens_in_paths_are_not_logged() {
        assert_eq!(logged_path("/invitations/secret"), "/invitations/");
        assert_eq!(logged_path("/reset/secret"), "/reset/");
        assert_eq!(logged_path("/sign-up/secret"), "/sign-up/");
        assert_eq!(logged_path("/sign-up"), "/sign-up");
        assert_eq!(logged_path("/manage/ada/link/secret"), "/manage/ada/link/");
        assert_eq!(logged_path("/manage/ada/link/secret/link/more"), "/manage/ada/link/");
        assert_eq!(logged_path("/manage/ada/licenses/1"), "/manage/ada/licenses/1");
        assert_eq!(logged_path("/licenses/1"), "/licenses/1");
    }
}
