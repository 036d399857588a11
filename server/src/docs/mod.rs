//! Public documentation: the API reference from the OpenAPI document, and token verification. Static
//! HTML, rendered once.

mod code_spans;
mod curl;
mod examples;
mod fields;
mod layout;
mod openapi;
mod reference;
mod verify_tokens;

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;
use http::{HeaderValue, header};

/// The policy of these pages: the style sheet, and the script of the copy buttons.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The pages, each rendered at its first request.
#[derive(Clone)]
struct Pages {
    /// The address of this instance, in the commands.
    origin: Arc<str>,
    reference: Arc<OnceLock<Bytes>>,
    tokens: Arc<OnceLock<Bytes>>,
}

/// Returns the routes at `/docs`. `origin` is the public address of this instance.
pub fn routes<S: Clone + Send + Sync + 'static>(origin: &str) -> Router<S> {
    let pages = Pages { origin: origin.into(), reference: Arc::default(), tokens: Arc::default() };
    Router::new()
        .route("/docs", get(reference_page))
        .route("/docs/tokens", get(verify_tokens_page))
        .with_state(pages)
}

async fn reference_page(State(pages): State<Pages>) -> Response {
    page_response(pages.reference.get_or_init(|| reference::page(&pages.origin).into()))
}

async fn verify_tokens_page(State(pages): State<Pages>) -> Response {
    page_response(pages.tokens.get_or_init(|| verify_tokens::page().into()))
}

fn page_response(page: &Bytes) -> Response {
    let mut response = Html(page.clone()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response
}
