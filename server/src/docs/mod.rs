//! Public documentation: the API reference from the OpenAPI document, and token verification. Plain
//! HTML, rendered once.

mod layout;
mod reference;
mod verify_tokens;

use std::sync::LazyLock;

use axum::Router;
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;
use http::{HeaderValue, header};

/// The policy of these pages: no scripts.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// Returns the routes at `/docs`.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/docs", get(api_page)).route("/docs/tokens", get(verify_tokens_page))
}

async fn api_page() -> Response {
    static PAGE: LazyLock<String> = LazyLock::new(reference::page);
    page_response(&PAGE)
}

async fn verify_tokens_page() -> Response {
    static PAGE: LazyLock<String> = LazyLock::new(verify_tokens::page);
    page_response(&PAGE)
}

fn page_response(page: &'static str) -> Response {
    let mut response = Html(page).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response
}
