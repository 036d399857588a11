//! The domain API: `POST /activate`, `GET /verify`, `POST /deactivate` and `GET /status`,
//! at the root and under `/api/license`. Codes, bodies and the order of the checks follow
//! the domain API contract.

pub(super) mod activate;
pub(super) mod deactivate;
mod error;
mod extract;
mod fast_path;
mod rate_limit;
mod schema;
pub(super) mod status;
pub(super) mod verify;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use http::{HeaderValue, header};
use service::Service;
use tower_http::cors::{Any, CorsLayer};
use tower_http::set_header::SetResponseHeaderLayer;

pub use error::not_found;
use error::{DomainApiError, ErrorShape};
pub use fast_path::VerifyFastPath;
use rate_limit::Endpoint;
pub use rate_limit::RateLimitState;

use crate::middleware::request_id;

/// Returns the routes for the root and for `/api/license`.
pub fn routes(service: &Service, limits: &Arc<RateLimitState>) -> Router {
    let endpoints = Router::new()
        .route("/activate", endpoint(post(activate::activate), Endpoint::Activate, "POST, OPTIONS", limits))
        .route("/verify", endpoint(get(verify::verify), Endpoint::Verify, "GET, HEAD, OPTIONS", limits))
        .route(
            "/deactivate",
            endpoint(post(deactivate::deactivate), Endpoint::Deactivate, "POST, OPTIONS", limits),
        )
        .route("/status", endpoint(get(status::status), Endpoint::Status, "GET, HEAD, OPTIONS", limits))
        .with_state(service.clone());
    Router::new()
        .merge(endpoints.clone())
        .nest("/api/license", endpoints.fallback(error::not_found))
        // The outer layer is listed first.
        .layer((from_fn_with_state(Arc::clone(limits), rate_limit::report_to_preflight), cors(), no_store()))
}

fn endpoint(
    route: MethodRouter<Service>,
    endpoint: Endpoint,
    allow: &'static str,
    limits: &Arc<RateLimitState>,
) -> MethodRouter<Service> {
    let shape = endpoint.error_shape();
    let wrong_method = move |_: Request| async move { wrong_method(shape, allow) };
    // The fallback is added before the layer, so that its responses are counted and carry the headers too.
    route
        .fallback(wrong_method)
        .layer(from_fn_with_state((Arc::clone(limits), endpoint), rate_limit::enforce))
}

fn wrong_method(shape: ErrorShape, allow: &'static str) -> Response {
    let mut response = DomainApiError::MethodNotAllowed.into_response_with(shape);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
    response
}

/// Forbids caching: a license may be suspended at any time.
fn no_store() -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
}

/// Allows every origin: the license key is the credential, cookies are not read.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([http::Method::GET, http::Method::POST, http::Method::OPTIONS])
        .allow_headers([
            header::CONTENT_TYPE,
            header::ACCEPT,
            header::AUTHORIZATION,
            header::HeaderName::from_static("x-requested-with"),
        ])
        .expose_headers([
            header::RETRY_AFTER,
            rate_limit::X_RATELIMIT_LIMIT,
            rate_limit::X_RATELIMIT_REMAINING,
            request_id::X_REQUEST_ID,
        ])
        .max_age(std::time::Duration::from_hours(24))
}
