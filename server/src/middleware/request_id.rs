//! The request id: assigned to each request, logged, and returned in `X-Request-Id`.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request};
use axum::response::Response;
use http::request::Parts;
use http::{HeaderName, HeaderValue};
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

use crate::trace_context::{IncomingTrace, TRACED, join};

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

/// Opens the span of a request, whose fields the log shows.
fn open_span(request: &Request, id: &str, is_recorded: bool) -> Span {
    // Without the query, because it may hold a license key.
    let (method, path) = (request.method(), logged_path(request.uri().path()));
    // The target of a span is a constant of its place in the code.
    if is_recorded {
        tracing::info_span!(target: TRACED, "request", %id, %method, path, trace_id = Empty, otel.kind = "server")
    } else {
        tracing::info_span!("request", %id, %method, path, trace_id = Empty)
    }
}

/// Assigns an id to the request, opens its tracing span, and adds the id to the response. Log lines of the request
/// have the id of its trace, if it has one.
pub async fn assign<E>(
    mut request: Request,
    trace: IncomingTrace,
    handle: impl AsyncFnOnce(Request) -> Result<Response, E>,
) -> Result<Response, E> {
    let id = service::random_id().to_string();
    let span = open_span(&request, &id, trace.is_recorded());
    let trace = if trace.is_recorded() { join(&span, trace.caller) } else { trace.caller };
    if let Some(trace) = &trace {
        span.record("trace_id", tracing::field::display(trace.parent.trace_id_text()));
    }
    request.extensions_mut().insert(RequestId(id.clone()));
    let handled = async {
        let handled = handle(request).await;
        if let Ok(response) = &handled {
            tracing::debug!(status = response.status().as_u16(), "request handled");
        }
        handled
    };
    let mut response = service::trace::scope(trace.map(Arc::new), handled.instrument(span)).await?;
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
